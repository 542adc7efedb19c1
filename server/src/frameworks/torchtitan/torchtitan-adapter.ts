import schema from '../../../../schemas/torchtitan.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { checkKeys, foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import { pipelineChecks } from '../kit/pipeline-checks.ts';
import type { Adapter, JsonSchema } from '../types.ts';
import { settleTorchtitan, TORCHTITAN_DERIVATIONS } from './settle-torchtitan.ts';
import { TORCHTITAN_KEYS } from './torchtitan-keys.ts';

/** torchtitan: torchtitan/distributed/pipeline_parallel.py, build_pipeline_schedule. */
const PIPELINE = pipelineChecks({
  local: 'training.local_batch_size',
  micro: 'parallelism.pipeline_parallel_microbatch_size',
  stages: 'parallelism.pipeline_parallel_degree',
  schedule: 'parallelism.pipeline_parallel_schedule',
  usual: '1f1b',
  usualMicro: 1,
});

const CHECKS: readonly KeyCheck[] = [
  ...PIPELINE,
  requires('activation_checkpoint.mode', {
    when: (value) => value === 'memory_budget',
    requires: 'compile.enable: true with the model',
    found: (around) => {
      if (!isTrue(around.get('compile.enable') ?? null)) return foundAt(around, 'compile.enable');
      const parts = around.get('compile.components') ?? ['model'];
      return Array.isArray(parts) && !parts.includes('model') ? 'compile.components without it' : undefined;
    },
    effect: 'refused',
    cite: 'torchtitan: torchtitan/distributed/activation_checkpoint.py, apply_ac (0.2)',
  }),
];

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
