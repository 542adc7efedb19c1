import { setField } from '../plan/index.ts';
import { largestDivisorUpTo } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { gibAmount } from './support/gib-amount.ts';
import { isStated } from './support/stated.ts';

/** A micro batch grown by less is not worth a remark. */
const WORTHWHILE_GROWTH = 2;

/** A GPU filled further than this is well used. */
const WELL_FILLED_SHARE = 0.75;

/** The allocator's rests grow by leaps, so a batch just under the largest that fits may not. */
const SAFE_SHARE = 0.9;

export const memoryLeftUnused = defineRule({
  id: 'memory-left-unused',
  severity: 'hint',
  summary: 'A larger micro batch with less accumulation would fit',
  since: '0.1.0',
  needs: ['hardware.gpu', 'batch.micro', 'batch.gradientAccumulation'],
  wants: ['parallel.pipeline', 'model.batchNorm', 'contrastive.loss', 'optimizer.inBackward'],
  messages: {
    room: 'Uses {high} of {capacity} GiB at most: micro batch {larger} with accumulation {shorter} would fit at the same {product} sequences per rank.',
  },
  sources: [
    'Hagemann et al. 2023, arXiv 2311.05610',
    'google-research/tuning_playbook: README.md, choosing the batch size',
  ],

  check(fields, report, context) {
    const { 'batch.micro': micro, 'batch.gradientAccumulation': accumulation } = fields;
    if (!isStated(micro) || accumulation.value < WORTHWHILE_GROWTH) return;
    // Micro batches fill the pipeline, and normalisation and in-batch negatives see the micro batch alone.
    if ((fields['parallel.pipeline']?.value ?? 1) > 1) return;
    if (fields['contrastive.loss'] !== undefined) return;
    if (fields['model.batchNorm'] !== undefined && fields['model.batchNorm'].value !== 'none') return;

    const outcome = context.memory();
    if (!outcome.known || outcome.estimate.verdict !== 'fits') return;
    const { highBytes, capacityBytes } = outcome.estimate;
    if (capacityBytes === undefined || highBytes > WELL_FILLED_SHARE * capacityBytes) return;
    const largest = context.largestMicroBatch();
    if (largest === undefined) return;

    const product = micro.value * accumulation.value;
    const larger = largestDivisorUpTo(product, Math.floor(largest * SAFE_SHARE));
    if (larger < micro.value * WORTHWHILE_GROWTH) return;
    const shorter = product / larger;
    report({
      at: 'batch.micro',
      message: 'room',
      data: { high: gibAmount(highBytes), capacity: gibAmount(capacityBytes), larger, shorter, product },
      fixes: [
        {
          title: `Set micro batch ${larger} and accumulation ${shorter}: same ${product} sequences per rank, ${accumulation.value / shorter} times fewer passes`,
          safety: 'changes-training',
          edits: [setField('batch.micro', larger), setField('batch.gradientAccumulation', shorter)],
        },
      ],
    });
  },
});
