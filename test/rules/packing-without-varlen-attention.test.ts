import { packingWithoutVarlenAttention } from '../../server/src/rules/packing-without-varlen-attention.ts';
import { byDefault, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'data.packing': true, 'run.objective': 'sft' } as const;

testRule(packingWithoutVarlenAttention, {
  quiet: [
    planOf({ ...run, 'model.attention': 'flash' }),
    planOf({ ...run, 'model.attention': 'sdpa', 'data.packingIsolated': true }),
    planOf({ ...run, 'model.attention': byDefault('sdpa') }),
    planOf({ ...run, 'model.attention': 'sdpa', 'run.objective': 'pretraining' }),
    planOf({ ...run, 'model.attention': 'sdpa', 'data.packing': false }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'model.attention': 'flash', 'data.packingIsolated': inferred(false) }),
      message: 'unmasked',
      at: 'data.packing',
    },
    {
      plan: planOf({ ...run, 'model.attention': 'eager', 'data.packingIsolated': byDefault(false) }),
      message: 'leaks',
      at: 'data.packing',
      says: ['eager'],
    },
    {
      plan: planOf({ ...run, 'model.attention': 'sdpa' }),
      message: 'mayLeak',
      at: 'data.packing',
      severity: 'information',
      fixed: { 'model.attention': 'flash' },
    },
  ],
});
