import { sgdLrTooHigh } from '../../server/src/rules/sgd-lr-too-high.ts';
import { byDefault, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const detector = { 'run.task': 'detection', 'optimizer.name': 'sgd_momentum', 'batch.global': 16 } as const;
const classifier = {
  'run.task': 'image-classification',
  'run.fromScratch': true,
  'optimizer.name': 'sgd_momentum',
  'batch.global': 256,
} as const;

testRule(sgdLrTooHigh, {
  quiet: [
    planOf({ ...detector, 'optimizer.peakLearningRate': 0.02 }),
    planOf({ ...detector, 'optimizer.peakLearningRate': 0.2 }),
    // Left as it was on a single GPU.
    planOf({ ...detector, 'batch.global': 2, 'optimizer.peakLearningRate': 0.02 }),
    planOf({ ...detector, 'optimizer.peakLearningRate': byDefault(2) }),
    planOf({ ...detector, 'optimizer.name': 'lars', 'optimizer.peakLearningRate': 4.8 }),
    planOf({ ...classifier, 'optimizer.peakLearningRate': 0.1 }),
    planOf({ ...classifier, 'batch.global': 8192, 'optimizer.peakLearningRate': 3.2 }),
    // MoCo's linear probe.
    planOf({ ...classifier, 'run.fromScratch': false, 'optimizer.peakLearningRate': 30 }),
    // Without momentum the same steps take ten times the rate.
    planOf({ ...classifier, 'optimizer.momentum': 0, 'optimizer.peakLearningRate': 10 }),
  ],
  fires: [
    {
      plan: planOf({ ...detector, 'optimizer.peakLearningRate': 2 }),
      message: 'high',
      at: 'optimizer.peakLearningRate',
      says: ['16 images', '100 times', '0.02'],
      fixed: { 'optimizer.peakLearningRate': 0.02 },
    },
    {
      plan: planOf({ ...detector, 'batch.global': 64, 'optimizer.peakLearningRate': 1 }),
      message: 'high',
      at: 'optimizer.peakLearningRate',
    },
    {
      plan: planOf({ ...classifier, 'optimizer.peakLearningRate': 10 }),
      message: 'high',
      at: 'optimizer.peakLearningRate',
      fixed: { 'optimizer.peakLearningRate': 0.1 },
    },
    {
      plan: planOf({
        ...classifier,
        'reference.baseLearningRate': 10,
        'optimizer.peakLearningRate': inferred(10, ['reference.baseLearningRate']),
      }),
      message: 'high',
      at: 'reference.baseLearningRate',
    },
  ],
});
