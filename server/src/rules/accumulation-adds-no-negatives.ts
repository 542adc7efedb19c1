import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { restsOnStatement } from './support/stated.ts';

/** Losses whose negatives are the other pairs of the batch: parts of their names. */
const IN_BATCH_LOSSES = [
  'multiplenegatives',
  'infonce',
  'info_nce',
  'ntxent',
  'nt_xent',
  'simclr',
  'contrastive',
  'clip',
];

/** Losses that keep embeddings across micro batches. */
const CACHING_LOSSES = ['cached', 'gradcache', 'grad_cache'];

export const accumulationAddsNoNegatives = defineRule({
  id: 'accumulation-adds-no-negatives',
  severity: 'warning',
  summary: 'Gradient accumulation stands in for a contrastive batch',
  since: '0.1.0',
  needs: ['contrastive.loss', 'batch.micro', 'batch.gradientAccumulation'],
  wants: ['contrastive.cachedMicro', 'contrastive.gathered', 'parallel.data'],
  messages: {
    negatives:
      'Each pair meets {negatives} in-batch negatives; {accumulation} accumulation steps add none, unlike a batch of {product}.',
  },
  sources: [
    'Gao et al. 2021 (GradCache), arXiv 2101.06983',
    'sentence-transformers: sentence_transformers/losses/CachedMultipleNegativesRankingLoss.py',
  ],

  check(fields, report, context) {
    const accumulation = fields['batch.gradientAccumulation'];
    const micro = fields['batch.micro'].value;
    if (accumulation.value <= 1 || fields['contrastive.cachedMicro'] !== undefined) return;
    if (!restsOnStatement(context.plan.values, 'batch.gradientAccumulation')) return;
    const loss = fields['contrastive.loss'].value.toLowerCase();
    if (!IN_BATCH_LOSSES.some((part) => loss.includes(part)) || CACHING_LOSSES.some((part) => loss.includes(part)))
      return;
    const isGathered = fields['contrastive.gathered']?.value === true;
    const ranks = fields['parallel.data']?.value;
    // With gathering over an unknown number of ranks the count would be a guess.
    if (isGathered && ranks === undefined) return;
    const negatives = micro * (isGathered ? (ranks ?? 1) : 1) - 1;
    report({
      at: 'batch.gradientAccumulation',
      message: 'negatives',
      data: { negatives, accumulation: accumulation.value, product: (negatives + 1) * accumulation.value },
      fixes: [
        {
          title: `Set micro batch ${micro * accumulation.value} without accumulation: needs a cached loss, or the memory`,
          safety: 'changes-training',
          edits: [setField('batch.micro', micro * accumulation.value), setField('batch.gradientAccumulation', 1)],
        },
      ],
    });
  },
});
