import { beta2UnfitForBatch } from '../../server/src/rules/beta2-unfit-for-batch.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'pretraining',
  'run.fromScratch': true,
  'optimizer.name': 'adamw_torch',
  'model.parameterCount': 6.7e9,
} as const;

testRule(beta2UnfitForBatch, {
  quiet: [
    planOf({ ...run, 'optimizer.beta2': 0.95, 'batch.tokensPerStep': 4_194_304 }),
    planOf({ ...run, 'optimizer.beta2': 0.999, 'batch.tokensPerStep': 524_288 }),
    planOf({ ...run, 'optimizer.beta2': 0.999, 'batch.tokensPerStep': 16_384 }),
    planOf({ ...run, 'optimizer.beta2': byDefault(0.999), 'batch.tokensPerStep': 4_194_304 }),
    planOf({ ...run, 'optimizer.beta2': 0.95, 'batch.tokensPerStep': 16_384, 'run.fromScratch': false }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'optimizer.beta2': 0.95, 'batch.tokensPerStep': 16_384 }),
      message: 'short',
      at: 'optimizer.beta2',
      says: ['0.95', '16,384', '0.9983'],
      fixed: { 'optimizer.beta2': 0.9983 },
    },
    {
      plan: planOf({ ...run, 'optimizer.beta2': 0.999, 'batch.tokensPerStep': 4_194_304 }),
      message: 'long',
      at: 'optimizer.beta2',
      says: ['1,000 steps', '4.2M'],
    },
  ],
});
