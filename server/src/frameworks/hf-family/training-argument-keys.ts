import { byDefault, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { optimizerArguments } from './optimizer-rank.ts';
import { wrapClassKeys } from './wrap-class-keys.ts';

/** Where every default of this file was read. */
export const TRAINING_ARGUMENTS = 'transformers: src/transformers/training_args.py';

/*
 * Key rows of transformers' TrainingArguments, with its defaults, in parts that adapters of trainers built on it put
 * together. A trainer with defaults of its own assumes them before these (`assumeFirst`): an assumed value is kept.
 */

/** Micro batch and accumulation. */
export const BATCH_KEYS: KeyTable = {
  per_device_train_batch_size: key('batch.micro', { default: byDefault(8, TRAINING_ARGUMENTS) }),
  per_gpu_train_batch_size: key('batch.micro'),
  gradient_accumulation_steps: key('batch.gradientAccumulation', { default: byDefault(1, TRAINING_ARGUMENTS) }),
  per_device_eval_batch_size: key('batch.eval', { default: byDefault(8, TRAINING_ARGUMENTS) }),
  // A list or words of options; joinFsdp reads what they mean.
  fsdp: key('sharding.fsdpConfig', {
    read: (value) => {
      const options = Array.isArray(value) ? value.join(' ') : value === true ? 'true' : value;
      return typeof options === 'string' && options !== '' ? options : undefined;
    },
  }),
  ...wrapClassKeys('fsdp_'),
  ...wrapClassKeys('fsdp_config.'),
  ...wrapClassKeys('fsdp_config.fsdp_'),
  dataloader_drop_last: key('data.dropLast', { default: byDefault(false, TRAINING_ARGUMENTS) }),
  group_by_length: key('data.groupByLength'),
  train_sampling_strategy: key(
    'data.groupByLength',
    oneOf<boolean>([
      ['group_by_length', true],
      ['random', false],
      ['sequential', false],
    ]),
  ),
};

/** Optimizer, its hyperparameters, the learning rate. */
export const OPTIMIZER_KEYS: KeyTable = {
  // adamw_torch_fused from torch 2.8 on, adamw_torch before; the states are the same.
  optim: key('optimizer.name', {
    default: byDefault('adamw_torch_fused', `${TRAINING_ARGUMENTS} (torch 2.8 or newer)`),
  }),
  optim_args: optimizerArguments('optim'),
  learning_rate: key('optimizer.peakLearningRate', { default: byDefault(5e-5, TRAINING_ARGUMENTS) }),
  weight_decay: key('optimizer.weightDecay', { default: byDefault(0, TRAINING_ARGUMENTS) }),
  adam_beta1: key('optimizer.beta1', { default: byDefault(0.9, TRAINING_ARGUMENTS), when: isNotSgd }),
  adam_beta2: key('optimizer.beta2', { default: byDefault(0.999, TRAINING_ARGUMENTS), when: isNotSgd }),
  adam_epsilon: key('optimizer.epsilon', { default: byDefault(1e-8, TRAINING_ARGUMENTS), when: isNotSgd }),
  max_grad_norm: key('optimizer.maxGradNorm', { default: byDefault(1, TRAINING_ARGUMENTS) }),
};

/** Length of the run, warmup, shape of the schedule. */
export const SCHEDULE_KEYS: KeyTable = {
  max_steps: key('schedule.totalSteps', { read: positive, write: (to) => to }),
  num_train_epochs: key('schedule.epochs', { default: byDefault(3, TRAINING_ARGUMENTS), when: countsEpochs }),
  lr_scheduler_type: key('schedule.kind', { default: byDefault('linear', TRAINING_ARGUMENTS) }),
  // A value below one is a share of the run since transformers 5; before, it was cut to 0 steps. With both keys, older
  // versions take the steps and transformers 5 the ratio, so both are stated.
  warmup_steps: [
    key('schedule.warmupRatio', { read: fraction, write: (to) => to, when: writesWarmupShare }),
    key('schedule.warmupSteps', {
      read: (value, around) => (wholeSteps(value) === 0 && statesWarmupShare(around) ? undefined : wholeSteps(value)),
      write: (to) => to,
      default: byDefault((around: Around) => (statesWarmupShare(around) ? undefined : 0), TRAINING_ARGUMENTS),
      when: (around) => !writesWarmupShare(around),
    }),
  ],
  // Zero beside a number of steps is how recipes spell "not this one".
  warmup_ratio: key('schedule.warmupRatio', {
    when: (around) => around.get('warmup_ratio') !== 0 || wholeSteps(around.get('warmup_steps') ?? 0) === 0,
  }),
  'lr_scheduler_kwargs.min_lr': key('schedule.minLearningRate'),
  'lr_scheduler_kwargs.min_lr_rate': key('schedule.minRatio'),
  'lr_scheduler_kwargs.num_decay_steps': key('schedule.decaySteps'),
};

const CADENCES = oneOf<'no' | 'steps' | 'epoch' | 'best'>([
  ['no', 'no'],
  [false, 'no'],
  ['steps', 'steps'],
  ['epoch', 'epoch'],
  ['best', 'best'],
]);

/** When the run evaluates and saves. */
export const CADENCE_KEYS: KeyTable = {
  eval_strategy: key('schedule.evalCadence', { ...CADENCES, default: byDefault('no', TRAINING_ARGUMENTS) }),
  evaluation_strategy: key('schedule.evalCadence', CADENCES),
  eval_steps: key('schedule.evalSteps', { read: wholeSteps, write: (to) => to }),
  save_strategy: key('schedule.saveCadence', { ...CADENCES, default: byDefault('steps', TRAINING_ARGUMENTS) }),
  save_steps: key('schedule.saveSteps', {
    read: wholeSteps,
    write: (to) => to,
    default: byDefault(500, TRAINING_ARGUMENTS),
    // Below one it is a share of the run.
    when: (around) =>
      CADENCES.read(around.get('save_strategy') ?? 'steps') === 'steps' &&
      fraction(around.get('save_steps')) === undefined,
  }),
  load_best_model_at_end: key('schedule.loadBest', { default: byDefault(false, TRAINING_ARGUMENTS) }),
};

/** Where trl's GRPO and RLOO ask the model for the logits of completions alone (`logits_to_keep`). */
export const COMPLETION_LOGITS = 'trl: trl/trainer/grpo_trainer.py, _get_per_token_logps_and_entropies';

/** Liger's fused loss is for training; in evaluation the logits are made whole unless the caller says otherwise. */
export const LIGER_EVALUATION = 'liger-kernel: src/liger_kernel/transformers/model/llama.py, lce_forward (skip_logits)';

/** What evaluation keeps, and how it generates. Without `prediction_loss_only` the script's metrics decide what is kept. */
export const EVALUATION_KEYS: KeyTable = {
  prediction_loss_only: key('evaluation.keepsLogits', {
    read: (value) => (value === true ? false : undefined),
    write: (to) => (to ? undefined : true),
  }),
  eval_accumulation_steps: key('evaluation.batchesOnDevice', { read: positive, write: (to) => to }),
  predict_with_generate: key('evaluation.generates'),
  generation_max_length: key('evaluation.newTokens', { read: positive, write: (to) => to }),
  generation_num_beams: key('evaluation.beams', { read: positive, write: (to) => to }),
};

/** What the flags say; the dtypes that follow are settled by `settlePrecision`. */
export const PRECISION_FLAG_KEYS: KeyTable = {
  bf16: key('precision.bf16Flag', { default: byDefault(false, TRAINING_ARGUMENTS) }),
  fp16: key('precision.fp16Flag', { default: byDefault(false, TRAINING_ARGUMENTS) }),
  tf32: key('precision.tf32'),
};

/** Memory and speed switches. */
export const KERNEL_KEYS: KeyTable = {
  gradient_checkpointing: key('activations.checkpointing', {
    ...oneOf<'none' | 'full' | 'selective'>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none', TRAINING_ARGUMENTS),
  }),
  torch_compile: key('compile.enabled', { default: byDefault(false, TRAINING_ARGUMENTS) }),
  label_smoothing_factor: key('loss.labelSmoothing', { default: byDefault(0, TRAINING_ARGUMENTS) }),
  use_liger_kernel: [
    key('loss.kernel', {
      ...oneOf<'plain' | 'chunked' | 'fused'>([
        [true, 'fused'],
        [false, 'plain'],
      ]),
      default: byDefault('plain', TRAINING_ARGUMENTS),
    }),
    key('loss.fusedLayers', { default: byDefault(false, TRAINING_ARGUMENTS) }),
  ],
};

/** All of the above. */
export const TRAINING_ARGUMENT_KEYS: KeyTable = {
  ...BATCH_KEYS,
  ...OPTIMIZER_KEYS,
  ...SCHEDULE_KEYS,
  ...CADENCE_KEYS,
  ...EVALUATION_KEYS,
  ...PRECISION_FLAG_KEYS,
  ...KERNEL_KEYS,
};

/** `table` without the keys named: a trainer that has its own meaning for them. */
export function withoutKeys(table: KeyTable, ...keys: readonly string[]): KeyTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !keys.includes(name)));
}

function isNotSgd(around: Around): boolean {
  const name = around.get('optim');
  return typeof name !== 'string' || !/sgd|adafactor|adagrad|lomo|rmsprop/i.test(name);
}

/** Steps, or the episodes of a PPO run, go before epochs. */
function countsEpochs(around: Around): boolean {
  return ['max_steps', 'total_episodes'].every((name) => positive(around.get(name) ?? 0) === undefined);
}

function fraction(value: unknown): number | undefined {
  const number = positive(typeof value === 'number' || typeof value === 'string' ? value : null);
  return number !== undefined && number < 1 ? number : undefined;
}

function wholeSteps(value: unknown): number | undefined {
  if (value === 0 || value === '0') return 0;
  const number = positive(typeof value === 'number' || typeof value === 'string' ? value : null);
  return number !== undefined && number >= 1 ? number : undefined;
}

function writesWarmupShare(around: Around): boolean {
  return fraction(around.get('warmup_steps') ?? 0) !== undefined;
}

function statesWarmupShare(around: Around): boolean {
  return writesWarmupShare(around) || positive(around.get('warmup_ratio') ?? 0) !== undefined;
}
