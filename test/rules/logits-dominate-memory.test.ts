import { logitsDominateMemory } from '../../server/src/rules/logits-dominate-memory.ts';
import { memoryOf } from './memory-of.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const plan = planOf({
  'loss.kernel': 'plain',
  'data.sequenceLength': 8192,
  'batch.micro': 4,
  'model.vocabSize': 151_936,
});
const memory = memoryOf({ terms: { 'logits and loss': 30, weights: 15, activations: 20 } });

const evaluation = memoryOf({
  peakPhase: 'evaluation',
  trainingGib: 21,
  terms: { 'logits and loss': 30, weights: 15, activations: 20 },
});

testRule(logitsDominateMemory, {
  quiet: [
    plan,
    { plan, memory: memoryOf({ terms: { 'logits and loss': 10, weights: 15, activations: 20 } }) },
    { plan, memory: memoryOf({ terms: { 'logits and loss': 4, weights: 1 } }) },
    // The finding on the whole run names them already.
    { plan, memory: memoryOf({ verdict: 'exceeds', terms: { 'logits and loss': 60, weights: 15 } }) },
    { plan: planOf({ 'loss.kernel': 'fused', 'data.sequenceLength': 8192, 'batch.micro': 4 }), memory },
  ],
  fires: [
    {
      plan,
      memory,
      message: 'dominate',
      at: 'data.sequenceLength',
      says: ['30.0 of 65.0 GiB'],
      fixed: { 'loss.kernel': 'fused' },
    },
    {
      plan: planOf({ 'loss.kernel': 'plain', 'data.sequenceLength': 8192, 'batch.micro': 4, 'batch.eval': 16 }),
      memory: evaluation,
      message: 'dominateEvaluation',
      at: 'batch.eval',
      says: ['training needs 21.0 GiB', '30.0 of 65.0,'],
    },
    {
      // Liger fuses the loss in training alone.
      plan: planOf({
        'loss.kernel': 'fused',
        'data.sequenceLength': 8192,
        'batch.micro': 4,
        'batch.eval': byDefault(4),
      }),
      memory: evaluation,
      message: 'dominateEvaluation',
      at: 'data.sequenceLength',
    },
  ],
});
