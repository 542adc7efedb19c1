import { type ConfigPath, type ConfigTree, entryAt } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { positive } from '../kit/key.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { KeyIssue } from '../types.ts';
import { VERL_CHECKS } from './verl-checks.ts';

/** Batch keys for all GPUs together, each with a successor `…_per_gpu` beside it (verl: verl/utils/config.py). */
const FOR_ALL_GPUS: readonly { readonly path: ConfigPath; readonly dynamic: string }[] = [
  { path: ['actor_rollout_ref', 'actor', 'ppo_micro_batch_size'], dynamic: 'actor_rollout_ref.actor.use_dynamic_bsz' },
  {
    path: ['actor_rollout_ref', 'ref', 'log_prob_micro_batch_size'],
    dynamic: 'actor_rollout_ref.actor.use_dynamic_bsz',
  },
  {
    path: ['actor_rollout_ref', 'rollout', 'log_prob_micro_batch_size'],
    dynamic: 'actor_rollout_ref.actor.use_dynamic_bsz',
  },
  { path: ['critic', 'ppo_micro_batch_size'], dynamic: 'critic.use_dynamic_bsz' },
  { path: ['reward_model', 'micro_batch_size'], dynamic: 'reward_model.use_dynamic_bsz' },
];

/**
 * Older batch keys that still say something: shipped files keep them as null. With the successor beside it the trainer
 * refuses to start. The two count differently, so no rename is offered.
 */
export function verlIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  const older = FOR_ALL_GPUS.flatMap(({ path, dynamic }): readonly KeyIssue[] => {
    const key = path.join('.');
    const entry = entryAt(tree, path);
    if (entry === undefined || positive(around.get(key) ?? null) === undefined) return [];
    const replacement = `${String(path.at(-1))}_per_gpu`;
    const both = positive(around.get(`${key}_per_gpu`) ?? null) !== undefined;
    // Batches by tokens look at neither.
    const isDynamic = around.get(dynamic) === true;
    const at = { file: tree.file, ...entry.keyRange };
    return [
      {
        kind: 'deprecated-key',
        at,
        path,
        key,
        data: { replacement },
        effect: both && !isDynamic ? 'refused' : 'accepted',
      },
    ];
  });
  return [...older, ...checkKeys(tree, VERL_CHECKS)];
}
