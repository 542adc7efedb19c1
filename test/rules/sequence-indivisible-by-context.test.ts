import { sequenceIndivisibleByContext } from '../../server/src/rules/sequence-indivisible-by-context.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'parallel.context': 8, 'data.sequenceLength': 8192, 'run.objective': 'pretraining' } as const;

testRule(sequenceIndivisibleByContext, {
  quiet: [
    planOf(run),
    planOf({ ...run, 'parallel.context': 1, 'data.sequenceLength': 8191 }),
    // Examples are padded to what divides.
    planOf({ ...run, 'run.objective': 'sft', 'data.sequenceLength': 8200, 'data.packing': false }),
    planOf({ ...run, 'data.sequenceLength': byDefault(1000) }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'data.sequenceLength': 8200 }),
      message: 'chunks',
      at: 'data.sequenceLength',
      says: ['8,200', '16 chunks'],
      fixed: { 'data.sequenceLength': 8208 },
    },
    {
      plan: planOf({ ...run, 'run.objective': 'sft', 'data.packing': true, 'data.sequenceLength': 4100 }),
      message: 'chunks',
      at: 'data.sequenceLength',
    },
  ],
});
