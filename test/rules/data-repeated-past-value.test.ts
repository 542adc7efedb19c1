import { dataRepeatedPastValue } from '../../server/src/rules/data-repeated-past-value.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'run.objective': 'pretraining', 'run.task': 'causal-lm' } as const;

testRule(dataRepeatedPastValue, {
  quiet: [
    planOf({ ...run, 'schedule.epochs': 4 }),
    planOf({ ...run, 'schedule.epochs': byDefault(10) }),
    // Fine-tuning repeats its data as a matter of course.
    planOf({ ...run, 'schedule.epochs': 10, 'run.objective': 'sft' }),
    planOf({ ...run, 'schedule.epochs': 40, 'run.task': 'masked-lm' }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'schedule.epochs': 8 }),
      message: 'repeated',
      at: 'schedule.epochs',
      severity: 'information',
      says: ['8 epochs', '6.6 epochs', '17%'],
    },
    {
      plan: planOf({ ...run, 'schedule.epochs': 40 }),
      message: 'repeated',
      at: 'schedule.epochs',
      says: ['15 epochs', '62%'],
    },
  ],
});
