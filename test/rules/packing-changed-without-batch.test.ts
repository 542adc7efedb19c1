import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { packingChangedWithoutBatch } from '../../server/src/rules/packing-changed-without-batch.ts';
import { bySetting, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'data.packing': true,
  'data.sequenceLength': 4096,
  'data.meanTokens': bySetting(512),
  'batch.global': 64,
  'batch.gradientAccumulation': 8,
} as const;
const since = (plan: TrainingPlan) => ({ references: [{ label: 'HEAD', kind: 'head' as const, plan }] });
const unpacked = planOf({ ...run, 'data.packing': false });

testRule(packingChangedWithoutBatch, {
  quiet: [
    planOf(run),
    { plan: planOf(run), ...since(planOf(run)) },
    { plan: planOf({ ...run, 'batch.global': 8 }), ...since(unpacked) },
    { plan: planOf({ ...run, 'data.meanTokens': bySetting(3000) }), ...since(unpacked) },
  ],
  fires: [
    {
      plan: planOf(run),
      ...since(unpacked),
      message: 'grew',
      at: 'data.packing',
      says: ['8 examples', '512'],
    },
  ],
});
