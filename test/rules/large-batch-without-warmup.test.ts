import { largeBatchWithoutWarmup } from '../../server/src/rules/large-batch-without-warmup.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'run.task': 'image-classification', 'optimizer.name': 'sgd', 'batch.global': 4096 } as const;

testRule(largeBatchWithoutWarmup, {
  quiet: [
    planOf({ ...run, 'schedule.warmupSteps': 500 }),
    planOf({ ...run, 'batch.global': 256, 'schedule.warmupSteps': 0 }),
    // Whether there is a warmup is unknown.
    planOf(run),
    planOf({ ...run, 'optimizer.name': 'adamw_torch', 'schedule.warmupSteps': 0 }),
    planOf({ ...run, 'optimizer.name': 'lars', 'batch.global': 16_384 }),
    planOf({ ...run, 'batch.global': 16_384, 'run.fromScratch': false }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'schedule.warmupSteps': 0 }),
      message: 'noWarmup',
      at: 'schedule.warmupSteps',
      says: ['4,096'],
    },
    { plan: planOf({ ...run, 'batch.global': 16_384 }), message: 'beyond', at: 'batch.global', says: ['16,384'] },
  ],
});
