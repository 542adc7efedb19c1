import schema from '../../../../schemas/torchtitan.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import { pipelineChecks } from '../kit/pipeline-checks.ts';
import type { Adapter, JsonSchema } from '../types.ts';
import { settleTorchtitan, TORCHTITAN_DERIVATIONS } from './settle-torchtitan.ts';
import { TORCHTITAN_KEYS } from './torchtitan-keys.ts';

/** torchtitan: torchtitan/distributed/pipeline_parallel.py, build_pipeline_schedule. */
const CHECKS = pipelineChecks({
  local: 'training.local_batch_size',
  micro: 'parallelism.pipeline_parallel_microbatch_size',
  stages: 'parallelism.pipeline_parallel_degree',
  schedule: 'parallelism.pipeline_parallel_schedule',
  usual: '1f1b',
  usualMicro: 1,
});

/** torchtitan's TOML job config. */
export const torchtitanAdapter: Adapter = defineAdapter({
  id: 'torchtitan',
  title: 'torchtitan',
  loaders: { toml: 'toml' },
  recognise: (input) =>
    input.tree.format !== 'toml'
      ? undefined
      : weigh(input, [
          { key: 'model.flavor', weight: 50 },
          { key: 'training.seq_len', weight: 20 },
          { key: 'training.local_batch_size', weight: 30 },
          { key: 'job.dump_folder', weight: 30 },
          { key: 'parallelism.data_parallel_shard_degree', weight: 40 },
          { key: 'activation_checkpoint.mode', weight: 30 },
          { key: 'lr_scheduler.warmup_steps', weight: 10 },
          { key: 'metrics.log_freq', weight: 10 },
          { key: 'orchestrator', weight: -200 },
        ]),
  keys: TORCHTITAN_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // Unknown fields are refused, but a job may bring a config module with fields of its own.
  policy: { unknownKeys: 'refused', ownKeys: true, castsNumbers: () => false },
  issues: (tree) => checkKeys(tree, CHECKS),
  settle: settleTorchtitan,
  derivations: TORCHTITAN_DERIVATIONS,
});
