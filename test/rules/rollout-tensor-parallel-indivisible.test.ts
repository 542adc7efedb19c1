import { rolloutTensorParallelIndivisible } from '../../server/src/rules/rollout-tensor-parallel-indivisible.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const TENSOR = 'rollout.tensorParallel';

testRule(rolloutTensorParallelIndivisible, {
  quiet: [
    planOf({ [TENSOR]: 4, 'parallel.world': 8, 'rollout.colocated': true, 'model.heads': 32 }),
    planOf({ [TENSOR]: 1, 'parallel.world': 7, 'rollout.colocated': true }),
    // Engines on GPUs of their own.
    planOf({ [TENSOR]: 4, 'parallel.world': 6, 'rollout.colocated': false }),
    planOf({ [TENSOR]: 4, 'parallel.world': 6 }),
    planOf({ [TENSOR]: byDefault(4), 'parallel.world': 6, 'rollout.colocated': true }),
  ],
  fires: [
    {
      plan: planOf({ [TENSOR]: 8, 'model.heads': 28 }),
      message: 'heads',
      at: TENSOR,
      says: ['28', '8'],
    },
    {
      plan: planOf({ [TENSOR]: 4, 'parallel.world': 6, 'rollout.colocated': true, 'model.heads': 32 }),
      message: 'world',
      at: TENSOR,
      says: ['6 GPUs', '4'],
    },
  ],
});
