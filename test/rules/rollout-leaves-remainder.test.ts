import { rolloutLeavesRemainder } from '../../server/src/rules/rollout-leaves-remainder.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'reinforcement-learning',
  'rollout.steps': 2048,
  'rollout.environments': 1,
  'rollout.miniBatch': 64,
} as const;

testRule(rolloutLeavesRemainder, {
  quiet: [
    planOf(run),
    // One mini batch is the whole rollout.
    planOf({ ...run, 'rollout.steps': 32, 'rollout.environments': 8, 'rollout.miniBatch': 256 }),
    planOf({ ...run, 'rollout.steps': 5, 'rollout.environments': 8, 'rollout.miniBatch': 64 }),
    planOf({ ...run, 'rollout.steps': byDefault(2050), 'rollout.miniBatch': byDefault(64) }),
    planOf({ ...run, 'run.task': 'causal-lm', 'rollout.steps': 2050 }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'rollout.environments': 3, 'rollout.miniBatch': 100 }),
      message: 'truncated',
      at: 'rollout.miniBatch',
      says: ['44 of 100'],
      fixed: { 'rollout.miniBatch': 96 },
    },
    { plan: planOf({ ...run, 'rollout.steps': 129 }), message: 'single', at: 'rollout.miniBatch' },
  ],
});
