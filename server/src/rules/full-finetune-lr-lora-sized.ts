import { type PlanFields, type Sourced, setField } from '../plan/index.ts';
import { LORA_FACTOR, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { nominalSize } from './support/nominal-size.ts';
import { hasAdamScale } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** Small models are published with rates up to 1e-3 (SmolLM2 360M SFT), so the rule begins above them. */
const LARGE_MODEL_PARAMETERS = 3e9;

/** Names round, and small models no catalogue has are often of a kind of their own (ternary, distilled). */
const LARGE_BY_NAME = 6e9;

/** No published full fine-tune of 3B parameters or more was found at or above this rate; adapters usually are. */
const LORA_SIZED_RATE = 1e-4;

/**
 * Mixtures of experts are published with 3e-6 to 2e-5 mostly, and with 1e-4 and 1.5e-4 by several groups; they were
 * found to like larger rates than dense models (ST-MoE). From the usual rate of LoRA on, none is known.
 */
const LORA_SIZED_RATE_OF_EXPERTS = 2e-4;

/** From here on a rate is of SGD's size, which lr-from-another-optimizer tells. */
const SGD_SIZED_RATE = 1e-2;

/** What most published full fine-tunes of this size use. */
const USUAL_RATE = 2e-5;

export const fullFinetuneLrLoraSized = defineRule({
  id: 'full-finetune-lr-lora-sized',
  severity: 'warning',
  summary: 'A full fine-tune has a learning rate of LoRA size',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'adapter.kind', 'run.objective'],
  wants: [
    'model.parameterCount',
    'model.name',
    'adapter.trainableShare',
    'run.fromScratch',
    'optimizer.mup',
    'model.experts',
    'model.tiedEmbeddings',
    'model.vocabSize',
    'model.hiddenSize',
  ],
  readsAbsence: true,
  judgesLearning: true,
  messages: {
    loraSized:
      'Peak learning rate {rate} trains all {billions}B weights; published full fine-tunes of this size use 2e-6 to 4e-5, LoRA uses {rate}.',
    experts:
      'Peak learning rate {rate} trains all {billions}B weights; most published full fine-tunes of mixtures of experts use 3e-6 to 2e-5, few 1e-4.',
  },
  sources: [
    'TRL: docs/source/lora_without_regret.md (LoRA optimum about 10 times full fine-tuning)',
    'alignment-handbook: recipes/zephyr-7b-beta/sft (full 2e-5, QLoRA 2e-4)',
    'torchtune: recipes/configs/llama3 (full 2e-5, LoRA 3e-4)',
    'open-instruct: Tülu 3 SFT 5e-6',
    'axolotl: examples/expert_parallel, examples/gpt-oss (mixtures of experts, full 5e-6 and 2e-5)',
    'LLaMA-Factory: examples/ascend/qwen3moe_full_sft_fsdp.yaml (mixture of experts, full 1e-4)',
    'NeMo Automodel: examples/llm_finetune (mixtures of experts, full 5e-6 to 1e-4)',
    'ST-MoE (arXiv 2202.08906), section 4 (sparse models fine-tune better with larger rates and smaller batches)',
  ],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    // A model no catalogue has is as large as its name says.
    const nominal = nominalSize(fields['model.name']?.value);
    const parameters = fields['model.parameterCount']?.value ?? nominal?.parameters;
    if (!isStated(rate) || rate.value < LORA_SIZED_RATE) return;
    const least = fields['model.parameterCount'] === undefined ? LARGE_BY_NAME : LARGE_MODEL_PARAMETERS;
    if (parameters === undefined || parameters - headOfItsOwn(fields) < least) return;
    if (rate.value >= SGD_SIZED_RATE) return;
    if (trainingMethod(context.plan.values) !== 'full-sft' || fields['run.fromScratch']?.value === true) return;
    if (fields['optimizer.mup']?.value === true || !hasAdamScale(fields['optimizer.name'].value)) return;
    const isSparse = (fields['model.experts']?.value ?? (nominal?.isSparse === true ? 2 : 1)) > 1;
    const tenth = Number((rate.value / LORA_FACTOR).toPrecision(2));
    const smaller = tenth < LORA_SIZED_RATE ? tenth : USUAL_RATE;
    report({
      at: 'optimizer.peakLearningRate',
      message: isSparse ? 'experts' : 'loraSized',
      severity: isSparse && rate.value < LORA_SIZED_RATE_OF_EXPERTS ? 'information' : 'warning',
      data: { rate: rate.value, billions: (parameters / 1e9).toFixed(1) },
      related: ['adapter.kind', 'model.parameterCount', 'model.name', 'optimizer.name'],
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

/** A framework that unties the head trains the same model at the same rates, whatever the copy adds to the count. */
function headOfItsOwn(
  fields: {
    readonly [F in 'model.tiedEmbeddings' | 'model.vocabSize' | 'model.hiddenSize']?: Sourced<PlanFields[F]>;
  },
): number {
  if (fields['model.tiedEmbeddings']?.value !== false) return 0;
  return (fields['model.vocabSize']?.value ?? 0) * (fields['model.hiddenSize']?.value ?? 0);
}
