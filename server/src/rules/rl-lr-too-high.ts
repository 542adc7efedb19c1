import { defineRule } from './support/define-rule.ts';
import { type MethodCeiling, rateAboveMethod } from './support/rate-above-method.ts';

const CEILING: MethodCeiling = { method: 'full-rl', smallestModel: 0.5e9 };

export const rlLrTooHigh = defineRule({
  id: 'rl-lr-too-high',
  severity: 'warning',
  summary: "Reinforcement learning moves all of the policy's weights with a learning rate of fine-tuning size",
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'adapter.kind', 'run.objective'],
  wants: ['model.parameterCount', 'adapter.trainableShare'],
  readsAbsence: true,
  judgesLearning: true,
  messages: {
    high: 'Peak learning rate {rate} for {objective} on all weights; published runs use 3e-7 to 3e-6, above which the policy leaves its reference quickly.',
  },
  sources: [
    'TRL: trl/trainer/grpo_config.py (1e-6)',
    'verl: verl/trainer/config/actor (1e-6)',
    'OpenRLHF: openrlhf/cli/train_ppo_ray.py (actor 1e-6)',
    'torchtune: recipes/configs/mistral/7B_full_ppo_low_memory.yaml (3e-6)',
  ],

  check(fields, report, { plan }) {
    const high = rateAboveMethod(CEILING, plan);
    if (high === undefined) return;
    report({
      at: 'optimizer.peakLearningRate',
      message: 'high',
      data: { rate: high.rate, objective: fields['run.objective'].value.toUpperCase() },
      severity: high.severity,
      related: ['run.objective', 'adapter.kind', 'optimizer.name'],
    });
  },
});
