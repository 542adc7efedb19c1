import { emaOutlastsRun } from '../../server/src/rules/ema-outlasts-run.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(emaOutlastsRun, {
  quiet: [
    planOf({ 'optimizer.emaDecay': 0.9999, 'schedule.totalSteps': 100_000 }),
    planOf({ 'optimizer.emaDecay': byDefault(0.9999), 'schedule.totalSteps': 1000 }),
    planOf({ 'optimizer.emaDecay': 0, 'schedule.totalSteps': 1000 }),
  ],
  fires: [
    {
      plan: planOf({ 'optimizer.emaDecay': 0.9999, 'schedule.totalSteps': 5000 }),
      message: 'remembers',
      at: 'optimizer.emaDecay',
      says: ['0.9999', '6,931', '5,000'],
    },
  ],
});
