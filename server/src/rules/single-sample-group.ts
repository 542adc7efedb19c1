import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Advantage estimators that compare the completions of one prompt with each other. */
const GROUP_ALGORITHMS: ReadonlySet<string> = new Set([
  'grpo',
  'dr_grpo',
  'rloo',
  'reinforce_baseline',
  'group_norm',
  'grpo_passk',
]);

export const singleSampleGroup = defineRule({
  id: 'single-sample-group',
  severity: 'warning',
  summary: 'A group-relative advantage is computed from one completion',
  since: '0.1.0',
  needs: ['rollout.generations'],
  wants: ['rollout.algorithm', 'run.objective'],
  messages: {
    single:
      '{algorithm} compares completions of one prompt and only {generations} is sampled: its advantage is 0 or the bare reward.',
  },
  sources: [
    'TRL: trl/trainer/grpo_config.py, at least 2 generations per prompt',
    'OpenRLHF: openrlhf/cli/train_ppo_ray.py, n_samples_per_prompt must be greater than 1',
    'verl: verl/trainer/ppo/core_algos.py, a lone completion keeps its reward, without a baseline',
  ],

  check(fields, report) {
    const generations = fields['rollout.generations'];
    const algorithm = fields['rollout.algorithm']?.value.toLowerCase() ?? fields['run.objective']?.value;
    if (algorithm === undefined || !GROUP_ALGORITHMS.has(algorithm)) return;
    if (!isStated(generations) && !isStated(fields['rollout.algorithm'])) return;
    if (generations.value >= 2) return;
    report({
      at: 'rollout.generations',
      message: 'single',
      data: { algorithm: algorithm.toUpperCase(), generations: generations.value },
      related: ['rollout.algorithm'],
    });
  },
});
