import { linearScalingUnderAdam } from '../../server/src/rules/linear-scaling-under-adam.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'reference.scalingRule': 'linear',
  'reference.baseLearningRate': 1e-4,
  'reference.batch': 1,
  'batch.global': 128,
  'optimizer.name': 'adamw_torch',
} as const;

testRule(linearScalingUnderAdam, {
  quiet: [
    planOf({ ...run, 'reference.scalingRule': 'none' }),
    planOf({ ...run, 'optimizer.name': 'sgd' }),
    planOf({ ...run, 'batch.global': 4 }),
    // Masked autoencoders scale AdamW from 256 images, with published success.
    planOf({ ...run, 'reference.baseLearningRate': 1.5e-4, 'reference.batch': 256, 'batch.global': 4096 }),
  ],
  fires: [
    {
      plan: planOf(run),
      message: 'linear',
      at: 'reference.baseLearningRate',
      says: ['1e-4', '128', '0.0128', '1.13e-3'],
      severity: 'warning',
    },
    {
      // A flag of the launch may leave the rate alone.
      plan: planOf({ ...run, 'reference.scalingRule': byDefault('linear') }),
      message: 'byDefault',
      at: 'reference.baseLearningRate',
      says: ['1e-4', '0.0128', 'unless'],
      severity: 'information',
    },
  ],
});
