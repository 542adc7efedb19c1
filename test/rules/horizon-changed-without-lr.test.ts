import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { horizonChangedWithoutLr } from '../../server/src/rules/horizon-changed-without-lr.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'pretraining',
  'run.fromScratch': true,
  'optimizer.name': 'adamw_torch',
  'optimizer.peakLearningRate': 3e-4,
  'batch.tokensPerStep': 524_288,
} as const;
const since = (plan: TrainingPlan) => ({ references: [{ label: 'HEAD', kind: 'head' as const, plan }] });
const before = planOf({ ...run, 'schedule.totalTokens': 1e10 });

testRule(horizonChangedWithoutLr, {
  quiet: [
    planOf({ ...run, 'schedule.totalTokens': 1e11 }),
    { plan: planOf({ ...run, 'schedule.totalTokens': 2e10 }), ...since(before) },
    { plan: planOf({ ...run, 'schedule.totalTokens': 1e11, 'optimizer.peakLearningRate': 2e-4 }), ...since(before) },
    { plan: planOf({ ...run, 'schedule.totalTokens': 1e11, 'batch.tokensPerStep': 1_048_576 }), ...since(before) },
    // Above the optimal batch the sign turns.
    {
      plan: planOf({ ...run, 'schedule.totalTokens': 1e11, 'batch.tokensPerStep': 8_388_608 }),
      ...since(planOf({ ...run, 'schedule.totalTokens': 1e10, 'batch.tokensPerStep': 8_388_608 })),
    },
  ],
  fires: [
    {
      plan: planOf({ ...run, 'schedule.totalTokens': 1e11 }),
      ...since(before),
      message: 'longer',
      at: 'optimizer.peakLearningRate',
      says: ['10B', '100B', '3e-4', '1.4e-4'],
    },
  ],
});
