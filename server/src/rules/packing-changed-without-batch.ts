import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isUnchanged, ownReference, severityAgainst } from './support/reference-change.ts';
import { isStated } from './support/stated.ts';

/** Less is within what a batch size is rounded by. */
const NOTABLE_FACTOR = 2;

export const packingChangedWithoutBatch = defineRule({
  id: 'packing-changed-without-batch',
  severity: 'information',
  summary: 'Packing was switched on and every step now holds several times the examples',
  since: '0.1.0',
  needs: ['data.packing', 'data.sequenceLength', 'data.meanTokens', 'batch.global'],
  messages: {
    grew: 'Packing is new against {reference}: {length} tokens hold {times} examples of {mean} on average, so a step of {batch} sequences has {examples}.',
  },
  sources: ['Krell et al. 2021, arXiv 2107.02027'],

  check(fields, report, context) {
    const packing = fields['data.packing'];
    const reference = ownReference(context);
    if (reference === undefined || !packing.value || !isStated(packing)) return;
    if (reference.plan.values['data.packing']?.value !== false) return;
    if (!isUnchanged('batch.global', context.plan, reference.plan)) return;
    const length = fields['data.sequenceLength'].value;
    const mean = fields['data.meanTokens'].value;
    const times = mean > 0 ? length / mean : 0;
    if (times < NOTABLE_FACTOR) return;
    const batch = fields['batch.global'].value;
    const accumulation = context.plan.values['batch.gradientAccumulation']?.value;
    const shorter = accumulation === undefined ? 0 : Math.round(accumulation / times);
    report({
      at: 'data.packing',
      message: 'grew',
      severity: severityAgainst(reference, 'information'),
      data: {
        reference: reference.label,
        length,
        times: Number(times.toPrecision(2)),
        mean,
        batch,
        examples: Math.round(batch * times),
      },
      fixes:
        accumulation === undefined || shorter < 1
          ? []
          : [
              {
                title: `Set gradient accumulation ${shorter}: about as many examples a step as before`,
                safety: 'changes-training',
                edits: [setField('batch.gradientAccumulation', shorter)],
              },
            ],
    });
  },
});
