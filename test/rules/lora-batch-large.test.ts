import { loraBatchLarge } from '../../server/src/rules/lora-batch-large.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'run.task': 'causal-lm', 'run.objective': 'sft', 'adapter.kind': 'lora' } as const;

testRule(loraBatchLarge, {
  quiet: [
    planOf({ ...run, 'batch.global': 128 }),
    planOf({ ...run, 'batch.global': 512, 'adapter.kind': 'none' }),
    planOf({ ...run, 'batch.global': 512, 'run.objective': 'grpo' }),
  ],
  fires: [{ plan: planOf({ ...run, 'batch.global': 512 }), message: 'large', at: 'batch.global', says: ['512'] }],
});
