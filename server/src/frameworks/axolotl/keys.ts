import type { AttentionKernel, Cadence, Objective, Task } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { optimizerArguments } from '../hf-family/optimizer-rank.ts';
import { wrapClassKeys } from '../hf-family/wrap-class-keys.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { lowRankKeys } from './low-rank-keys.ts';
import { memoryKeys } from './memory-keys.ts';
import { parallelKeys } from './parallel-keys.ts';
import { rolloutKeys } from './rollout-keys.ts';

const CONFIG = 'axolotl: src/axolotl/utils/schemas/config.py';
const TRAINING = 'axolotl: src/axolotl/utils/schemas/training.py';
const BUILDER = 'axolotl: src/axolotl/core/builders/base.py';
const VALIDATION = 'axolotl: src/axolotl/utils/schemas/validation.py';
/** Axolotl passes these on only where they are written. */
const TRAINING_ARGUMENTS = 'transformers: src/transformers/training_args.py';

const packs = (around: Around): boolean => around.get('sample_packing') === true;
const isAdamLike = (around: Around): boolean => {
  const name = around.get('optimizer');
  return typeof name !== 'string' || !/sgd|adafactor|adagrad|lomo|rmsprop|lion/i.test(name);
};

const MODEL_CLASSES: readonly (readonly [RegExp, Task])[] = [
  [/ForSequenceClassification$|ForTokenClassification$/, 'classification'],
  [/ForConditionalGeneration$|ForImageTextToText$/, 'vision-language'],
];

function taskOfClass(value: ConfigValue): Task | undefined {
  return typeof value === 'string' ? MODEL_CLASSES.find(([name]) => name.test(value))?.[1] : undefined;
}

const OBJECTIVES = oneOf<Objective>([
  ['dpo', 'dpo'],
  ['ipo', 'ipo'],
  ['kto', 'kto'],
  ['orpo', 'orpo'],
  ['simpo', 'simpo'],
  ['grpo', 'grpo'],
  ['gdpo', 'grpo'],
  ['ebft', 'other'],
]);

const ATTENTION = oneOf<AttentionKernel>([
  ['flash_attention_2', 'flash'],
  ['flash_attention_3', 'flash'],
  ['sdpa', 'sdpa'],
  ['eager', 'eager'],
  ['flex_attention', 'flex'],
  ['xformers', 'xformers'],
  ['sage', 'flash'],
]);

function readAttention(value: ConfigValue): AttentionKernel | undefined {
  if (typeof value === 'string' && /\/.*(flash|sage)/i.test(value)) return 'flash';
  return ATTENTION.read(value);
}

/** An old boolean switch for one backend. */
const switchFor = (kernel: AttentionKernel) =>
  key('model.attention', { read: (value) => (value === true ? kernel : undefined) });

const wholeNumber = (value: ConfigValue): number | undefined => {
  const number = castNumber(value);
  return number !== undefined && Number.isInteger(number) && number >= 0 ? number : undefined;
};

const runKeys: KeyTable = {
  base_model: key('model.name'),
  model_type: key('run.task', { read: taskOfClass }),
  type_of_model: key('run.task', { read: taskOfClass }),
  reward_model: [
    key('run.task', { read: (value) => (value === true ? 'classification' : undefined) }),
    key('run.objective', { read: (value) => (value === true ? 'reward' : undefined) }),
  ],
  process_reward_model: [
    key('run.task', { read: (value) => (value === true ? 'classification' : undefined) }),
    key('run.objective', { read: (value) => (value === true ? 'reward' : undefined) }),
  ],
  // A processor is what turns on the multimodal collator.
  processor_type: key('run.task', {
    read: (value) => (typeof value === 'string' ? 'vision-language' : undefined),
    default: byDefault('causal-lm', 'axolotl: src/axolotl/loaders/model.py'),
  }),
  rl: key('run.objective', OBJECTIVES),
  kd_trainer: key('run.objective', { read: (value) => (value === true ? 'distillation' : undefined) }),
  pretraining_dataset: key('run.objective', {
    read: (value) => (value === null ? undefined : 'pretraining'),
    default: byDefault('sft', CONFIG),
  }),
  reinit_weights: key('run.fromScratch', { default: byDefault(false, CONFIG) }),

  attn_implementation: key('model.attention', { read: readAttention, write: ATTENTION.write }),
  xformers_attention: switchFor('xformers'),
  sage_attention: switchFor('flash'),
  flex_attention: switchFor('flex'),
  flash_attention: switchFor('flash'),
  sdp_attention: switchFor('sdpa'),
  eager_attention: key('model.attention', {
    read: (value) => (value === true ? 'eager' : undefined),
    // Without a choice transformers takes SDPA for every model that supports it.
    default: byDefault('sdpa', 'transformers: src/transformers/modeling_utils.py'),
    when: (around) => around.get('gemma4_hybrid_attn_impl') !== true,
  }),
};

const batchKeys: KeyTable = {
  micro_batch_size: key('batch.micro', { default: byDefault(1, TRAINING) }),
  gradient_accumulation_steps: key('batch.gradientAccumulation', {
    // Beside `batch_size` the documentation says one thing and the defaults another, so it stays unknown.
    default: byDefault((around: Around) => (around.has('batch_size') ? undefined : 1), TRAINING),
  }),
  eval_batch_size: key('batch.eval', {
    default: byDefault(
      (around: Around) => positive(around.get('micro_batch_size') ?? 1),
      'axolotl: src/axolotl/utils/config/__init__.py (normalize_config)',
    ),
  }),
  sequence_len: key('data.sequenceLength', { default: byDefault(512, CONFIG) }),
  sample_packing: key('data.packing', { default: byDefault(false, CONFIG) }),
  eval_sample_packing: key('evaluation.packing'),
  // Below one it is a share of the data.
  val_set_size: key('evaluation.examples', {
    read: (value) => (Number.isInteger(positive(value)) ? positive(value) : undefined),
    write: (to) => to,
  }),
  pad_to_sequence_len: key('data.padToMax', {
    default: byDefault((around: Around) => packs(around) || around.get('reward_model') === true, VALIDATION),
  }),
  group_by_length: key('data.groupByLength', { default: byDefault(false, TRAINING) }),
  // joinFsdp reads what its keys mean.
  fsdp_config: key('sharding.fsdpConfig', {
    read: (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? 'fsdp_config' : undefined),
  }),
  ...wrapClassKeys('fsdp_config.'),
  ...wrapClassKeys('fsdp_config.fsdp_'),
  dataloader_drop_last: key('data.dropLast'),
};

const optimizerKeys: KeyTable = {
  optimizer: key('optimizer.name', { default: byDefault('adamw_torch_fused', TRAINING) }),
  optim_args: optimizerArguments('optimizer'),
  learning_rate: key('optimizer.peakLearningRate'),
  weight_decay: key('optimizer.weightDecay', { default: byDefault(0, TRAINING) }),
  adam_beta1: key('optimizer.beta1', { default: byDefault(0.9, TRAINING_ARGUMENTS), when: isAdamLike }),
  adam_beta2: key('optimizer.beta2', { default: byDefault(0.999, TRAINING_ARGUMENTS), when: isAdamLike }),
  adam_epsilon: key('optimizer.epsilon', { default: byDefault(1e-8, TRAINING_ARGUMENTS), when: isAdamLike }),
  max_grad_norm: key('optimizer.maxGradNorm', { default: byDefault(1, TRAINING_ARGUMENTS) }),
  qgalore_rank: key('optimizer.rank', {
    default: byDefault(256, TRAINING),
    when: (around) => around.get('optimizer') === 'q_galore_adamw8bit',
  }),
};

const scheduleKeys: KeyTable = {
  max_steps: key('schedule.totalSteps', { read: positive, write: (to) => to }),
  num_epochs: key('schedule.epochs', {
    default: byDefault(1, TRAINING),
    when: (around) => positive(around.get('max_steps') ?? 0) === undefined,
  }),
  lr_scheduler: key('schedule.kind', { default: byDefault('cosine', TRAINING) }),
  warmup_steps: key('schedule.warmupSteps', { read: wholeNumber, write: (to) => to }),
  // Both together are refused (axolotl: src/axolotl/utils/schemas/validation.py, check_warmup).
  warmup_ratio: key('schedule.warmupRatio'),
  cosine_min_lr_ratio: key('schedule.minRatio'),
  'lr_scheduler_kwargs.min_lr': key('schedule.minLearningRate'),
  'lr_scheduler_kwargs.min_lr_rate': key('schedule.minRatio'),
  save_steps: [
    key('schedule.saveCadence', { read: (value) => (positive(value) === undefined ? undefined : 'steps') }),
    key('schedule.saveSteps', { read: stepsOrShare, write: (to) => to }),
  ],
  saves_per_epoch: key('schedule.saveCadence', {
    read: (value) => (positive(value) === undefined ? undefined : positive(value) === 1 ? 'epoch' : 'steps'),
  }),
  save_strategy: key('schedule.saveCadence', {
    ...oneOf<Cadence>([
      ['no', 'no'],
      ['steps', 'steps'],
      ['epoch', 'epoch'],
      ['best', 'best'],
    ]),
    default: byDefault('epoch', `${BUILDER} (_configure_save_and_eval_strategy)`),
  }),
  eval_steps: [
    key('schedule.evalCadence', {
      read: (value) => (positive(value) === undefined ? undefined : 'steps'),
      when: evaluates,
    }),
    key('schedule.evalSteps', { read: stepsOrShare, write: (to) => to, when: evaluates }),
  ],
  evals_per_epoch: key('schedule.evalCadence', {
    read: (value) => (positive(value) === undefined ? undefined : positive(value) === 1 ? 'epoch' : 'steps'),
    when: evaluates,
  }),
  eval_strategy: key('schedule.evalCadence', {
    ...oneOf<Cadence>([
      ['no', 'no'],
      ['steps', 'steps'],
      ['epoch', 'epoch'],
    ]),
    default: byDefault('no', `${BUILDER} (_configure_save_and_eval_strategy)`),
  }),
  load_best_model_at_end: key('schedule.loadBest', { default: byDefault(false, CONFIG) }),
};

/** Axolotl's keys, with its defaults. Precision, isolation of packed documents and residents are settled elsewhere. */
export const KEYS: KeyTable = {
  ...runKeys,
  ...batchKeys,
  ...optimizerKeys,
  ...scheduleKeys,
  ...memoryKeys,
  ...lowRankKeys,
  ...parallelKeys,
  ...rolloutKeys,
};

function isStated(around: Around, name: string): boolean {
  const value = around.get(name);
  return value !== undefined && value !== null;
}

/** A share of the run (below 1) is no number of steps. */
function stepsOrShare(value: ConfigValue): number | undefined {
  const number = positive(value);
  return number !== undefined && number >= 1 ? number : undefined;
}

/** Without a test set and a held-out share nothing is evaluated, whatever the cadence says. */
function evaluates(around: Around): boolean {
  return isStated(around, 'test_datasets') || positive(around.get('val_set_size') ?? 0) !== undefined;
}
