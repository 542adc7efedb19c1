import schema from '../../../../schemas/nemo-automodel.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import { pipelineChecks } from '../kit/pipeline-checks.ts';
import type { JsonSchema } from '../types.ts';
import { AUTOMODEL_KEYS } from './automodel-keys.ts';
import { residentsOfAutomodel, settleAutomodel } from './settle-automodel.ts';

const ofAutomodel = (value: unknown): boolean => typeof value === 'string' && /nemo_automodel/i.test(value);
const isRecipe = (value: unknown): boolean => typeof value === 'string' && /Recipe/.test(value);

const SIGNS: readonly Sign[] = [
  { key: 'recipe', value: isRecipe, weight: 60 },
  { key: 'step_scheduler', weight: 35 },
  { key: 'step_scheduler.global_batch_size', weight: 20 },
  { key: 'dist_env', weight: 35 },
  { key: 'model._target_', value: ofAutomodel, weight: 60 },
  { key: 'loss_fn._target_', value: ofAutomodel, weight: 40 },
  { key: 'dataset._target_', value: ofAutomodel, weight: 40 },
  { key: 'rng._target_', value: ofAutomodel, weight: 30 },
  { key: 'distributed', weight: 10 },
  { key: 'packed_sequence', weight: 10 },
];

/** nemo_automodel/components/distributed/pipelining/functional.py, build_pipeline_schedule. */
const CHECKS = ['distributed.pipeline', 'autopipeline'].flatMap((section) =>
  pipelineChecks({
    local: 'step_scheduler.local_batch_size',
    micro: `${section}.pp_microbatch_size`,
    stages: 'distributed.pp_size',
    schedule: `${section}.pp_schedule`,
    usual: '1f1b',
  }),
);

/** Recipes of NeMo Automodel: `step_scheduler`, `dist_env`, and parts made from `_target_`. */
export const automodelAdapter = defineAdapter({
  id: 'nemo-automodel',
  title: 'NeMo Automodel',
  // Its loader reads with PyYAML and turns text that is a Python literal into that (components/config/loader.py).
  loaders: { yaml: 'pyyaml' },
  recognise: (input) => weigh(input, SIGNS),
  keys: AUTOMODEL_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  issues: (tree) => checkKeys(tree, CHECKS),
  settle: settleAutomodel,
  residents: residentsOfAutomodel,
});
