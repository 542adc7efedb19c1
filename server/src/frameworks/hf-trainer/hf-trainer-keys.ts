import type { AdapterKind, AttentionKernel, WeightQuantization } from '../../plan/index.ts';
import { readDtype, writeDtype } from '../hf-family/settle-precision.ts';
import { TRAINING_ARGUMENT_KEYS } from '../hf-family/training-argument-keys.ts';
import { byDefault, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const MODELING = 'transformers: src/transformers/modeling_utils.py';
export const MODEL_CONFIG = 'trl: trl/trainer/model_config.py';

const KERNELS: readonly (readonly [RegExp, AttentionKernel])[] = [
  [/^(?:kernels-community\/|.*flash)/i, 'flash'],
  [/^sdpa/i, 'sdpa'],
  [/^eager/i, 'eager'],
  [/^flex/i, 'flex'],
];
const KERNEL_NAME: Readonly<Record<AttentionKernel, string | undefined>> = {
  flash: 'flash_attention_2',
  sdpa: 'sdpa',
  eager: 'eager',
  flex: 'flex_attention',
  xformers: undefined,
};

/** Attention kernels as `attn_implementation` names them. */
export const ATTENTION_NAMES = {
  read: (value: unknown): AttentionKernel | undefined =>
    typeof value === 'string' ? KERNELS.find(([pattern]) => pattern.test(value))?.[1] : undefined,
  write: (to: AttentionKernel): string | undefined => KERNEL_NAME[to],
};

const SWITCHED_ON = oneOf<AttentionKernel>([[true, 'flash']]);
const DTYPES = { read: readDtype, write: writeDtype };

const MODEL_KEYS: KeyTable = {
  model_name_or_path: key('model.name'),
  sft_model_path: key('model.name'),
  attn_implementation: key('model.attention', { ...ATTENTION_NAMES, default: byDefault('sdpa', MODELING) }),
  'model_init_kwargs.attn_implementation': key('model.attention', ATTENTION_NAMES),
  use_flash_attention_2: key('model.attention', { read: SWITCHED_ON.read }),
  use_flash_attn: key('model.attention', { read: SWITCHED_ON.read }),
  // LMFlow: src/lmflow/args.py
  use_flash_attention: key('model.attention', { read: SWITCHED_ON.read }),
  dtype: key('precision.weights', DTYPES),
  torch_dtype: key('precision.weights', DTYPES),
  'model_init_kwargs.dtype': key('precision.weights', DTYPES),
  'model_init_kwargs.torch_dtype': key('precision.weights', DTYPES),
};

export function usesPeft(around: Around): boolean {
  return ['use_peft', PEFT_EXAMPLE].some((name) => around.get(name) === true || around.get(name) === 'true');
}

/** peft: examples/sft/train.py, whose arguments many scripts were written after; their defaults are each script's own. */
const PEFT_EXAMPLE = 'use_peft_lora';

const ADAPTER_KINDS = oneOf<AdapterKind>([
  [true, 'lora'],
  [false, 'none'],
]);

function onlyWithPeft<T>(value: T) {
  return {
    when: usesPeft,
    default: byDefault((around: Around) => (around.has(PEFT_EXAMPLE) ? undefined : value), MODEL_CONFIG),
  };
}

const LOW_RANK_KEYS: KeyTable = {
  use_dora: key('adapter.kind', {
    read: (value) => (value === true ? 'dora' : undefined),
    when: usesPeft,
  }),
  use_peft: key('adapter.kind', { ...ADAPTER_KINDS, default: byDefault('none', MODEL_CONFIG) }),
  [PEFT_EXAMPLE]: key('adapter.kind', ADAPTER_KINDS),
  lora_r: key('adapter.rank', onlyWithPeft(16)),
  lora_alpha: key('adapter.alpha', onlyWithPeft(32)),
  lora_dropout: key('adapter.dropout', onlyWithPeft(0.05)),
  lora_target_modules: key('adapter.targets', {
    read: (value) => {
      if (typeof value === 'string') return value === 'all-linear' ? 'all-linear' : value.split(/\s*,\s*/);
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
    },
    write: (to) => to,
    when: usesPeft,
  }),
  lora_modules_to_save: key('adapter.savedModules', { when: usesPeft }),
  lora_target_parameters: key('adapter.targetParameters', { when: usesPeft }),
  use_rslora: key('adapter.rankStabilized', onlyWithPeft(false)),
  load_in_4bit: key('adapter.quantization', {
    read: (value, around) => (value === true ? fourBit(around) : undefined),
    write: (to) => (to === 'nf4' || to === 'fp4' ? true : undefined),
  }),
  load_in_8bit: key('adapter.quantization', {
    ...oneOf<WeightQuantization>([[true, 'int8']]),
    default: byDefault('none', MODEL_CONFIG),
  }),
  use_4bit_quantization: key('adapter.quantization', {
    read: (value, around) => (value === true ? fourBit(around) : undefined),
    write: (to) => (to === 'nf4' || to === 'fp4' ? true : undefined),
  }),
  use_8bit_quantization: key('adapter.quantization', oneOf<WeightQuantization>([[true, 'int8']])),
  use_nested_quant: key('adapter.doubleQuantization', {
    when: (around) => around.get('use_4bit_quantization') === true,
  }),
  use_bnb_nested_quant: key('adapter.doubleQuantization', {
    default: byDefault(false, MODEL_CONFIG),
    when: (around) => around.get('load_in_4bit') === true,
  }),
};

function fourBit(around: Around): WeightQuantization {
  return around.get('bnb_4bit_quant_type') === 'fp4' ? 'fp4' : 'nf4';
}

const DATA_KEYS: KeyTable = {
  max_length: key('data.sequenceLength', { read: positive, write: (to) => to }),
  max_seq_length: key('data.sequenceLength', { read: positive, write: (to) => to }),
  // Texts are joined and cut into blocks of this size, in evaluation too (transformers: examples/pytorch/language-modeling/run_clm.py, group_texts).
  block_size: [
    key('data.sequenceLength', { read: positive, write: (to) => to }),
    key('evaluation.length', { read: positive, write: (to) => to }),
  ],
  max_source_length: key('data.sequenceLength', { read: positive, write: (to) => to }),
  max_target_length: key('data.targetLength', { read: positive, write: (to) => to }),
  pad_to_max_length: key('data.padToMax'),
  packing: key('data.packing'),
  eval_packing: key('evaluation.packing'),
  max_eval_samples: key('evaluation.examples', { read: positive, write: (to) => to }),
  use_liger_loss: key('loss.kernel', { read: (value) => (value === true ? 'fused' : undefined) }),
  use_liger: key('loss.kernel', { read: (value) => (value === true ? 'fused' : undefined) }),
  activation_offloading: key('activations.offload'),
  'parallelism_config.tp_size': key('parallel.tensor'),
  'parallelism_config.cp_size': key('parallel.context'),
  'parallelism_config.sp_size': key('parallel.ulysses'),
  num_processes: key('parallel.world'),
};

/** Keys of TrainingArguments, TRL's model and data arguments; sampling trainers add `rollout-keys`. */
export const HF_TRAINER_KEYS: KeyTable = { ...TRAINING_ARGUMENT_KEYS, ...MODEL_KEYS, ...LOW_RANK_KEYS, ...DATA_KEYS };
