import { castNumber } from '../kit/key.ts';
import { excludes, foundAt, isSet, isTrue, type KeyCheck, requires, takesOneOf } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const PARSER = 'LLaMA-Factory: src/llamafactory/hparams/parser.py';
const TUNING = 'LLaMA-Factory: src/llamafactory/hparams/finetuning_args.py';
const DATA = 'LLaMA-Factory: src/llamafactory/hparams/data_args.py';

const stageOf = (around: Around): string => String(around.get('stage') ?? 'sft');
const methodOf = (around: Around): string => String(around.get('finetuning_type') ?? 'lora');

/** The key is for some methods alone. */
const forMethods = (key: string, methods: readonly string[], cite: string): KeyCheck =>
  requires(key, {
    when: isSet,
    requires: `finetuning_type: ${methods.join(' or ')}`,
    found: (around) => (methods.includes(methodOf(around)) ? undefined : `finetuning_type: ${methodOf(around)}`),
    effect: 'refused',
    cite,
  });

/** The key is for supervised fine-tuning alone. */
const forSft = (key: string): KeyCheck =>
  requires(key, {
    when: isTrue,
    requires: 'stage: sft',
    found: (around) => (stageOf(around) === 'sft' ? undefined : `stage: ${stageOf(around)}`),
    effect: 'refused',
    cite: PARSER,
  });

/** DeepSpeed configs that are named after stage 3, as the examples are. */
const isZero3 = (around: Around): boolean => /z(ero)?_?3/i.test(String(around.get('deepspeed') ?? ''));

const notUnderZero3 = (key: string): KeyCheck =>
  requires(key, {
    when: isTrue,
    requires: 'a ZeRO stage below 3',
    found: (around) => (isZero3(around) ? foundAt(around, 'deepspeed') : undefined),
    effect: 'refused',
    cite: PARSER,
  });

const notUnderDeepSpeed = (key: string): KeyCheck =>
  requires(key, {
    when: isTrue,
    requires: 'no deepspeed',
    found: (around) => (isSet(around.get('deepspeed') ?? null) ? foundAt(around, 'deepspeed') : undefined),
    effect: 'refused',
    cite: PARSER,
  });

const QUANTIZATION = 'LLaMA-Factory: src/llamafactory/model/model_utils/quantization.py, configure_quantization';

/** Bits that each way of quantising at load time takes. */
const BITS: Readonly<Record<string, readonly number[]>> = {
  bnb: [4, 8],
  bitsandbytes: [4, 8],
  hqq: [1, 2, 3, 4, 5, 6, 8],
  eetq: [8],
};

/** Checkpoints that are quantised already keep their own bits, and their names say so. */
const QUANTISED = /gptq|awq|aqlm|int[48]|fp8|[248]-?bit|mxfp4|bnb|quant/i;

const quantizationMethod = (around: Around): string => String(around.get('quantization_method') ?? 'bnb').toLowerCase();

/** Combinations that LLaMA-Factory's parser refuses, as far as the file alone tells. */
export const LLAMA_FACTORY_CHECKS: readonly KeyCheck[] = [
  forMethods('quantization_bit', ['lora', 'oft'], PARSER),
  takesOneOf('quantization_bit', {
    values: (around) =>
      QUANTISED.test(String(around.get('model_name_or_path') ?? '')) ? undefined : BITS[quantizationMethod(around)],
    named: (around) => `${(BITS[quantizationMethod(around)] ?? []).join(', ')} bits with ${quantizationMethod(around)}`,
    cite: QUANTIZATION,
  }),
  ...['ref_model_quantization_bit', 'reward_model_quantization_bit'].map((key) =>
    takesOneOf(key, { values: () => [4, 8], cite: TUNING }),
  ),
  takesOneOf('export_quantization_bit', { values: () => [2, 3, 4, 8], cite: QUANTIZATION }),
  forMethods('adapter_name_or_path', ['lora'], PARSER),
  ...['loraplus_lr_ratio', 'use_rslora', 'use_dora', 'pissa_init'].map((key) => forMethods(key, ['lora'], TUNING)),
  ...['use_galore', 'use_apollo', 'use_badam'].map((key) => forMethods(key, ['full', 'freeze'], TUNING)),
  excludes('use_galore', 'use_apollo', TUNING, isTrue),
  excludes('use_badam', 'use_galore', TUNING, isTrue),
  excludes('use_badam', 'use_apollo', TUNING, isTrue),
  ...['predict_with_generate', 'neat_packing', 'train_on_prompt', 'mask_history'].map(forSft),
  excludes('mask_history', 'train_on_prompt', DATA, isTrue),
  excludes('predict_with_generate', 'compute_accuracy', PARSER, isTrue),
  ...['predict_with_generate', 'pissa_init', 'pure_bf16', 'use_unsloth'].map(notUnderZero3),
  ...['use_galore', 'use_apollo'].map(notUnderDeepSpeed),
  excludes('resize_vocab', 'quantization_bit', PARSER, isSet),
  excludes('fp8', 'quantization_bit', PARSER, isSet),
  requires('load_best_model_at_end', {
    when: isTrue,
    requires: 'a stage other than rm and ppo',
    found: (around) => (/^(rm|ppo)$/.test(stageOf(around)) ? `stage: ${stageOf(around)}` : undefined),
    effect: 'refused',
    cite: PARSER,
  }),
  requires('stage', {
    when: (value) => value === 'ppo',
    requires: 'reward_model',
    found: (around) => (isSet(around.get('reward_model') ?? null) ? undefined : 'none'),
    effect: 'refused',
    cite: TUNING,
  }),
  requires('dpo_label_smoothing', {
    when: (value) => (castNumber(value) ?? 0) > 1e-6,
    requires: 'pref_loss: sigmoid',
    found: (around) => {
      const loss = around.get('pref_loss') ?? 'sigmoid';
      return stageOf(around) === 'dpo' && loss !== 'sigmoid' ? `pref_loss: ${String(loss)}` : undefined;
    },
    effect: 'refused',
    cite: TUNING,
  }),
  requires('streaming', {
    when: isTrue,
    requires: 'max_steps',
    found: (around) =>
      (castNumber(around.get('max_steps') ?? -1) ?? 1) > 0 ? undefined : foundAt(around, 'max_steps'),
    effect: 'refused',
    cite: PARSER,
  }),
  excludes('max_samples', 'streaming', DATA, isSet),
  requires('val_size', {
    when: (value) => (castNumber(value) ?? 0) > 1e-6,
    requires: 'no eval_dataset',
    found: (around) => (isSet(around.get('eval_dataset') ?? null) ? foundAt(around, 'eval_dataset') : undefined),
    effect: 'refused',
    cite: DATA,
  }),
  requires('do_eval', {
    when: isTrue,
    requires: 'eval_dataset or val_size',
    found: (around) =>
      isSet(around.get('eval_dataset') ?? null) || (castNumber(around.get('val_size') ?? 0) ?? 1) > 1e-6
        ? undefined
        : 'neither',
    effect: 'refused',
    cite: PARSER,
  }),
  requires('interleave_probs', {
    when: isSet,
    requires: 'a mix_strategy that interleaves',
    found: (around) => ((around.get('mix_strategy') ?? 'concat') === 'concat' ? 'mix_strategy: concat' : undefined),
    effect: 'refused',
    cite: DATA,
  }),
];
