import schema from '../../../../schemas/roll.schema.json' with { type: 'json' };
import { aroundOf } from '../kit/around.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { HYDRA_DEFAULTS } from '../kit/hydra-defaults.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema, KeyTable } from '../types.ts';
import { PIPELINE_KEYS } from './pipeline-keys.ts';
import { roleKeys } from './role-keys.ts';
import { roleOf, TRAINED_ROLES } from './roll-around.ts';
import { ROLL_CHECKS } from './roll-checks.ts';
import { rollResidents } from './roll-residents.ts';
import { ROLL_DERIVATIONS, settleRoll } from './settle-roll.ts';

const KEYS: KeyTable = {
  ...PIPELINE_KEYS,
  ...Object.fromEntries(TRAINED_ROLES.flatMap((role) => Object.entries(roleKeys(role)))),
};

const isWorker = (value: unknown): boolean => typeof value === 'string' && value.startsWith('roll.');

/** Pipelines of ROLL: one section a role, each with its arguments, its strategy and its GPUs. */
export const rollAdapter = defineAdapter({
  id: 'roll',
  title: 'ROLL',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    weigh(input, [
      ...[...TRAINED_ROLES, 'actor_infer', 'reference', 'student_infer'].flatMap((role) => [
        { key: `${role}.strategy_args`, weight: 60 },
        { key: `${role}.device_mapping`, weight: 40 },
        { key: `${role}.worker_cls`, value: isWorker, weight: 60 },
      ]),
      { key: 'pretrain', weight: 10 },
      { key: 'exp_name', weight: 5 },
      { key: 'rollout_batch_size', weight: 15 },
      { key: 'num_gpus_per_node', weight: 5 },
      { key: 'custom_env', weight: 30 },
      { key: 'custom_envs', weight: 40 },
      { key: 'train_env_manager', weight: 40 },
      { key: 'env_manager_cls', value: isWorker, weight: 60 },
      { key: 'max_actions_per_traj', weight: 20 },
      { key: 'actor_rollout_ref', weight: -100 },
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  issues: (tree) => checkKeys(tree, ROLL_CHECKS),
  inherits: HYDRA_DEFAULTS,
  // Environments without a role that trains are a branch of somebody's pipeline.
  partial: (tree) => roleOf(aroundOf(tree)) === undefined,
  settle: settleRoll,
  derivations: ROLL_DERIVATIONS,
  residents: rollResidents,
});
