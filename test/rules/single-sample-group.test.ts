import { singleSampleGroup } from '../../server/src/rules/single-sample-group.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(singleSampleGroup, {
  quiet: [
    planOf({ 'run.objective': 'grpo', 'rollout.generations': 8 }),
    planOf({ 'run.objective': 'ppo', 'rollout.generations': 1 }),
    planOf({ 'rollout.algorithm': 'gae', 'run.objective': 'ppo', 'rollout.generations': 1 }),
    planOf({ 'run.objective': 'grpo', 'rollout.generations': byDefault(1) }),
  ],
  fires: [
    {
      plan: planOf({ 'run.objective': 'grpo', 'rollout.generations': 1 }),
      message: 'single',
      at: 'rollout.generations',
      says: ['GRPO'],
    },
    {
      plan: planOf({ 'rollout.algorithm': 'rloo', 'rollout.generations': byDefault(1) }),
      message: 'single',
      at: 'rollout.generations',
      says: ['RLOO'],
    },
  ],
});
