import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { emaDecayNotRescaled } from '../../server/src/rules/ema-decay-not-rescaled.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'optimizer.emaDecay': 0.996 } as const;
const since = (plan: TrainingPlan) => ({ references: [{ label: 'HEAD', kind: 'head' as const, plan }] });

testRule(emaDecayNotRescaled, {
  quiet: [
    planOf({ ...run, 'batch.global': 24_576 }),
    { plan: planOf({ ...run, 'batch.global': 8192 }), ...since(planOf({ ...run, 'batch.global': 4096 })) },
    {
      plan: planOf({ ...run, 'batch.global': 24_576 }),
      ...since(planOf({ 'optimizer.emaDecay': 0.99, 'batch.global': 4096 })),
    },
  ],
  fires: [
    {
      plan: planOf({ ...run, 'batch.global': 24_576 }),
      ...since(planOf({ ...run, 'batch.global': 4096 })),
      message: 'stale',
      at: 'optimizer.emaDecay',
      severity: 'information',
      says: ['4,096 in HEAD to 24,576', '0.996', '0.97624'],
    },
    {
      plan: planOf({ ...run, 'batch.global': 256 }),
      ...since(planOf({ ...run, 'batch.global': 4096 })),
      message: 'stale',
      at: 'optimizer.emaDecay',
      severity: 'warning',
    },
  ],
});
