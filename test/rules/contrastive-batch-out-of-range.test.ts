import { contrastiveBatchOutOfRange } from '../../server/src/rules/contrastive-batch-out-of-range.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'contrastive',
  'contrastive.loss': 'clip',
  'model.imageSize': 224,
  'run.fromScratch': true,
} as const;

testRule(contrastiveBatchOutOfRange, {
  quiet: [
    planOf({ ...run, 'batch.global': 32_768 }),
    planOf({ ...run, 'batch.global': 512, 'contrastive.loss': 'siglip' }),
    planOf({ ...run, 'batch.global': 512, 'run.fromScratch': false }),
    // Text embedding training at 256 pairs is ordinary.
    planOf({ 'run.task': 'contrastive', 'contrastive.loss': 'infonce', 'batch.global': 256, 'run.fromScratch': true }),
  ],
  fires: [
    { plan: planOf({ ...run, 'batch.global': 65_536 }), message: 'saturated', at: 'batch.global', says: ['65,536'] },
    { plan: planOf({ ...run, 'batch.global': 256 }), message: 'few', at: 'batch.global', says: ['256'] },
  ],
});
