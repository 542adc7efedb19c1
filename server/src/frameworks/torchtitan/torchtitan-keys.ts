import type { Checkpointing, TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { flavorModel } from './flavors.ts';

const JOB = 'torchtitan: torchtitan/config/job_config.py';

const PER_STEP = { read: positive, write: (to: number) => to };

/** Pipeline stages cut the local batch again, so the local batch is no micro batch. */
export function isPipelined(around: Around): boolean {
  return (castNumber(around.get('parallelism.pipeline_parallel_degree') ?? 1) ?? 1) > 1;
}

function isTensorParallel(around: Around): boolean {
  return (castNumber(around.get('parallelism.tensor_parallel_degree') ?? 1) ?? 1) > 1;
}

export function isDiffusion(around: Around): boolean {
  return around.get('model.name') === 'flux';
}

const DTYPES = oneOf<TensorDtype>([
  ['float32', 'fp32'],
  ['bfloat16', 'bf16'],
  ['float16', 'fp16'],
]);

/**
 * Models of transformers have their own shape in the flavor `full` alone; the others are toys of the same architecture
 * (torchtitan: torchtitan/experiments/transformers_modeling_backend/__init__.py).
 */
const takesHubShape = (around: Around): boolean =>
  around.has('hf_transformers.model') && (around.get('model.flavor') ?? 'full') === 'full';

const modelKeys: KeyTable = {
  'hf_transformers.model': key('model.name', { when: takesHubShape }),
  'model.flavor': key('model.name', {
    read: (value, around) => {
      const name = around.get('model.name');
      return typeof name === 'string' && typeof value === 'string' ? flavorModel(name, value) : undefined;
    },
    when: (around) => !takesHubShape(around),
  }),
  'training.img_size': key('model.imageSize'),
};

const trainingKeys: KeyTable = {
  'training.local_batch_size': [
    key('batch.micro', {
      ...PER_STEP,
      default: byDefault(8, JOB),
      when: (around) => !isPipelined(around) && !around.has('training.batch_size'),
    }),
    key('batch.pipelinePass', { ...PER_STEP, when: isPipelined }),
  ],
  'training.batch_size': key('batch.micro', { ...PER_STEP, when: (around) => !isPipelined(around) }),
  'parallelism.pipeline_parallel_microbatch_size': key('batch.micro', {
    ...PER_STEP,
    default: byDefault(1, JOB),
    when: isPipelined,
  }),
  'training.global_batch_size': key('batch.global', PER_STEP),
  'training.seq_len': key('data.sequenceLength', {
    ...PER_STEP,
    default: byDefault(2048, JOB),
    when: (around) => !isDiffusion(around),
  }),
  'training.steps': key('schedule.totalSteps', { ...PER_STEP, default: byDefault(10_000, JOB) }),
  'training.max_norm': key('optimizer.maxGradNorm', { default: byDefault(1, JOB) }),
  'training.dtype': key('precision.weights', { ...DTYPES, default: byDefault('fp32', JOB) }),
  'training.mixed_precision_param': key('precision.compute', { ...DTYPES, default: byDefault('bf16', JOB) }),
  'training.mixed_precision_reduce': key('precision.reduce', { ...DTYPES, default: byDefault('fp32', JOB) }),
  'validation.local_batch_size': key('batch.eval', PER_STEP),
  'validation.freq': key('schedule.evalSteps', {
    ...PER_STEP,
    when: (around) => around.get('validation.enable') === true,
  }),
  'checkpoint.interval': key('schedule.saveSteps', {
    ...PER_STEP,
    default: byDefault(500, JOB),
    when: (around) => around.get('checkpoint.enable') === true || around.get('checkpoint.enable_checkpoint') === true,
  }),
};

const optimizerKeys: KeyTable = {
  'optimizer.name': key('optimizer.name', {
    read: (value, around) => optimizerName(value, around),
    write: (to) => ({ adamw_torch: 'AdamW', adamw_torch_fused: 'AdamW', adam: 'Adam' })[to],
    default: byDefault((around: Around) => optimizerName('AdamW', around), JOB),
  }),
  'optimizer.lr': key('optimizer.peakLearningRate', { default: byDefault(8e-4, JOB) }),
  'optimizer.beta1': key('optimizer.beta1', { default: byDefault(0.9, JOB) }),
  'optimizer.beta2': key('optimizer.beta2', { default: byDefault(0.95, JOB) }),
  'optimizer.eps': key('optimizer.epsilon', { default: byDefault(1e-8, JOB) }),
  'optimizer.weight_decay': key('optimizer.weightDecay', { default: byDefault(0.1, JOB) }),
  'optimizer.early_step_in_backward': key('optimizer.inBackward', { default: byDefault(false, JOB) }),
};

const scheduleKeys: KeyTable = {
  'lr_scheduler.warmup_steps': key('schedule.warmupSteps', { default: byDefault(200, JOB) }),
  'lr_scheduler.decay_type': key('schedule.kind', {
    read: scheduleKind,
    default: byDefault((around: Around) => scheduleKind('linear', around), JOB),
  }),
  'lr_scheduler.decay_ratio': key('schedule.decaySteps', { read: decaySteps }),
  'lr_scheduler.min_lr_factor': key('schedule.minRatio', { default: byDefault(0, JOB) }),
  'lr_scheduler.lr_min': key('schedule.minRatio'),
};

const parallelKeys: KeyTable = {
  'parallelism.tensor_parallel_degree': key('parallel.tensor', { ...PER_STEP, default: byDefault(1, JOB) }),
  'parallelism.disable_loss_parallel': key('parallel.loss', {
    read: (value) => (typeof value === 'boolean' ? !value : undefined),
    write: (to) => !to,
    when: isTensorParallel,
    default: byDefault(true, 'torchtitan: torchtitan/train.py'),
  }),
  'parallelism.pipeline_parallel_degree': key('parallel.pipeline', { ...PER_STEP, default: byDefault(1, JOB) }),
  'parallelism.context_parallel_degree': key('parallel.context', { ...PER_STEP, default: byDefault(1, JOB) }),
  'parallelism.expert_parallel_degree': key('parallel.expert', { ...PER_STEP, default: byDefault(1, JOB) }),
};

function checkpointsSelectively(around: Around): boolean {
  return (around.get('activation_checkpoint.mode') ?? 'selective') === 'selective';
}

/** In every layer, every second product is kept (torchtitan: torchtitan/distributed/activation_checkpoint.py). */
function choosesByOp(around: Around): boolean {
  return around.get('activation_checkpoint.selective_ac_option') === 'op';
}

const memoryKeys: KeyTable = {
  'activation_checkpoint.mode': key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      ['none', 'none'],
      ['selective', 'selective'],
      ['full', 'full'],
    ]),
    default: byDefault('selective', JOB),
  }),
  'activation_checkpoint.selective_ac_option': [
    key('activations.checkpointEvery', {
      read: positive,
      write: String,
      default: byDefault(2, JOB),
      when: (around) => checkpointsSelectively(around) && !choosesByOp(around),
    }),
    key('activations.kept', {
      read: (value) => (value === 'op' ? 'alternate-matmuls' : 'layers'),
      write: (to) => (to === 'alternate-matmuls' ? 'op' : undefined),
      default: byDefault('layers', JOB),
      when: checkpointsSelectively,
    }),
  ],
  'compile.enable': key('compile.enabled', { default: byDefault(false, JOB) }),
  'training.compile': key('compile.enabled'),
};

/** torchtitan's TOML by dotted key. */
export const TORCHTITAN_KEYS: KeyTable = {
  ...modelKeys,
  ...trainingKeys,
  ...optimizerKeys,
  ...scheduleKeys,
  ...parallelKeys,
  ...memoryKeys,
};

function optimizerName(value: ConfigValue, around: Around): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value !== 'AdamW') return value;
  return (around.get('optimizer.implementation') ?? 'fused') === 'fused' ? 'adamw_torch_fused' : 'adamw_torch';
}

/** With a decay share the rate stays at its peak until the decay begins. */
function scheduleKind(value: ConfigValue, around: Around): string | undefined {
  const share = around.get('lr_scheduler.decay_ratio');
  if (typeof share === 'number') return share === 0 ? 'constant_with_warmup' : 'warmup_stable_decay';
  return typeof value === 'string' ? value : undefined;
}

function decaySteps(value: ConfigValue, around: Around): number | undefined {
  const share = castNumber(value);
  const steps = castNumber(around.get('training.steps') ?? 10_000);
  const warmup = castNumber(around.get('lr_scheduler.warmup_steps') ?? 200);
  if (share === undefined || steps === undefined || warmup === undefined) return undefined;
  return Math.max(0, Math.min(Math.round(steps * share), steps - warmup));
}
