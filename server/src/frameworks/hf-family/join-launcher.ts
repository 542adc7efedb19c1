import type { PlanValues } from '../../plan/index.ts';
import { nodeAt, toValue } from '../../text/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { joinAccelerateFile, takeMixedPrecision } from './join-accelerate.ts';
import { unknownSharding } from './join-deepspeed.ts';

/** Options of `accelerate launch` that shard the run by themselves (accelerate: src/accelerate/commands/launch.py). */
const SHARDING = /^(?:use_fsdp|use_deepspeed|use_megatron_lm|use_parallelism_config|zero_stage|deepspeed_|fsdp_)/;

/**
 * Joins what a script's `accelerate launch` says before the program it starts: its config file, or options that stand
 * for one, whose sharding is then not known. To be called from `settle`, as `joinAccelerate`.
 */
export function joinLauncher(draft: Draft): void {
  const { builder, context } = draft;
  const launch = context.tree.launches?.[0];
  if (launch?.program !== 'accelerate' || launch.options === undefined) return;
  const options = { ...context.tree, root: launch.options };
  const config = nodeAt(options, ['config_file']);
  const read = config !== undefined && joinAccelerateFile(draft, config);
  // Options on the command line go before those of the file.
  const shards = launch.options.entries.some(({ key }) => SHARDING.test(key));
  if (shards || (config !== undefined && !read)) {
    builder.obscure('sharding.engine');
    unknownSharding(draft);
  }
  const precision = nodeAt(options, ['mixed_precision']);
  const mixed = precision === undefined ? undefined : toValue(precision);
  if (precision === undefined || (mixed !== 'bf16' && mixed !== 'fp16')) return;
  const stated = explicit(context.tree, precision, true);
  const values: PlanValues = mixed === 'bf16' ? { 'precision.bf16Flag': stated } : { 'precision.fp16Flag': stated };
  takeMixedPrecision(draft, values);
}
