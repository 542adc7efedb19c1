import { warmupRatioAboveOne } from '../../server/src/rules/warmup-ratio-above-one.ts';
import { inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(warmupRatioAboveOne, {
  quiet: [
    planOf({ 'schedule.warmupRatio': 0.03 }),
    planOf({ 'schedule.warmupRatio': 1 }),
    // Too many steps have a rule of their own.
    planOf({ 'schedule.warmupRatio': inferred(2), 'schedule.warmupSteps': 100 }),
  ],
  fires: [
    {
      plan: planOf({ 'schedule.warmupRatio': 500 }),
      message: 'above',
      at: 'schedule.warmupRatio',
      says: ['500'],
      fixed: { 'schedule.warmupSteps': 500, 'schedule.warmupRatio': null },
    },
    { plan: planOf({ 'schedule.warmupRatio': -0.1 }), message: 'negative', at: 'schedule.warmupRatio' },
  ],
});
