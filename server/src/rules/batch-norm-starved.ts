import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Below 16 images a device accuracy begins to fall, below 8 it falls fast. Wu and He 2018, arXiv 1803.08494. */
const ENOUGH_IMAGES = 16;
const FEW_IMAGES = 8;

export const batchNormStarved = defineRule({
  id: 'batch-norm-starved',
  severity: 'warning',
  summary: 'Batch normalisation takes its statistics from very few samples',
  judgesLearning: true,
  since: '0.1.0',
  needs: ['model.batchNorm', 'batch.micro'],
  wants: ['parallel.data', 'batch.gradientAccumulation'],
  messages: {
    starved:
      'Batch normalisation sees {samples} a device, whatever the accumulation; accuracy falls below 16 and fast below 8.',
  },
  sources: ['Wu and He 2018 (Group Normalization), arXiv 1803.08494'],

  check(fields, report) {
    const micro = fields['batch.micro'];
    const norm = fields['model.batchNorm'].value;
    const ranks = fields['parallel.data']?.value;
    if (norm === 'none' || !isStated(micro) || micro.value <= 0) return;
    // Synchronised statistics over an unknown number of ranks may well be enough.
    if (norm === 'sync' && ranks === undefined) return;
    const samples = norm === 'sync' ? micro.value * (ranks ?? 1) : micro.value;
    if (samples >= ENOUGH_IMAGES) return;
    const canSync = norm === 'batch' && ranks !== undefined && ranks * micro.value >= ENOUGH_IMAGES;
    report({
      at: 'batch.micro',
      message: 'starved',
      data: { samples: samples === 1 ? '1 sample' : `${samples} samples` },
      severity: samples < FEW_IMAGES ? 'warning' : 'information',
      related: ['model.batchNorm', 'parallel.data'],
      fixes: canSync
        ? [
            {
              title: `Synchronise batch normalisation: statistics over ${ranks * micro.value} samples`,
              safety: 'changes-training',
              edits: [setField('model.batchNorm', 'sync')],
            },
          ]
        : [],
    });
  },
});
