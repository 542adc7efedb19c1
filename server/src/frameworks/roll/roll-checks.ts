import { castNumber } from '../kit/key.ts';
import { excludes, foundAt, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const BASE = 'ROLL: roll/configs/base_config.py';
const WORKER = 'ROLL: roll/configs/worker_config.py';
const AGENTIC = 'ROLL: roll/pipeline/agentic/agentic_config.py';

const numberAt = (around: Around, key: string): number | undefined => castNumber(around.get(key) ?? null);

/** Batches of an agentic run are made of whole groups of environments. `groups`: over all groups at once. */
function wholeGroups(batch: string, manager: string, groups: boolean): KeyCheck {
  return {
    key: batch,
    cite: AGENTIC,
    wrong: (around) => {
      const [total, size, count] = [batch, `${manager}.group_size`, `${manager}.num_env_groups`].map((key) =>
        numberAt(around, key),
      );
      if (total === undefined || total <= 0 || size === undefined || size <= 0) return undefined;
      if (total % size !== 0)
        return {
          kind: 'not-allowed',
          data: { found: total, expected: `multiples of the group size ${size}` },
          effect: 'refused',
        };
      if (!groups || count === undefined || count <= 0 || total % (count * size) === 0) return undefined;
      return {
        kind: 'not-allowed',
        data: { found: total, expected: `multiples of ${count} groups × ${size}` },
        effect: 'refused',
      };
    },
  };
}

/** An environment plays so many trajectories at most, and all of them have to fill the batch. */
const ENOUGH_TRAJECTORIES: KeyCheck = {
  key: 'train_env_manager.max_traj_per_env',
  cite: AGENTIC,
  wrong: (around) => {
    const [most, batch, size, count] = [
      'train_env_manager.max_traj_per_env',
      'rollout_batch_size',
      'train_env_manager.group_size',
      'train_env_manager.num_env_groups',
    ].map((key) => numberAt(around, key));
    if (most === undefined || most < 0 || batch === undefined || size === undefined || count === undefined)
      return undefined;
    // Asynchronous runs set the number themselves.
    if ((numberAt(around, 'async_generation_ratio') ?? 0) > 0 || size * count <= 0) return undefined;
    const least = Math.ceil(batch / (size * count));
    if (most >= least) return undefined;
    return {
      kind: 'not-allowed',
      data: { found: most, expected: `${least} or more for the batch` },
      effect: 'refused',
    };
  },
};

const pairOf = (key: string, other: string): KeyCheck =>
  requires(key, {
    when: isSet,
    requires: other,
    found: (around) => (isSet(around.get(other) ?? null) ? undefined : foundAt(around, other)),
    effect: 'refused',
    cite: BASE,
  });

/** What ROLL's configs refuse. Read at the head of August 2026. */
export const ROLL_CHECKS: readonly KeyCheck[] = [
  pairOf('val_prompt_length', 'val_sequence_length'),
  pairOf('val_sequence_length', 'val_prompt_length'),
  excludes('profiler_timeline', 'profiler_memory', BASE, isTrue),
  excludes('is_pure_opd', 'use_opd', BASE, isTrue),
  requires('async_generation_ratio', {
    when: (value) => (castNumber(value) ?? 0) > 0,
    requires: 'generate_opt_level: 1',
    found: (around) => {
      const level = numberAt(around, 'generate_opt_level') ?? 1;
      return level === 1 ? undefined : String(level);
    },
    effect: 'refused',
    cite: BASE,
  }),
  wholeGroups('rollout_batch_size', 'train_env_manager', false),
  wholeGroups('val_batch_size', 'val_env_manager', true),
  ENOUGH_TRAJECTORIES,
  ...['actor_train', 'actor_infer'].map(
    (role): KeyCheck => ({
      key: `${role}.router_replay.mode`,
      cite: WORKER,
      wrong: (around) =>
        around.get(`${role}.router_replay.mode`) === 'R2'
          ? { kind: 'not-allowed', data: { found: 'R2', expected: 'R3 or none' }, effect: 'refused' }
          : undefined,
    }),
  ),
];
