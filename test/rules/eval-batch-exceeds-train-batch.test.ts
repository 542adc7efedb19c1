import { evalBatchExceedsTrainBatch } from '../../server/src/rules/eval-batch-exceeds-train-batch.ts';
import { memoryOf } from './memory-of.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'batch.eval': byDefault(8),
  'batch.micro': 1,
  'data.sequenceLength': 16_384,
  'model.vocabSize': 128_256,
  'schedule.evalCadence': 'steps',
  'loss.kernel': 'plain',
} as const;
const memory = memoryOf({ terms: { weights: 15, activations: 20 } });

testRule(evalBatchExceedsTrainBatch, {
  quiet: [
    planOf(run),
    { plan: planOf({ ...run, 'schedule.evalCadence': 'no' }), memory },
    { plan: planOf({ ...run, 'data.sequenceLength': 2048 }), memory },
    { plan: planOf({ ...run, 'batch.micro': 8 }), memory },
    { plan: planOf({ ...run, 'loss.kernel': 'fused' }), memory },
    { plan: planOf(run), memory: memoryOf({ verdict: 'exceeds', terms: { weights: 90 } }) },
  ],
  fires: [
    {
      plan: planOf(run),
      memory,
      message: 'outOfMemory',
      at: 'batch.eval',
      says: ['8 sequences', 'training 1', '93.9 GiB'],
      fixed: { 'batch.eval': 1 },
    },
  ],
});
