import type { FieldName, PlanValues } from '../../plan/index.ts';
import { type ConfigNode, type ConfigTree, type Launch, nodeAt, toValue } from '../../text/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import type { StartingCommand } from '../types.ts';
import { joinAccelerateFile, takeMixedPrecision } from './join-accelerate.ts';
import { mergeDeepSpeed, unknownSharding } from './join-deepspeed.ts';

/** Options of `accelerate launch` that shard the run by themselves (accelerate: src/accelerate/commands/launch.py). */
const SHARDING = /^(?:use_fsdp|use_deepspeed|use_megatron_lm|use_parallelism_config|zero_stage|deepspeed_|fsdp_)/;

/**
 * Joins what `accelerate launch` says before the program it starts, in the script that is read or in one beside the
 * config: its config file, or options that stand for one, whose sharding is then not known. To be called from
 * `settle`, as `joinAccelerate`. Returns whether the launcher shards the run, or may.
 */
export function joinLauncher(draft: Draft): boolean {
  const command = commandOf(draft);
  if (command?.launch.program !== 'accelerate' || command.launch.options === undefined) return false;
  const { builder } = draft;
  const { tree, launch } = command;
  const options = { ...tree, root: command.launch.options };
  const config = nodeAt(options, ['config_file']);
  const isKnown = config === undefined || joinAccelerateFile(draft, config, tree, sizesOf(launch));
  // Options on the command line go before those of the file.
  const shards = command.launch.options.entries.some(({ key }) => SHARDING.test(key));
  if (shards || !isKnown) {
    builder.obscure('sharding.engine');
    if (!joinsDeepSpeedFile(draft, nodeAt(options, ['deepspeed_config_file']), tree)) unknownSharding(draft);
  }
  const precision = nodeAt(options, ['mixed_precision']);
  const mixed = precision === undefined ? undefined : toValue(precision);
  if (precision !== undefined && (mixed === 'bf16' || mixed === 'fp16')) {
    const stated = explicit(tree, precision, true);
    const values: PlanValues = mixed === 'bf16' ? { 'precision.bf16Flag': stated } : { 'precision.fp16Flag': stated };
    takeMixedPrecision(draft, values);
  }
  return config !== undefined || shards;
}

/** Joins the DeepSpeed config that `--deepspeed_config_file` names; false where there is none to read. */
function joinsDeepSpeedFile(draft: Draft, node: ConfigNode | undefined, tree: ConfigTree): boolean {
  const path = node === undefined ? undefined : toValue(node);
  if (node === undefined || typeof path !== 'string' || path === '') return false;
  const { found } = draft.context.linked.resolve(tree.file, path);
  const file = found ? draft.context.linked.open(tree.file, path, 'json') : undefined;
  if (file === undefined) return false;
  draft.builder.overrule('sharding.engine', {
    value: 'deepspeed',
    origin: 'explicit',
    at: { file: tree.file, ...node.range },
  });
  mergeDeepSpeed(draft, file, []);
  return true;
}

/** What the command says of the size of the run itself, or takes from outside, whatever the config file says. */
function sizesOf({ processes, nodes, sizeUnknown }: Launch): ReadonlySet<FieldName> {
  const decided = new Set<FieldName>();
  if (processes !== undefined || sizeUnknown === true) decided.add('parallel.world');
  if (nodes !== undefined || sizeUnknown === true) decided.add('parallel.nodes');
  return decided;
}

/** The command of the script itself, else of a script beside the config. */
function commandOf({ context }: Draft): StartingCommand | undefined {
  const own = context.tree.launches?.[0];
  return own === undefined ? context.startedBy : { launch: own, tree: context.tree };
}
