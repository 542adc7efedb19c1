import { headDimsIndivisible } from '../../server/src/rules/head-dims-indivisible.ts';
import { inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(headDimsIndivisible, {
  quiet: [
    planOf({ 'model.hiddenSize': 5120, 'model.heads': 40 }),
    planOf({ 'model.hiddenSize': 1024, 'model.heads': 16, 'model.kvHeads': 8, 'model.headDim': 128 }),
    // A head width of its own frees the hidden size.
    planOf({ 'model.hiddenSize': 5120, 'model.heads': 36, 'model.headDim': 128 }),
    // State-space models do not use their heads.
    planOf({ 'model.hiddenSize': 2560, 'model.heads': 12, 'model.family': 'mamba' }),
    planOf({ 'model.hiddenSize': inferred(5120), 'model.heads': inferred(36) }),
  ],
  fires: [
    {
      // Layers and heads of Pythia 12B, swapped.
      plan: planOf({ 'model.hiddenSize': 5120, 'model.heads': 36, 'model.layers': 40 }),
      message: 'hidden',
      at: 'model.heads',
      says: ['5,120', '36', '142.22'],
    },
    {
      plan: planOf({ 'model.hiddenSize': 4096, 'model.heads': 32, 'model.kvHeads': 12 }),
      message: 'groups',
      at: 'model.kvHeads',
    },
  ],
});
