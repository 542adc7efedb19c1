import schema from '../../../../schemas/nemo.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { HYDRA_DEFAULTS } from '../kit/hydra-defaults.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema } from '../types.ts';
import { residentsOfAligner } from './aligner-keys.ts';
import { NEMO_CHECKS } from './nemo-checks.ts';
import { NEMO_KEYS } from './nemo-keys.ts';
import { CONVERTS, isNemoFragment } from './recognise.ts';
import { settleNemo } from './settle-nemo.ts';

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const isOfNemo = (value: unknown): boolean => typeof value === 'string' && value.startsWith('nemo.collections.');

const SIGNS: readonly Sign[] = [
  { key: 'trainer', value: isMap, weight: 15 },
  { key: 'exp_manager', weight: 40 },
  { key: 'model', value: isMap, weight: 10 },
  { key: 'model.optim.sched', weight: 25 },
  { key: 'model.train_ds', weight: 15 },
  { key: 'model.micro_batch_size', weight: 20 },
  { key: 'model.megatron_amp_O2', weight: 30 },
  { key: 'trainer.accumulate_grad_batches', weight: 10 },
  { key: 'trainer.num_nodes', weight: 10 },
  // Parts of a recipe in files of their own: a model, a data set.
  { key: '_target_', value: isOfNemo, weight: 60 },
  { key: 'dataset._target_', value: isOfNemo, weight: 60 },
  { file: /nemo/i, weight: 10 },
  CONVERTS,
  // The launcher's files have these beside NeMo's own.
  { key: 'run.time_limit', weight: -100 },
  { key: 'run.results_dir', weight: -50 },
  { key: 'actor_rollout_ref', weight: -60 },
  { key: 'step_scheduler', weight: -60 },
];

/** Hydra recipes of NeMo: `trainer`, `exp_manager` and `model`, for language, speech and audio models. */
export const nemoAdapter = defineAdapter({
  id: 'nemo',
  title: 'NeMo',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: NEMO_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  issues: (tree) => checkKeys(tree, NEMO_CHECKS),
  inherits: HYDRA_DEFAULTS,
  partial: isNemoFragment,
  settle: settleNemo,
  residents: residentsOfAligner,
});
