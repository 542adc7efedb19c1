import { balanceLossOverMicroBatch } from '../../server/src/rules/balance-loss-over-micro-batch.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'moe.balanceScope': 'micro', 'batch.micro': 1, 'moe.balanceLoss': 0.01, 'model.experts': 64 } as const;

testRule(balanceLossOverMicroBatch, {
  quiet: [
    planOf({ ...run, 'moe.balanceScope': 'global' }),
    planOf({ ...run, 'batch.micro': 8 }),
    planOf({ ...run, 'moe.balanceLoss': 0 }),
    planOf({ ...run, 'model.experts': 1 }),
  ],
  fires: [{ plan: planOf(run), message: 'scope', at: 'moe.balanceScope', fixed: { 'moe.balanceScope': 'global' } }],
});
