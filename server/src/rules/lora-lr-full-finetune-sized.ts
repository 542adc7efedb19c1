import { setField } from '../plan/index.ts';
import { LORA_FACTOR, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { hasAdamScale } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** The lower end of published full fine-tunes; adapters at or below it barely move. */
const FULL_SIZED_RATE = 3e-6;

export const loraLrFullFinetuneSized = defineRule({
  id: 'lora-lr-full-finetune-sized',
  severity: 'information',
  summary: 'A LoRA fine-tune has a learning rate of full fine-tuning size',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'adapter.kind', 'run.objective'],
  judgesLearning: true,
  messages: {
    fullSized:
      'Peak learning rate {rate} trains a LoRA adapter; adapters are published at 5e-5 to 5e-4, about ten times full fine-tuning.',
  },
  sources: [
    'TRL: docs/source/lora_without_regret.md (fitted factor 9.8)',
    'Dettmers et al. 2023 (QLoRA), arXiv 2305.14314',
    'Biderman et al. 2024, arXiv 2405.09673',
  ],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    if (!isStated(rate) || rate.value <= 0 || rate.value > FULL_SIZED_RATE) return;
    if (trainingMethod(context.plan.values) !== 'lora-sft' || !hasAdamScale(fields['optimizer.name'].value)) return;
    const larger = Number((rate.value * LORA_FACTOR).toPrecision(2));
    report({
      at: 'optimizer.peakLearningRate',
      message: 'fullSized',
      data: { rate: rate.value },
      related: ['adapter.kind'],
      fixes: [
        {
          title: `Set peak learning rate ${larger.toExponential()}: ten times, the usual step from full fine-tuning to LoRA`,
          safety: 'changes-training',
          edits: [setField('optimizer.peakLearningRate', larger)],
        },
      ],
    });
  },
});
