import { batchBelowExpertRanks } from '../../server/src/rules/batch-below-expert-ranks.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(batchBelowExpertRanks, {
  quiet: [
    planOf({ 'parallel.expert': 128, 'batch.global': 128, 'batch.micro': 1 }),
    // Tensor and context-parallel ranks hold experts, too.
    planOf({
      'parallel.expert': 64,
      'batch.global': 8,
      'batch.micro': 1,
      'parallel.tensor': 4,
      'parallel.context': 2,
    }),
    planOf({ 'parallel.expert': 128, 'batch.global': 32, 'batch.micro': 1, 'parallel.world': 128 }),
    planOf({ 'parallel.expert': 1, 'batch.global': 1, 'batch.micro': 4 }),
    planOf({ 'parallel.expert': byDefault(8), 'batch.global': 4, 'batch.micro': 1 }),
    planOf({ 'parallel.expert': 64, 'batch.global': 32, 'batch.micro': 1, 'batch.unit': 'prompts' }),
  ],
  fires: [
    {
      plan: planOf({ 'parallel.expert': 128, 'batch.global': 32, 'batch.micro': 1 }),
      message: 'short',
      at: 'batch.global',
      says: ['128', '32'],
      fixed: { 'batch.global': 128 },
    },
    {
      plan: planOf({ 'parallel.expert': 32, 'batch.global': 4, 'batch.micro': 1, 'parallel.tensor': 4 }),
      message: 'short',
      at: 'batch.global',
      fixed: { 'batch.global': 8 },
    },
  ],
});
