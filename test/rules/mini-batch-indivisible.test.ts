import { miniBatchIndivisible } from '../../server/src/rules/mini-batch-indivisible.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

// 256 prompts × 5 completions over 8 GPUs are 160 completions a GPU.
const run = { 'rollout.miniBatch': 1280, 'parallel.data': 8, 'run.task': 'causal-lm' } as const;

testRule(miniBatchIndivisible, {
  quiet: [
    planOf({ ...run, 'batch.micro': 8 }),
    planOf(run),
    planOf({ ...run, 'batch.micro': byDefault(48) }),
    planOf({ ...run, 'batch.micro': 48, 'run.task': 'reinforcement-learning' }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'batch.micro': 48 }),
      message: 'micro',
      at: 'batch.micro',
      says: ['160', '48', '16 are left over'],
      fixed: { 'batch.micro': 40 },
    },
    {
      plan: planOf({ ...run, 'rollout.miniBatch': 4, 'batch.micro': 1 }),
      message: 'ranks',
      at: 'rollout.miniBatch',
      says: ['0.5'],
    },
  ],
});
