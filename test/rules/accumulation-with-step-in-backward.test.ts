import { accumulationWithStepInBackward } from '../../server/src/rules/accumulation-with-step-in-backward.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(accumulationWithStepInBackward, {
  quiet: [
    planOf({ 'optimizer.inBackward': true, 'batch.gradientAccumulation': 1 }),
    planOf({ 'optimizer.inBackward': false, 'batch.gradientAccumulation': 8, 'optimizer.maxGradNorm': 1 }),
    planOf({ 'optimizer.inBackward': true, 'optimizer.maxGradNorm': byDefault(1) }),
  ],
  fires: [
    {
      plan: planOf({ 'optimizer.inBackward': true, 'batch.gradientAccumulation': 8, 'optimizer.maxGradNorm': 1 }),
      message: 'accumulation',
      at: 'optimizer.inBackward',
      says: ['8 accumulation'],
      fixed: { 'optimizer.inBackward': false },
    },
    {
      plan: planOf({ 'optimizer.inBackward': true, 'optimizer.maxGradNorm': 1 }),
      message: 'clipping',
      at: 'optimizer.maxGradNorm',
      fixed: { 'optimizer.inBackward': false },
    },
  ],
});
