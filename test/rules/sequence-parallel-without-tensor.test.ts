import { sequenceParallelWithoutTensor } from '../../server/src/rules/sequence-parallel-without-tensor.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(sequenceParallelWithoutTensor, {
  quiet: [
    planOf({ 'parallel.sequence': true, 'parallel.tensor': 2 }),
    planOf({ 'parallel.sequence': false, 'parallel.tensor': 1 }),
    planOf({ 'parallel.sequence': byDefault(true), 'parallel.tensor': 1 }),
    planOf({ 'parallel.sequence': true, 'parallel.tensor': byDefault(1) }),
  ],
  fires: [
    {
      plan: planOf({ 'parallel.sequence': true, 'parallel.tensor': 1 }),
      message: 'alone',
      at: 'parallel.sequence',
      fixed: { 'parallel.sequence': false },
    },
  ],
});
