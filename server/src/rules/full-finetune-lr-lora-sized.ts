import { setField } from '../plan/index.ts';
import { LORA_FACTOR, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { hasAdamScale } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** Small models are published with rates up to 1e-3 (SmolLM2 360M SFT), so the rule begins above them. */
const LARGE_MODEL_PARAMETERS = 3e9;

/** No published full fine-tune of 3B parameters or more was found at or above this rate; adapters usually are. */
const LORA_SIZED_RATE = 1e-4;

/** From here on a rate is of SGD's size, which lr-from-another-optimizer tells. */
const SGD_SIZED_RATE = 1e-2;

/** What most published full fine-tunes of this size use. */
const USUAL_RATE = 2e-5;

export const fullFinetuneLrLoraSized = defineRule({
  id: 'full-finetune-lr-lora-sized',
  severity: 'warning',
  summary: 'A full fine-tune has a learning rate of LoRA size',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'model.parameterCount', 'adapter.kind', 'run.objective'],
  wants: ['adapter.trainableShare', 'run.fromScratch', 'optimizer.mup'],
  readsAbsence: true,
  messages: {
    loraSized:
      'Peak learning rate {rate} trains all {billions}B weights; published full fine-tunes of this size use 2e-6 to 4e-5, LoRA uses {rate}.',
  },
  sources: [
    'TRL: docs/source/lora_without_regret.md (LoRA optimum about 10 times full fine-tuning)',
    'alignment-handbook: recipes/zephyr-7b-beta/sft (full 2e-5, QLoRA 2e-4)',
    'torchtune: recipes/configs/llama3 (full 2e-5, LoRA 3e-4)',
    'open-instruct: Tülu 3 SFT 5e-6',
  ],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    const parameters = fields['model.parameterCount'].value;
    if (!isStated(rate) || rate.value < LORA_SIZED_RATE || parameters < LARGE_MODEL_PARAMETERS) return;
    if (rate.value >= SGD_SIZED_RATE) return;
    if (trainingMethod(context.plan.values) !== 'full-sft' || fields['run.fromScratch']?.value === true) return;
    if (fields['optimizer.mup']?.value === true || !hasAdamScale(fields['optimizer.name'].value)) return;
    const tenth = Number((rate.value / LORA_FACTOR).toPrecision(2));
    const smaller = tenth < LORA_SIZED_RATE ? tenth : USUAL_RATE;
    report({
      at: 'optimizer.peakLearningRate',
      message: 'loraSized',
      data: { rate: rate.value, billions: (parameters / 1e9).toFixed(1) },
      related: ['adapter.kind', 'model.parameterCount', 'optimizer.name'],
      fixes: [
        {
          title: `Set peak learning rate ${smaller.toExponential()}: the usual step from LoRA to full fine-tuning`,
          safety: 'changes-training',
          edits: [setField('optimizer.peakLearningRate', smaller)],
        },
      ],
    });
  },
});
