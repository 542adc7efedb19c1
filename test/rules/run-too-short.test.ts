import { runTooShort } from '../../server/src/rules/run-too-short.ts';
import { bySetting, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'schedule.epochs': 3, 'data.examples': bySetting(1000), 'batch.global': 128 } as const;

testRule(runTooShort, {
  quiet: [
    planOf({ ...run, 'schedule.totalSteps': inferred(315) }),
    // A stated length is what the person wants.
    planOf({ ...run, 'schedule.totalSteps': 10 }),
    planOf({ 'schedule.totalSteps': inferred(10), 'schedule.epochs': 1 }),
  ],
  fires: [
    {
      plan: planOf({
        ...run,
        'schedule.totalSteps': inferred(24, ['data.examples', 'schedule.epochs', 'batch.global']),
      }),
      message: 'few',
      at: 'schedule.epochs',
      says: ['1,000 examples × 3 epochs', '128', '24 optimizer steps'],
    },
  ],
});
