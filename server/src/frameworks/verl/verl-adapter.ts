import schema from '../../../../schemas/verl.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { topKeys, weigh } from '../kit/evidence.ts';
import { HYDRA_DEFAULTS } from '../kit/hydra-defaults.ts';
import type { AnyKeyRow, Evidence, JsonSchema, KeyTable, Recognisable } from '../types.ts';
import { RL_KEYS, TRAINER_KEYS } from './rl-keys.ts';
import { settleVerl, VERL_DERIVATIONS } from './settle-verl.ts';
import { SFT_GLOBAL_BATCH, SFT_KEYS } from './sft-keys.ts';
import { verlIssues } from './verl-issues.ts';
import { verlResidents } from './verl-residents.ts';

const GLOBAL_BATCH = 'data.train_batch_size';

const KEYS: KeyTable = {
  ...TRAINER_KEYS,
  ...SFT_KEYS,
  ...RL_KEYS,
  // One key, two meanings: each row asks which trainer the file is for.
  [GLOBAL_BATCH]: [RL_KEYS[GLOBAL_BATCH], SFT_GLOBAL_BATCH].filter(
    (row): row is AnyKeyRow => row !== undefined && 'field' in row,
  ),
};

const SECTIONS: readonly string[] = ['actor_rollout_ref', 'data', 'trainer'];

/** Hydra files of verl: `actor_rollout_ref` for reinforcement learning, `data` + `optim` + `model` for supervised runs. */
export const verlAdapter = defineAdapter({
  id: 'verl',
  title: 'verl',
  loaders: { yaml: 'omegaconf' },
  recognise,
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  inherits: HYDRA_DEFAULTS,
  // Overrides of a configuration that the command line names have no list of parents of their own.
  partial: ({ root }) => {
    const keys = root?.kind === 'map' ? root.entries.map((entry) => entry.key) : [];
    return keys.includes('actor_rollout_ref')
      ? !SECTIONS.every((section) => keys.includes(section))
      : !keys.includes('optim') || !keys.includes('data');
  },
  settle: settleVerl,
  derivations: VERL_DERIVATIONS,
  residents: verlResidents,
  issues: verlIssues,
});

function recognise(input: Recognisable): Evidence | undefined {
  const target = (value: unknown): boolean => typeof value === 'string' && value.startsWith('verl.');
  const keys = topKeys(input.tree);
  const isRollout = keys.has('actor_rollout_ref');
  return weigh(input, [
    { key: 'actor_rollout_ref', weight: 90 },
    { key: '_target_', value: target, weight: 90 },
    { key: 'algorithm.adv_estimator', weight: 60 },
    { key: 'async_training.staleness_threshold', weight: 60 },
    ...(isRollout ? [] : SFT_SIGNS),
    // AReaL, ROLL and NeMo-RL use some of the same words.
    { key: 'actor_train', weight: -100 },
    { key: 'policy.model_name', weight: -100 },
  ]);
}

const SFT_SIGNS = [
  { key: 'model.partial_pretrain', weight: 45 },
  { key: 'model.fsdp_config.model_dtype', weight: 20 },
  { key: 'data.micro_batch_size_per_gpu', weight: 35 },
  { key: 'data.max_token_len_per_gpu', weight: 20 },
  { key: 'data.train_batch_size', weight: 10 },
  { key: 'data.return_raw_input_ids', weight: 40 },
  { key: 'return_raw_input_ids', weight: 25 },
  { key: 'reward_fn_key', weight: 25 },
  { key: 'log_prob_micro_batch_size_per_gpu', weight: 90 },
  { key: 'trainer.n_gpus_per_node', weight: 15 },
  { key: 'optim.lr_warmup_steps_ratio', weight: 20 },
];
