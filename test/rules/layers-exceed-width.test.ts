import { layersExceedWidth } from '../../server/src/rules/layers-exceed-width.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(layersExceedWidth, {
  quiet: [
    planOf({ 'model.layers': 32, 'model.hiddenSize': 4096 }),
    // DeepNet.
    planOf({ 'model.layers': 1000, 'model.hiddenSize': 512 }),
    planOf({ 'model.layers': 2, 'model.hiddenSize': 8 }),
    planOf({ 'model.layers': 4096, 'model.hiddenSize': byDefault(32) }),
  ],
  fires: [
    {
      plan: planOf({ 'model.layers': 4096, 'model.hiddenSize': 32 }),
      message: 'deep',
      at: 'model.layers',
      says: ['4,096 layers of hidden size 32'],
      fixed: { 'model.layers': 32, 'model.hiddenSize': 4096 },
    },
  ],
});
