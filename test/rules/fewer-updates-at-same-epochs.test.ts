import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { fewerUpdatesAtSameEpochs } from '../../server/src/rules/fewer-updates-at-same-epochs.ts';
import { inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const since = (plan: TrainingPlan) => ({ references: [{ label: 'HEAD', kind: 'head' as const, plan }] });
const before = planOf({ 'schedule.epochs': 3, 'schedule.totalSteps': inferred(1560), 'batch.global': 64 });

testRule(fewerUpdatesAtSameEpochs, {
  quiet: [
    planOf({ 'schedule.epochs': 3, 'schedule.totalSteps': inferred(195), 'batch.global': 512 }),
    {
      plan: planOf({ 'schedule.epochs': 3, 'schedule.totalSteps': inferred(780), 'batch.global': 128 }),
      ...since(before),
    },
    {
      plan: planOf({ 'schedule.epochs': 24, 'schedule.totalSteps': inferred(1560), 'batch.global': 512 }),
      ...since(before),
    },
    { plan: planOf({ 'schedule.epochs': 3, 'schedule.totalSteps': 195, 'batch.global': 512 }), ...since(before) },
  ],
  fires: [
    {
      plan: planOf({ 'schedule.epochs': 3, 'schedule.totalSteps': inferred(195), 'batch.global': 512 }),
      ...since(before),
      message: 'fewer',
      at: 'schedule.epochs',
      says: ['8 times', '3 epochs', '1,560', '195'],
    },
  ],
});
