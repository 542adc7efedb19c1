import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { gibAmount } from './support/gib-amount.ts';

/** Logits in the compute dtype and their fp32 copy for the loss. transformers: src/transformers/loss/loss_utils.py, ForCausalLMLoss. */
const LOGIT_BYTES = 2 + 4;

export const evalBatchExceedsTrainBatch = defineRule({
  id: 'eval-batch-exceeds-train-batch',
  severity: 'warning',
  summary: 'Training fits and the evaluation batch does not',
  since: '0.1.0',
  needs: ['batch.eval', 'batch.micro', 'data.sequenceLength', 'model.vocabSize', 'schedule.evalCadence', 'loss.kernel'],
  messages: {
    outOfMemory:
      'Evaluation puts {evaluation} sequences through at once, training {training}: full-length logits take {logits} GiB beside {weights} of weights, the GPU has {capacity}.',
  },
  sources: [
    'transformers: src/transformers/training_args.py, per_device_eval_batch_size (8 by default)',
    'transformers: src/transformers/loss/loss_utils.py, ForCausalLMLoss',
  ],

  check(fields, report, context) {
    const { 'batch.eval': evaluation, 'batch.micro': training } = fields;
    if (fields['schedule.evalCadence'].value === 'no' || fields['loss.kernel'].value !== 'plain') return;
    if (evaluation.value <= training.value) return;
    const outcome = context.memory();
    // Where training itself does not fit, that finding comes first.
    if (!outcome.known || outcome.estimate.verdict === 'exceeds') return;
    const { capacityBytes, terms } = outcome.estimate;
    const weights = terms.find((term) => term.name === 'weights')?.bytes;
    if (capacityBytes === undefined || weights === undefined) return;
    const logits =
      evaluation.value * fields['data.sequenceLength'].value * fields['model.vocabSize'].value * LOGIT_BYTES;
    if (weights + logits <= capacityBytes) return;
    report({
      at: 'batch.eval',
      message: 'outOfMemory',
      data: {
        evaluation: evaluation.value,
        training: training.value,
        logits: gibAmount(logits),
        weights: gibAmount(weights),
        capacity: gibAmount(capacityBytes),
      },
      related: ['batch.micro', 'data.sequenceLength'],
      fixes: [
        {
          title: `Set evaluation batch ${training.value}, as in training: same metrics, more evaluation steps`,
          safety: 'safe',
          edits: [setField('batch.eval', training.value)],
        },
      ],
    });
  },
});
