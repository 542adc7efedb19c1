import { valueOutOfRange } from '../../server/src/rules/value-out-of-range.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(valueOutOfRange, {
  quiet: [
    planOf({ 'batch.micro': 1, 'batch.gradientAccumulation': 1, 'optimizer.peakLearningRate': 0 }),
    planOf({ 'optimizer.beta1': 0, 'optimizer.beta2': 0.9999, 'optimizer.weightDecay': 0, 'adapter.dropout': 1 }),
    // What the framework itself assumes is no mistake of the file.
    planOf({ 'schedule.warmupSteps': byDefault(-1) }),
  ],
  fires: [
    {
      plan: planOf({ 'batch.gradientAccumulation': 0 }),
      message: 'low',
      at: 'batch.gradientAccumulation',
      says: ['Gradient accumulation 0', 'below 1', 'trains on nothing'],
    },
    {
      plan: planOf({ 'optimizer.peakLearningRate': -1e-4 }),
      message: 'low',
      at: 'optimizer.peakLearningRate',
      says: ['Peak learning rate -1e-4 is below 0'],
    },
    {
      plan: planOf({ 'optimizer.beta2': 1 }),
      message: 'reached',
      at: 'optimizer.beta2',
      says: ['1 does not stay below 1'],
    },
    { plan: planOf({ 'adapter.rank': 0 }), message: 'low', at: 'adapter.rank' },
    { plan: planOf({ 'adapter.dropout': 5 }), message: 'high', at: 'adapter.dropout', says: ['a probability'] },
  ],
});
