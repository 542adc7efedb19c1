import { miniBatchExceedsRollout } from '../../server/src/rules/mini-batch-exceeds-rollout.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const control = {
  'run.task': 'reinforcement-learning',
  'rollout.steps': 32,
  'rollout.environments': 8,
} as const;

testRule(miniBatchExceedsRollout, {
  quiet: [
    planOf({ 'rollout.miniBatch': 1280, 'rollout.batch': 5120, 'run.task': 'causal-lm' }),
    planOf({ 'rollout.miniBatch': 256, 'rollout.batch': 1, 'run.task': 'reinforcement-learning' }),
    planOf({ 'rollout.miniBatch': 256, 'run.task': 'causal-lm' }),
    planOf({ ...control, 'rollout.miniBatch': 256 }),
    planOf({ ...control, 'rollout.miniBatch': byDefault(512) }),
  ],
  fires: [
    {
      plan: planOf({ 'rollout.miniBatch': 128, 'rollout.batch': 16, 'run.task': 'causal-lm' }),
      message: 'exceeds',
      at: 'rollout.miniBatch',
      says: ['128', '16'],
      fixed: { 'rollout.miniBatch': 16 },
    },
    {
      plan: planOf({ ...control, 'rollout.miniBatch': 2560 }),
      message: 'whole',
      at: 'rollout.miniBatch',
      severity: 'information',
      says: ['2,560', '32 steps × 8', '256 transitions'],
      fixed: { 'rollout.miniBatch': 256 },
    },
  ],
});
