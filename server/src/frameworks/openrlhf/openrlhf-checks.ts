import { castNumber } from '../kit/key.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const PPO = 'OpenRLHF: openrlhf/cli/train_ppo_ray.py';

/** GPUs of a role; unknown where the file leaves a part of it to defaults that differ between roles. */
function gpusOf(around: Around, role: 'actor' | 'ref'): number | undefined {
  const nodes = castNumber(around.get(`${role}_num_nodes`) ?? null);
  const each = castNumber(around.get(`${role}_num_gpus_per_node`) ?? null);
  return nodes === undefined || each === undefined ? undefined : nodes * each;
}

/** What the trainer asserts before it starts. */
export const OPENRLHF_CHECKS: readonly KeyCheck[] = [
  ...['colocate_actor_ref', 'colocate_all_models'].map((key) =>
    requires(key, {
      when: (value, around) => isTrue(value) && (castNumber(around.get('init_kl_coef') ?? null) ?? 0.01) > 0,
      requires: 'as many GPUs for the reference',
      found: (around) => {
        const [actor, reference] = [gpusOf(around, 'actor'), gpusOf(around, 'ref')];
        return actor === undefined || reference === undefined || actor === reference
          ? undefined
          : `${actor} and ${reference}`;
      },
      effect: 'refused',
      cite: PPO,
    }),
  ),
  requires('vllm_num_engines', {
    when: (value, around) =>
      (castNumber(value) ?? 0) > 0 &&
      isTrue(around.get('colocate_all_models') ?? null) &&
      !isTrue(around.get('async_train') ?? null),
    requires: 'engines × tensor parallel = actor GPUs',
    found: (around) => {
      const engines = castNumber(around.get('vllm_num_engines') ?? null) ?? 0;
      const tensor = castNumber(around.get('vllm_tensor_parallel_size') ?? 1) ?? 1;
      const actor = gpusOf(around, 'actor');
      return actor === undefined || engines * tensor === actor ? undefined : `${engines} × ${tensor} and ${actor}`;
    },
    effect: 'refused',
    cite: PPO,
  }),
  requires('advantage_estimator', {
    when: (value) => /^(rloo|reinforce_baseline|group_norm|dr_grpo)$/.test(String(value)),
    requires: 'n_samples_per_prompt above 1',
    found: (around) =>
      (castNumber(around.get('n_samples_per_prompt') ?? 1) ?? 2) > 1
        ? undefined
        : foundAt(around, 'n_samples_per_prompt'),
    effect: 'refused',
    cite: PPO,
  }),
  requires('vllm_enable_sleep', {
    when: (value, around) => isTrue(value) && isTrue(around.get('async_train') ?? null),
    requires: 'async_train to be off',
    found: (around) => foundAt(around, 'async_train'),
    effect: 'refused',
    cite: PPO,
  }),
];
