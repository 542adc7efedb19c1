import { tensorParallelIndivisible } from '../../server/src/rules/tensor-parallel-indivisible.ts';
import { byDefault, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(tensorParallelIndivisible, {
  quiet: [
    planOf({ 'model.heads': 32, 'parallel.tensor': 8, 'model.kvHeads': 8 }),
    // Key-value heads are repeated.
    planOf({ 'model.heads': 32, 'parallel.tensor': 16, 'model.kvHeads': 8 }),
    planOf({ 'model.heads': 28, 'parallel.tensor': byDefault(1) }),
    planOf({ 'parallel.tensor': 8 }),
  ],
  fires: [
    {
      plan: planOf({ 'model.heads': inferred(28), 'parallel.tensor': 8 }),
      message: 'heads',
      at: 'parallel.tensor',
      says: ['28', '8 tensor-parallel'],
    },
    {
      plan: planOf({ 'model.heads': 28, 'parallel.ulysses': 8 }),
      message: 'heads',
      at: 'parallel.ulysses',
      says: ['Ulysses'],
    },
    {
      plan: planOf({ 'model.heads': 24, 'model.kvHeads': 6, 'parallel.tensor': 8 }),
      message: 'kv',
      at: 'parallel.tensor',
    },
  ],
});
