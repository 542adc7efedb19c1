import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { ppoBatchChangedAlone } from '../../server/src/rules/ppo-batch-changed-alone.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'reinforcement-learning',
  'rollout.steps': 128,
  'rollout.environments': 8,
  'optimizer.peakLearningRate': 2.5e-4,
} as const;
const since = (plan: TrainingPlan) => ({ references: [{ label: 'HEAD', kind: 'head' as const, plan }] });

testRule(ppoBatchChangedAlone, {
  quiet: [
    planOf(run),
    { plan: planOf({ ...run, 'rollout.environments': 16 }), ...since(planOf(run)) },
    { plan: planOf({ ...run, 'rollout.environments': 64, 'optimizer.peakLearningRate': 7e-4 }), ...since(planOf(run)) },
    { plan: planOf({ ...run, 'rollout.environments': 64, 'rollout.steps': 16 }), ...since(planOf(run)) },
  ],
  fires: [
    {
      plan: planOf({ ...run, 'rollout.environments': 64 }),
      ...since(planOf(run)),
      message: 'alone',
      at: 'rollout.environments',
      says: ['1,024', '8,192'],
    },
  ],
});
