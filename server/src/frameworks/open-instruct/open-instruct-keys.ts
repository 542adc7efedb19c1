import type { AdapterKind, WeightQuantization } from '../../plan/index.ts';
import { BATCH_KEYS } from '../hf-family/training-argument-keys.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const FINETUNE = 'open-instruct: open_instruct/finetune.py';

/** The DPO script takes the same keys and some of its own; a command names the script that reads them. */
export function isPreference(around: Around): boolean {
  const script = around.started?.slice(around.started.lastIndexOf('/') + 1);
  if (script !== undefined && /finetune/i.test(script)) return false;
  if (script !== undefined && /dpo/i.test(script)) return true;
  if (['beta', 'loss_type', 'gamma_beta_ratio', 'concatenated_forward', 'num_epochs'].some((name) => around.has(name)))
    return true;
  return /dpo/i.test(around.file.split(/[/\\]/).slice(-3).join('/'));
}

/** Scripts over OLMo-core, which have a class of arguments of their own (open-instruct: open_instruct/olmo_core_utils.py). */
export function onOlmoCore(around: Around): boolean {
  return /(?:^|\/)(?:olmo_core_\w+|dpo)\.py$/.test(around.started ?? '');
}

const isSft = (around: Around): boolean => !isPreference(around);
const usesLora = (around: Around): boolean => around.get('use_lora') === true || around.get('use_qlora') === true;

/** A default of the fine-tuning script; the DPO script's are of another class. */
function sftDefault<T>(value: T) {
  return byDefault((around: Around) => (isSft(around) && !onOlmoCore(around) ? value : undefined), FINETUNE);
}

const PER_STEP = { read: positive, write: (to: number) => to };

export const OPEN_INSTRUCT_KEYS: KeyTable = {
  per_device_train_batch_size: BATCH_KEYS['per_device_train_batch_size'] ?? [],
  gradient_accumulation_steps: BATCH_KEYS['gradient_accumulation_steps'] ?? [],

  model_name_or_path: key('model.name'),
  use_flash_attn: key('model.attention', {
    read: (value) => (value === true ? 'flash' : 'sdpa'),
    default: byDefault('flash', 'open-instruct: open_instruct/model_utils.py (where flash-attn is installed)'),
  }),

  learning_rate: key('optimizer.peakLearningRate', { default: sftDefault(2e-5) }),
  optimizer_type: key('optimizer.name'),
  use_8bit_optimizer: key('optimizer.name', {
    read: (value, around) =>
      value !== true
        ? undefined
        : around.get('dpo_use_paged_optimizer') === true
          ? 'paged_adamw_8bit'
          : 'adamw_bnb_8bit',
  }),
  fused_optimizer: key('optimizer.name', {
    read: (value) => (value === false ? 'adamw_torch' : undefined),
    default: byDefault('adamw_torch_fused', FINETUNE),
  }),
  weight_decay: key('optimizer.weightDecay', { default: sftDefault(0) }),
  clip_grad_norm: key('optimizer.maxGradNorm', {
    read: (value) => Math.max(0, castNumber(value) ?? 0),
    write: (to) => to,
    default: sftDefault(0),
  }),

  lr_scheduler_type: key('schedule.kind', { default: sftDefault('linear') }),
  warmup_ratio: key('schedule.warmupRatio', { default: sftDefault(0.03) }),
  final_lr_ratio: key('schedule.minRatio'),
  max_train_steps: key('schedule.totalSteps', PER_STEP),
  num_train_epochs: key('schedule.epochs', { default: sftDefault(2), when: countsEpochs }),
  num_epochs: key('schedule.epochs', { when: countsEpochs }),
  checkpointing_steps: [
    key('schedule.saveCadence', {
      read: (value) => (value === 'epoch' ? 'epoch' : positive(value) === undefined ? undefined : 'steps'),
      default: byDefault('no', FINETUNE),
    }),
    key('schedule.saveSteps', PER_STEP),
  ],

  max_seq_length: key('data.sequenceLength', PER_STEP),
  packing: key('data.packing', { default: byDefault(false, FINETUNE) }),

  gradient_checkpointing: key('activations.checkpointing', {
    ...oneOf<'none' | 'full' | 'selective'>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none', FINETUNE),
  }),
  use_liger_kernel: key('loss.kernel', {
    ...oneOf<'plain' | 'chunked' | 'fused'>([
      [true, 'fused'],
      [false, 'plain'],
    ]),
    default: byDefault('plain', FINETUNE),
  }),

  use_lora: key('adapter.kind', {
    read: (value, around) => (value === true || usesLora(around) ? 'lora' : 'none'),
    write: (to) => (to === 'lora' ? true : to === 'none' ? false : undefined),
    default: byDefault<AdapterKind>((around: Around) => (usesLora(around) ? 'lora' : 'none'), FINETUNE),
  }),
  lora_rank: key('adapter.rank', { when: usesLora, default: byDefault(64, FINETUNE) }),
  lora_alpha: key('adapter.alpha', { when: usesLora, default: byDefault(16, FINETUNE) }),
  lora_dropout: key('adapter.dropout', { when: usesLora, default: byDefault(0.1, FINETUNE) }),
  use_qlora: key('adapter.quantization', {
    ...oneOf<WeightQuantization>([
      [true, 'nf4'],
      [false, 'none'],
    ]),
    default: byDefault<WeightQuantization>('none', FINETUNE),
  }),

  beta: key('preference.beta'),
  loss_type: key('preference.lengthNormalised', { read: isNormalised }),
  load_balancing_weight: key('moe.balanceLoss', { when: (around) => around.get('load_balancing_loss') === true }),
  sequence_parallel_size: key('parallel.ulysses', { default: byDefault(1, FINETUNE) }),
  tensor_parallel_degree: key('parallel.tensor', { default: byDefault(1, FINETUNE) }),
  cp_degree: [
    key('parallel.ulysses', { when: (around) => onOlmoCore(around) && around.get('cp_strategy') === 'ulysses' }),
    key('parallel.context', { when: (around) => onOlmoCore(around) && around.get('cp_strategy') !== 'ulysses' }),
  ],
  max_grad_norm: key('optimizer.maxGradNorm', { when: onOlmoCore }),
  context_parallel_degree: key('parallel.context', { default: byDefault(1, FINETUNE) }),
};

/** Whether a loss of its DPO takes means over the tokens (open-instruct: open_instruct/dpo_utils.py). */
function isNormalised(value: unknown): boolean | undefined {
  return typeof value === 'string' ? ['dpo_norm', 'simpo'].includes(value) : undefined;
}

function countsEpochs(around: Around): boolean {
  return positive(around.get('max_train_steps') ?? 0) === undefined;
}
