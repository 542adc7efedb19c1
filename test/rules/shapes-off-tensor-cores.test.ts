import { expect, it } from 'vitest';
import { shapesOffTensorCores } from '../../server/src/rules/shapes-off-tensor-cores.ts';
import { inferred, planOf } from './plan-of.ts';
import { runRule, testRule } from './test-rule.ts';

testRule(shapesOffTensorCores, {
  quiet: [
    planOf({
      'run.fromScratch': true,
      'model.hiddenSize': 768,
      'model.intermediateSize': 3072,
      'model.headDim': 64,
      'model.vocabSize': 50_304,
    }),
    // The checkpoint decides.
    planOf({ 'run.fromScratch': false, 'model.hiddenSize': 770, 'model.vocabSize': 50_257 }),
    planOf({ 'run.fromScratch': true, 'model.hiddenSize': inferred(770) }),
    planOf({ 'run.fromScratch': true, 'model.vocabSize': 257 }),
  ],
  fires: [
    {
      plan: planOf({ 'run.fromScratch': true, 'model.hiddenSize': 770 }),
      message: 'width',
      at: 'model.hiddenSize',
      says: ['hidden size 770'],
    },
    {
      plan: planOf({ 'run.fromScratch': true, 'model.vocabSize': 50_257 }),
      message: 'vocabulary',
      at: 'model.vocabSize',
      severity: 'information',
      says: ['50,257', '50,304'],
    },
  ],
});

it('names every width that is off', () => {
  const plan = planOf({ 'run.fromScratch': true, 'model.hiddenSize': 770, 'model.intermediateSize': 3075 });
  expect(runRule(shapesOffTensorCores, { plan }).map((finding) => finding.at)).toEqual([
    'model.hiddenSize',
    'model.intermediateSize',
  ]);
});
