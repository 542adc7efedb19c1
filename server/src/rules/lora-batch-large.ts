import { trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { restsOnStatement } from './support/stated.ts';

/** Published adapters train with 16 to 64 sequences; the loss gap to full fine-tuning opens above. */
const LARGE_BATCH = 128;

export const loraBatchLarge = defineRule({
  id: 'lora-batch-large',
  severity: 'information',
  summary: 'A LoRA fine-tune takes large batches worse than full fine-tuning does',
  since: '0.1.0',
  needs: ['batch.global', 'adapter.kind', 'run.objective'],
  judgesLearning: true,
  messages: {
    large:
      '{batch} sequences a step for a LoRA adapter: adapters fall behind full fine-tuning as the batch grows, whatever their rank.',
  },
  sources: ['TRL: docs/source/lora_without_regret.md'],

  check(fields, report, context) {
    const batch = fields['batch.global'].value;
    if (batch <= LARGE_BATCH || trainingMethod(context.plan.values) !== 'lora-sft') return;
    if (!restsOnStatement(context.plan.values, 'batch.global')) return;
    report({ at: 'batch.global', message: 'large', data: { batch } });
  },
});
