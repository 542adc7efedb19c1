import { warmupGivenTwice } from '../../server/src/rules/warmup-given-twice.ts';
import { byDefault, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(warmupGivenTwice, {
  quiet: [
    planOf({ 'schedule.warmupSteps': 100 }),
    planOf({ 'schedule.warmupSteps': 100, 'schedule.warmupRatio': inferred(0.1) }),
    planOf({ 'schedule.warmupSteps': byDefault(100), 'schedule.warmupRatio': 0.1 }),
    planOf({ 'schedule.warmupSteps': 100, 'schedule.warmupRatio': 0 }),
    planOf({ 'schedule.warmupSteps': 0, 'schedule.warmupRatio': 0.1 }),
  ],
  fires: [
    {
      plan: planOf({ 'schedule.warmupSteps': 100, 'schedule.warmupRatio': 0.1 }),
      message: 'twice',
      at: 'schedule.warmupRatio',
      says: ['100 steps', '0.1 of the run'],
      fixed: { 'schedule.warmupRatio': null, 'schedule.warmupSteps': 100 },
    },
  ],
});
