import schema from '../../../../schemas/nemo-rl.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import { parentsByKey } from '../kit/parents-by-key.ts';
import type { JsonSchema } from '../types.ts';
import { NEMO_RL_CHECKS } from './nemo-rl-checks.ts';
import { NEMO_RL_KEYS } from './nemo-rl-keys.ts';
import { DERIVATIONS, residentsOfNemoRl, settleNemoRl } from './settle-nemo-rl.ts';

const namesYaml = (value: unknown): boolean =>
  [value].flat().some((item) => typeof item === 'string' && /\.ya?ml$/.test(item));

const SIGNS: readonly Sign[] = [
  { key: 'policy.train_global_batch_size', weight: 40 },
  { key: 'policy.dtensor_cfg', weight: 50 },
  { key: 'policy.megatron_cfg', weight: 50 },
  { key: 'policy.max_total_sequence_length', weight: 30 },
  { key: 'policy.model_name', weight: 20 },
  { key: 'policy.generation', weight: 20 },
  { key: 'cluster.gpus_per_node', weight: 25 },
  { key: 'cluster.num_nodes', weight: 15 },
  { key: 'defaults', value: namesYaml, weight: 20 },
  { key: 'grpo.num_prompts_per_step', weight: 25 },
  { key: 'grpo', weight: 15 },
  { key: 'loss_fn', weight: 10 },
  { key: 'ppo.num_prompts_per_step', weight: 25 },
  { key: 'sft', weight: 10 },
  { key: 'dpo', weight: 10 },
  { key: 'rm', weight: 10 },
  { key: 'distillation', weight: 15 },
  { key: 'teacher.model_name', weight: 15 },
  { key: 'checkpointing.checkpoint_dir', weight: 15 },
  { key: 'actor_rollout_ref', weight: -80 },
  { key: 'step_scheduler', weight: -60 },
];

/** Recipes of NeMo-RL: mostly the difference from the file named under `defaults`. */
export const nemoRlAdapter = defineAdapter({
  id: 'nemo-rl',
  title: 'NeMo-RL',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: NEMO_RL_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  issues: (tree) => checkKeys(tree, NEMO_RL_CHECKS),
  inherits: parentsByKey('defaults', { replaceMark: '_override_' }),
  settle: settleNemoRl,
  derivations: DERIVATIONS,
  residents: residentsOfNemoRl,
});
