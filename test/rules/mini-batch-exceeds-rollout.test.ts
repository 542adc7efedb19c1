import { miniBatchExceedsRollout } from '../../server/src/rules/mini-batch-exceeds-rollout.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(miniBatchExceedsRollout, {
  quiet: [
    planOf({ 'rollout.miniBatch': 1280, 'rollout.batch': 5120, 'run.task': 'causal-lm' }),
    planOf({ 'rollout.miniBatch': 256, 'rollout.batch': 1, 'run.task': 'reinforcement-learning' }),
    planOf({ 'rollout.miniBatch': 256, 'run.task': 'causal-lm' }),
  ],
  fires: [
    {
      plan: planOf({ 'rollout.miniBatch': 128, 'rollout.batch': 16, 'run.task': 'causal-lm' }),
      message: 'exceeds',
      at: 'rollout.miniBatch',
      says: ['128', '16'],
      fixed: { 'rollout.miniBatch': 16 },
    },
  ],
});
