import { microBatchBelowSequence } from '../../server/src/rules/micro-batch-below-sequence.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(microBatchBelowSequence, {
  quiet: [
    planOf({ 'batch.microTokens': 4400, 'data.sequenceLength': 512 }),
    planOf({ 'batch.microTokens': 512, 'data.sequenceLength': 512 }),
    planOf({ 'batch.microTokens': byDefault(256), 'data.sequenceLength': 512 }),
    // Two ranks share a sequence.
    planOf({ 'batch.microTokens': 4096, 'data.sequenceLength': 8192, 'parallel.ulysses': 2 }),
  ],
  fires: [
    {
      plan: planOf({ 'batch.microTokens': 256, 'data.sequenceLength': 512 }),
      message: 'below',
      at: 'batch.microTokens',
      severity: 'warning',
      says: ['256 tokens', '512'],
      fixed: { 'batch.microTokens': 512 },
    },
    {
      plan: planOf({ 'batch.microTokens': 2048, 'data.sequenceLength': 8192, 'data.packing': true }),
      message: 'below',
      at: 'batch.microTokens',
    },
  ],
});
