import { batchNormStarved } from '../../server/src/rules/batch-norm-starved.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(batchNormStarved, {
  quiet: [
    planOf({ 'model.batchNorm': 'batch', 'batch.micro': 32 }),
    planOf({ 'model.batchNorm': 'none', 'batch.micro': 2 }),
    planOf({ 'model.batchNorm': 'sync', 'batch.micro': 2, 'parallel.data': 8 }),
    planOf({ 'model.batchNorm': 'sync', 'batch.micro': 2 }),
    planOf({ 'model.batchNorm': 'batch', 'batch.micro': byDefault(2) }),
    planOf({ 'batch.micro': 2 }),
    planOf({ 'model.batchNorm': 'batch', 'batch.micro': 4, 'data.synthetic': true }),
  ],
  fires: [
    {
      plan: planOf({
        'model.batchNorm': 'batch',
        'batch.micro': 4,
        'parallel.data': 8,
        'batch.gradientAccumulation': 8,
      }),
      message: 'starved',
      at: 'batch.micro',
      says: ['4 samples'],
      fixed: { 'model.batchNorm': 'sync' },
    },
    {
      plan: planOf({ 'model.batchNorm': 'batch', 'batch.micro': 12 }),
      message: 'starved',
      at: 'batch.micro',
      severity: 'information',
    },
  ],
});
