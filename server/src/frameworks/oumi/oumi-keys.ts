import type {
  AttentionKernel,
  Cadence,
  Checkpointing,
  LossKernel,
  OffloadDevice,
  WeightQuantization,
} from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { cutsLength, objectiveOf, runsVerl, trainerTypeOf } from './trainer-type.ts';
import { VERL_KEYS } from './verl-keys.ts';

const TRAINING = 'oumi: src/oumi/core/configs/params/training_params.py';
const MODEL = 'oumi: src/oumi/core/configs/params/model_params.py';
const PEFT = 'oumi: src/oumi/core/configs/params/peft_params.py';
const FSDP = 'oumi: src/oumi/core/configs/params/fsdp_params.py';
const DEEPSPEED = 'oumi: src/oumi/core/configs/params/deepspeed_params.py';
const DATA = 'oumi: src/oumi/core/configs/params/data_params.py';
const GRPO = 'oumi: src/oumi/core/configs/params/grpo_params.py';

const PER_STEP = { read: positive, write: (to: number) => to };
const adapts = (around: Around): boolean => around.get('training.use_peft') === true;
const quantizes = (around: Around): boolean => adapts(around) && around.get('peft.q_lora') === true;
const ownLoop = (around: Around): boolean => !runsVerl(around);
/** oumi's own trainer wraps what it finds and says nothing of the rest. */
const usesAccelerate = (around: Around): boolean => /^(TRL|HF)/.test(trainerTypeOf(around) ?? 'HF');
const samples = (around: Around): boolean => trainerTypeOf(around) === 'TRL_GRPO' || runsVerl(around);
const usesDeepspeed = (around: Around): boolean => around.get('deepspeed.enable_deepspeed') === true;
const isAdam = (around: Around): boolean =>
  ownLoop(around) && !/sgd|adafactor|lion/i.test(String(around.get('training.optimizer') ?? 'adamw_torch'));
const countsEpochs = (around: Around): boolean => positive(around.get('training.max_steps') ?? 0) === undefined;

const modelKeys: KeyTable = {
  'model.model_name': key('model.name'),
  'model.model_max_length': key('data.sequenceLength', { ...PER_STEP, when: cutsLength }),
  'training.trainer_kwargs.max_length': key('data.sequenceLength', {
    ...PER_STEP,
    default: byDefault(
      (around: Around) =>
        trainerTypeOf(around) === 'TRL_DPO' && !around.has('model.model_max_length') ? 1024 : undefined,
      'trl: trl/trainer/dpo_config.py',
    ),
  }),
  'training.trainer_kwargs.max_seq_length': key('data.sequenceLength', PER_STEP),
  'model.model_kwargs.max_position_embeddings': key('model.maxPositions'),
  'model.load_pretrained_weights': key('run.fromScratch', {
    ...oneOf<boolean>([
      [true, false],
      [false, true],
    ]),
    default: byDefault(false, MODEL),
  }),
  'model.attn_implementation': key('model.attention', {
    ...oneOf<AttentionKernel>([
      ['sdpa', 'sdpa'],
      ['flash_attention_2', 'flash'],
      ['flash_attention_3', 'flash'],
      ['eager', 'eager'],
      ['flex_attention', 'flex'],
    ]),
    default: byDefault('sdpa', `${MODEL}, transformers: src/transformers/modeling_utils.py`),
    when: ownLoop,
  }),
  'model.enable_liger_kernel': [
    key('loss.kernel', {
      read: (value) => (value === true ? 'fused' : 'plain'),
      write: (to) => (to === 'fused' ? true : to === 'plain' ? false : undefined),
      default: byDefault<LossKernel>('plain', MODEL),
    }),
    key('loss.fusedLayers', { default: byDefault(false, MODEL) }),
  ],
};

const batchKeys: KeyTable = {
  'training.per_device_train_batch_size': key('batch.micro', {
    ...PER_STEP,
    default: byDefault(8, TRAINING),
    when: ownLoop,
  }),
  'training.per_device_eval_batch_size': key('batch.eval', { ...PER_STEP, when: ownLoop }),
  'training.gradient_accumulation_steps': key('batch.gradientAccumulation', {
    ...PER_STEP,
    default: byDefault(1, TRAINING),
    when: ownLoop,
  }),
  'training.trainer_kwargs.packing': key('data.packing'),
  'data.train.pack': key('data.packing', { default: byDefault(false, DATA), when: ownLoop }),
};

const optimizerKeys: KeyTable = {
  'training.optimizer': key('optimizer.name', { default: byDefault('adamw_torch', TRAINING), when: ownLoop }),
  'training.learning_rate': key('optimizer.peakLearningRate', { default: byDefault(5e-5, TRAINING) }),
  'training.weight_decay': key('optimizer.weightDecay', { default: byDefault(0, TRAINING), when: ownLoop }),
  'training.adam_beta1': key('optimizer.beta1', { default: byDefault(0.9, TRAINING), when: isAdam }),
  'training.adam_beta2': key('optimizer.beta2', { default: byDefault(0.999, TRAINING), when: isAdam }),
  'training.adam_epsilon': key('optimizer.epsilon', { default: byDefault(1e-8, TRAINING), when: isAdam }),
  'training.sgd_momentum': key('optimizer.momentum', { when: (around) => ownLoop(around) && !isAdam(around) }),
  'training.max_grad_norm': key('optimizer.maxGradNorm', { default: byDefault(1, TRAINING), when: ownLoop }),
};

const scheduleKeys: KeyTable = {
  'training.max_steps': key('schedule.totalSteps', PER_STEP),
  'training.num_train_epochs': key('schedule.epochs', {
    ...PER_STEP,
    default: byDefault(3, TRAINING),
    when: countsEpochs,
  }),
  'training.lr_scheduler_type': key('schedule.kind', { default: byDefault('linear', TRAINING), when: ownLoop }),
  'training.warmup_steps': key('schedule.warmupSteps', {
    default: byDefault(
      (around: Around) => (positive(around.get('training.warmup_ratio') ?? 0) === undefined ? 0 : undefined),
      TRAINING,
    ),
    when: ownLoop,
  }),
  'training.warmup_ratio': key('schedule.warmupRatio', {
    // Zero beside a number of steps is how recipes spell "not this one".
    when: (around) =>
      ownLoop(around) &&
      (around.get('training.warmup_ratio') !== 0 || castNumber(around.get('training.warmup_steps') ?? 0) === 0),
  }),
  'training.lr_scheduler_kwargs.min_lr': key('schedule.minLearningRate'),
  'training.lr_scheduler_kwargs.min_lr_rate': key('schedule.minRatio'),
  'training.eval_strategy': key('schedule.evalCadence', {
    ...oneOf<Cadence>([
      ['no', 'no'],
      ['steps', 'steps'],
      ['epoch', 'epoch'],
    ]),
    default: byDefault('no', TRAINING),
  }),
  'training.eval_steps': key('schedule.evalSteps', {
    ...PER_STEP,
    default: byDefault(500, TRAINING),
    when: (around) => around.get('training.eval_strategy') === 'steps',
  }),
  'training.save_steps': key('schedule.saveSteps', PER_STEP),
};

const memoryKeys: KeyTable = {
  'training.enable_gradient_checkpointing': key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none', TRAINING),
  }),
  'training.compile': key('compile.enabled', { default: byDefault(false, TRAINING) }),
};

const adapterKeys: KeyTable = {
  'peft.lora_r': key('adapter.rank', { ...PER_STEP, default: byDefault(8, PEFT), when: adapts }),
  'peft.lora_alpha': key('adapter.alpha', { default: byDefault(8, PEFT), when: adapts }),
  'peft.lora_dropout': key('adapter.dropout', { default: byDefault(0, PEFT), when: adapts }),
  'peft.lora_target_modules': key('adapter.targets', {
    read: (value) => {
      if (value === 'all-linear') return 'all-linear';
      if (!Array.isArray(value) || !value.every((name): name is string => typeof name === 'string')) return undefined;
      return value.length === 1 && value[0] === 'all-linear' ? 'all-linear' : value;
    },
    write: (to) => to,
    when: adapts,
  }),
  'peft.lora_modules_to_save': key('adapter.savedModules', { when: adapts }),
  'peft.lora_target_parameters': key('adapter.targetParameters', { when: adapts }),
  'peft.q_lora': key('adapter.quantization', {
    read: (value, around) => storageOf(value, around),
    default: byDefault<WeightQuantization>('none', PEFT),
    when: adapts,
  }),
  'peft.use_bnb_nested_quant': key('adapter.doubleQuantization', { default: byDefault(false, PEFT), when: quantizes }),
};

const STAGES = oneOf<0 | 1 | 2 | 3>([
  ['ZERO_0', 0],
  ['ZERO_1', 1],
  ['ZERO_2', 2],
  ['ZERO_3', 3],
  ['0', 0],
  ['1', 1],
  ['2', 2],
  ['3', 3],
]);

const DEVICES = oneOf<OffloadDevice>([
  ['CPU', 'cpu'],
  ['NVME', 'nvme'],
  ['NONE', 'none'],
]);

const shardingKeys: KeyTable = {
  'deepspeed.zero_stage': key('sharding.zeroStage', {
    ...STAGES,
    default: byDefault<0 | 1 | 2 | 3>(0, DEEPSPEED),
    when: usesDeepspeed,
  }),
  'deepspeed.offload_optimizer.device': key('sharding.offloadOptimizer', { ...DEVICES, when: usesDeepspeed }),
  'deepspeed.offload_param.device': key('sharding.offloadParameters', { ...DEVICES, when: usesDeepspeed }),
  'deepspeed.overlap_comm': key('sharding.overlap', { default: byDefault(false, DEEPSPEED), when: usesDeepspeed }),
  'deepspeed.reduce_bucket_size': key('sharding.reduceBucketElements', {
    ...PER_STEP,
    default: byDefault(5e8, DEEPSPEED),
    when: usesDeepspeed,
  }),
  'deepspeed.allgather_bucket_size': key('sharding.allgatherBucketElements', {
    ...PER_STEP,
    default: byDefault(5e8, DEEPSPEED),
    when: usesDeepspeed,
  }),
  'deepspeed.stage3_prefetch_bucket_size': key('sharding.prefetchElements', { ...PER_STEP, when: usesDeepspeed }),
  'fsdp.transformer_layer_cls': key('sharding.wrapClasses', {
    // accelerate looks for bare names (oumi: src/oumi/utils/torch_naming_heuristics.py).
    read: (value) =>
      typeof value === 'string'
        ? value.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().split('.').at(-1) ?? '']))
        : undefined,
    write: (to) => to.join(','),
    when: (around) => /TRANSFORMER/i.test(String(around.get('fsdp.auto_wrap_policy') ?? '')) && usesAccelerate(around),
  }),
  'deepspeed.stage3_max_live_parameters': key('sharding.maxLiveElements', { ...PER_STEP, when: usesDeepspeed }),
  'fsdp.cpu_offload': [
    key('sharding.offloadParameters', {
      read: (value) => (value === true ? 'cpu' : 'none'),
      write: (to) => (to === 'nvme' ? undefined : to === 'cpu'),
      default: byDefault<OffloadDevice>('none', FSDP),
      when: (around) => around.get('fsdp.enable_fsdp') === true,
    }),
  ],
};

const rolloutKeys: KeyTable = {
  'training.grpo.num_generations': key('rollout.generations', {
    ...PER_STEP,
    default: byDefault(8, 'trl: trl/trainer/grpo_config.py'),
    when: (around) => trainerTypeOf(around) === 'TRL_GRPO',
  }),
  'training.grpo.max_prompt_length': key('rollout.promptLength', { ...PER_STEP, when: samples }),
  'training.grpo.max_completion_length': key('rollout.completionLength', { ...PER_STEP, when: samples }),
  'training.grpo.vllm_gpu_memory_utilization': key('rollout.memoryShare', {
    default: byDefault(0.9, GRPO),
    when: (around) => samples(around) && around.get('training.grpo.use_vllm') === true,
  }),
  'training.grpo.epsilon': key('rollout.clipRange', { default: byDefault(0.2, GRPO), when: samples }),
  'training.trainer_kwargs.beta': [
    key('preference.beta', { when: (around) => ['dpo', 'kto'].includes(objectiveOf(around) ?? '') }),
    key('rollout.klCoefficient', { when: (around) => trainerTypeOf(around) === 'TRL_GRPO' }),
  ],
  'training.trainer_kwargs.max_prompt_length': key('rollout.promptLength', { ...PER_STEP, when: samples }),
};

/** oumi's YAML by dotted key. verl's own keys go before what oumi makes of them. */
export const OUMI_KEYS: KeyTable = {
  ...VERL_KEYS,
  ...modelKeys,
  ...batchKeys,
  ...optimizerKeys,
  ...scheduleKeys,
  ...memoryKeys,
  ...adapterKeys,
  ...shardingKeys,
  ...rolloutKeys,
};

function storageOf(value: ConfigValue, around: Around): WeightQuantization {
  if (value !== true) return 'none';
  if (castNumber(around.get('peft.q_lora_bits') ?? 4) === 8) return 'int8';
  return (around.get('peft.bnb_4bit_quant_type') ?? 'fp4') === 'nf4' ? 'nf4' : 'fp4';
}
