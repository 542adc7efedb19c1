import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { gibAmount } from './support/gib-amount.ts';

/** Below this share another term is the better lever. */
const DOMINANT_SHARE = 0.4;

/** Less is not worth changing a kernel for. */
const NOTABLE_BYTES = 8 * 2 ** 30;

export const logitsDominateMemory = defineRule({
  id: 'logits-dominate-memory',
  severity: 'hint',
  summary: "The vocabulary's logits are the largest part of the peak",
  since: '0.1.0',
  needs: ['loss.kernel', 'data.sequenceLength', 'batch.micro'],
  wants: ['model.vocabSize'],
  messages: {
    dominate:
      'Logits and loss take {logits} of {total} GiB at the peak: they grow with micro batch × sequence length × vocabulary.',
  },
  sources: [
    'Hsu et al. 2024 (Liger Kernel), arXiv 2410.10989',
    'Wijmans et al. 2024 (Cut Cross-Entropy), arXiv 2411.09009',
  ],

  check(fields, report, context) {
    if (fields['loss.kernel'].value !== 'plain') return;
    const outcome = context.memory();
    // Where the run does not fit, that finding names the logits already.
    if (!outcome.known || outcome.estimate.verdict === 'exceeds') return;
    const { terms, expectedBytes } = outcome.estimate;
    const logits = terms.find((term) => term.name === 'logits and loss' && term.atPeak);
    if (logits === undefined || logits.bytes < Math.max(NOTABLE_BYTES, DOMINANT_SHARE * expectedBytes)) return;
    report({
      at: 'data.sequenceLength',
      message: 'dominate',
      data: { logits: gibAmount(logits.bytes), total: gibAmount(expectedBytes) },
      fixes: [
        {
          title: 'Use a fused cross-entropy: same loss, logits never stored whole',
          safety: 'changes-training',
          edits: [setField('loss.kernel', 'fused')],
        },
      ],
    });
  },
});
