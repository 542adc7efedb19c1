import { rlLrTooHigh } from '../../server/src/rules/rl-lr-too-high.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'grpo',
  'adapter.kind': byDefault('none'),
  'optimizer.name': 'adamw_torch',
  'model.parameterCount': 7_615_616_512,
} as const;

testRule(rlLrTooHigh, {
  quiet: [
    planOf({ ...run, 'optimizer.peakLearningRate': 1e-6 }),
    planOf({ ...run, 'optimizer.peakLearningRate': 1e-5 }),
    planOf({ ...run, 'optimizer.peakLearningRate': 1e-4, 'adapter.kind': 'lora' }),
    planOf({
      ...run,
      'optimizer.peakLearningRate': 3e-4,
      'run.task': 'reinforcement-learning',
      'run.objective': 'ppo',
    }),
    planOf({ ...run, 'optimizer.peakLearningRate': 1e-4, 'model.parameterCount': 124_000_000 }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 5e-5 }),
      message: 'high',
      at: 'optimizer.peakLearningRate',
      says: ['5e-5', 'GRPO'],
    },
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 2e-5 }),
      message: 'high',
      at: 'optimizer.peakLearningRate',
      severity: 'information',
    },
  ],
});
