import { accumulationAddsNoNegatives } from '../../server/src/rules/accumulation-adds-no-negatives.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'contrastive.loss': 'MultipleNegativesRankingLoss',
  'batch.micro': 32,
  'batch.gradientAccumulation': 8,
} as const;

testRule(accumulationAddsNoNegatives, {
  quiet: [
    planOf({ ...run, 'batch.gradientAccumulation': 1 }),
    planOf({ ...run, 'contrastive.loss': 'CachedMultipleNegativesRankingLoss' }),
    // Embeddings are kept over the accumulation, as OpenCLIP does.
    planOf({ ...run, 'contrastive.loss': 'clip', 'contrastive.cachedMicro': 32 }),
    planOf({ ...run, 'contrastive.loss': 'CosineSimilarityLoss' }),
    planOf({ ...run, 'contrastive.gathered': true }),
    planOf({ ...run, 'batch.gradientAccumulation': byDefault(8) }),
  ],
  fires: [
    {
      plan: planOf(run),
      message: 'negatives',
      at: 'batch.gradientAccumulation',
      says: ['31 in-batch', '8 accumulation', '256'],
    },
    {
      plan: planOf({ ...run, 'contrastive.gathered': true, 'parallel.data': 4 }),
      message: 'negatives',
      at: 'batch.gradientAccumulation',
      says: ['127 in-batch'],
    },
  ],
});
