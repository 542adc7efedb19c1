import { memoryLeftUnused } from '../../server/src/rules/memory-left-unused.ts';
import { memoryOf } from './memory-of.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'hardware.gpu': 'h100-80gb', 'batch.micro': 2, 'batch.gradientAccumulation': 16 };
const memory = memoryOf({ highGib: 30 });

testRule(memoryLeftUnused, {
  quiet: [
    planOf(run),
    { plan: planOf(run), memory, largestMicroBatch: 3 },
    { plan: planOf({ ...run, 'parallel.pipeline': 4 }), memory, largestMicroBatch: 16 },
    { plan: planOf({ ...run, 'batch.micro': byDefault(2) }), memory, largestMicroBatch: 16 },
    { plan: planOf({ ...run, 'contrastive.loss': 'MultipleNegativesRankingLoss' }), memory, largestMicroBatch: 16 },
    { plan: planOf({ ...run, 'batch.gradientAccumulation': 1 }), memory, largestMicroBatch: 16 },
    { plan: planOf(run), memory: memoryOf({ highGib: 70 }), largestMicroBatch: 16 },
  ],
  fires: [
    {
      plan: planOf(run),
      memory,
      largestMicroBatch: 11,
      message: 'room',
      at: 'batch.micro',
      says: ['30.0 of 79.1 GiB', 'micro batch 8', 'accumulation 4', '32'],
    },
  ],
});
