import { evaluationBatchUnderTraining } from '../memory/index.ts';
import { setField, type TrainingPlan } from '../plan/index.ts';
import { peakBetweenSteps } from './support/between-steps.ts';
import { defineRule } from './support/define-rule.ts';
import { gibAmount } from './support/gib-amount.ts';
import { isStated } from './support/stated.ts';
import type { Fix } from './types.ts';

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
  wants: ['model.vocabSize', 'batch.eval'],
  messages: {
    dominate:
      'Logits and loss take {logits} of {total} GiB at the peak: they grow with micro batch × sequence length × vocabulary.',
    dominateEvaluation:
      'Evaluation sets the peak, training needs {training} GiB: logits and loss take {logits} of {total}, by evaluation batch × length × vocabulary.',
  },
  sources: [
    'Hsu et al. 2024 (Liger Kernel), arXiv 2410.10989',
    'Wijmans et al. 2024 (Cut Cross-Entropy), arXiv 2411.09009',
    'liger-kernel: src/liger_kernel/transformers/model/llama.py, lce_forward (skip_logits)',
  ],

  check(fields, report, context) {
    const outcome = context.memory();
    // Where the run does not fit, that finding names the logits already.
    if (!outcome.known || outcome.estimate.verdict === 'exceeds') return;
    const { terms, expectedBytes } = outcome.estimate;
    const logits = terms.find((term) => term.name === 'logits and loss' && term.atPeak);
    if (logits === undefined || logits.bytes < Math.max(NOTABLE_BYTES, DOMINANT_SHARE * expectedBytes)) return;
    const data = { logits: gibAmount(logits.bytes), total: gibAmount(expectedBytes) };
    const between = peakBetweenSteps(outcome.estimate);
    // A loss that is fused in training may be whole in evaluation.
    if (between?.phase === 'Evaluation') {
      const evaluation = fields['batch.eval'];
      report({
        at: evaluation !== undefined && isStated(evaluation) ? 'batch.eval' : 'data.sequenceLength',
        message: 'dominateEvaluation',
        data: { ...data, training: gibAmount(between.trainingBytes) },
        related: ['batch.micro', 'data.sequenceLength'],
        fixes: () => smallerEvaluation(context.plan),
      });
      return;
    }
    if (fields['loss.kernel'].value !== 'plain') return;
    report({
      at: 'data.sequenceLength',
      message: 'dominate',
      data,
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

/** Brought under training's own peak. */
function smallerEvaluation(plan: TrainingPlan): readonly Fix[] {
  const size = evaluationBatchUnderTraining(plan);
  if (size === undefined) return [];
  return [
    {
      title: `Set evaluation batch ${size}: same metrics, more evaluation steps`,
      safety: 'safe',
      edits: [setField('batch.eval', size)],
    },
  ];
}
