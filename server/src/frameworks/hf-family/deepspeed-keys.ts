import type { OffloadDevice } from '../../plan/index.ts';
import { byDefault, castNumber, key, oneOf } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';
import { readDtype, writeDtype } from './settle-precision.ts';

export const ZERO_CONFIG = 'deepspeed: deepspeed/runtime/zero/config.py';
const BATCH_PARAMETERS = 'deepspeed: deepspeed/runtime/config.py (_set_batch_related_parameters)';
const CONSTANTS = 'deepspeed: deepspeed/runtime/constants.py';

/** The value a launcher fills in from its own arguments; DeepSpeed by itself cannot read it. */
export const AUTO = 'auto';

/** ZeRO stage of a config; the old boolean form means stage 1. Undefined for "auto" or what is no stage. */
export function zeroStageOf(around: Around): 0 | 1 | 2 | 3 | undefined {
  const section = around.get('zero_optimization');
  if (section === undefined && !around.has('zero_optimization')) return 0;
  if (typeof section === 'boolean') return section ? 1 : 0;
  const stage = around.has('zero_optimization.stage') ? castNumber(around.get('zero_optimization.stage') ?? 'auto') : 0;
  return stage === 0 || stage === 1 || stage === 2 || stage === 3 ? stage : undefined;
}

const onStage = (least: number) => (around: Around) => (zeroStageOf(around) ?? -1) >= least;

const DEVICES = oneOf<OffloadDevice>([
  ['none', 'none'],
  ['cpu', 'cpu'],
  ['nvme', 'nvme'],
]);
const ON_CPU = oneOf<OffloadDevice>([
  [true, 'cpu'],
  [false, 'none'],
]);
const DTYPES = { read: readDtype, write: writeDtype };

/** DeepSpeed's own keys, from a config file or an inline mapping. */
export const DEEPSPEED_KEYS: KeyTable = {
  train_batch_size: key('batch.global'),
  train_micro_batch_size_per_gpu: key('batch.micro'),
  gradient_accumulation_steps: key('batch.gradientAccumulation', {
    // Given the other two, DeepSpeed divides; given one of them, it takes 1.
    default: byDefault(
      (around: Around) =>
        around.has('train_batch_size') && around.has('train_micro_batch_size_per_gpu') ? undefined : 1,
      BATCH_PARAMETERS,
    ),
  }),
  // No clipping by default in older versions, a norm of 1 in newer ones.
  gradient_clipping: key('optimizer.maxGradNorm'),

  'optimizer.type': key('optimizer.name'),
  // A warmup scheduler sets the learning rate from its own maximum.
  'scheduler.params.warmup_max_lr': key('optimizer.peakLearningRate'),
  'optimizer.params.lr': key('optimizer.peakLearningRate', {
    when: (around) => typeof around.get('scheduler.params.warmup_max_lr') !== 'number',
  }),
  'optimizer.params.weight_decay': key('optimizer.weightDecay'),
  'optimizer.params.betas': [
    key('optimizer.beta1', pairElement('optimizer.params.betas', 0)),
    key('optimizer.beta2', pairElement('optimizer.params.betas', 1)),
  ],
  'optimizer.params.eps': key('optimizer.epsilon'),
  'optimizer.params.momentum': key('optimizer.momentum'),

  'scheduler.type': key('schedule.kind'),
  'scheduler.params.warmup_num_steps': key('schedule.warmupSteps', {
    default: byDefault(
      (around: Around) => (/^Warmup/.test(String(around.get('scheduler.type'))) ? 1000 : undefined),
      'deepspeed: deepspeed/runtime/lr_schedules.py',
    ),
  }),
  'scheduler.params.total_num_steps': key('schedule.totalSteps'),
  'scheduler.params.cos_min_ratio': key('schedule.minRatio'),

  'bf16.enabled': key('precision.bf16Flag', { default: byDefault(false, CONSTANTS) }),
  'bfloat16.enabled': key('precision.bf16Flag'),
  'fp16.enabled': key('precision.fp16Flag', { default: byDefault(false, CONSTANTS) }),
  communication_data_type: key('precision.reduce', DTYPES),
  'data_types.grad_accum_dtype': key('precision.gradients', DTYPES),

  zero_optimization: key('sharding.zeroStage', {
    read: (value, around) => (typeof value === 'boolean' ? zeroStageOf(around) : undefined),
  }),
  'zero_optimization.stage': key('sharding.zeroStage', {
    read: (_value, around) => zeroStageOf(around),
    write: (to) => to,
    default: byDefault(0, ZERO_CONFIG),
  }),
  'zero_optimization.offload_optimizer.device': key('sharding.offloadOptimizer', {
    ...DEVICES,
    when: onStage(1),
  }),
  'zero_optimization.cpu_offload': key('sharding.offloadOptimizer', { ...ON_CPU, when: onStage(1) }),
  'zero_optimization.offload_optimizer': key('sharding.offloadOptimizer', {
    read: () => undefined,
    default: byDefault('none', 'deepspeed: deepspeed/runtime/zero/offload_config.py'),
  }),
  'zero_optimization.offload_param.device': key('sharding.offloadParameters', { ...DEVICES, when: onStage(3) }),
  'zero_optimization.cpu_offload_params': key('sharding.offloadParameters', { ...ON_CPU, when: onStage(3) }),
  'zero_optimization.cpu_offload_param': key('sharding.offloadParameters', { ...ON_CPU, when: onStage(3) }),
  'zero_optimization.offload_param': key('sharding.offloadParameters', {
    read: () => undefined,
    default: byDefault('none', 'deepspeed: deepspeed/runtime/zero/offload_config.py'),
  }),
  'zero_optimization.reduce_bucket_size': key('sharding.reduceBucketElements', {
    default: byDefault(5e8, ZERO_CONFIG),
    when: onStage(1),
  }),
  'zero_optimization.allgather_bucket_size': key('sharding.allgatherBucketElements', {
    default: byDefault(5e8, ZERO_CONFIG),
    when: onStage(1),
  }),
  'zero_optimization.overlap_comm': key('sharding.overlap', {
    default: byDefault((around: Around) => zeroStageOf(around) === 3, ZERO_CONFIG),
    when: onStage(1),
  }),
  'zero_optimization.prefetch_bucket_size': key('sharding.prefetchElements', { when: onStage(3) }),
  'zero_optimization.stage3_prefetch_bucket_size': key('sharding.prefetchElements', {
    default: byDefault(5e7, ZERO_CONFIG),
    when: onStage(3),
  }),
  'zero_optimization.max_live_parameters': key('sharding.maxLiveElements', { when: onStage(3) }),
  'zero_optimization.stage3_max_live_parameters': key('sharding.maxLiveElements', {
    default: byDefault(1e9, ZERO_CONFIG),
    when: onStage(3),
  }),
  'zero_optimization.mics_shard_size': key('sharding.degree', {
    read: (value) => {
      const size = castNumber(value);
      return size !== undefined && size > 0 ? size : undefined;
    },
    write: (to) => to,
    when: onStage(3),
  }),
  'tensor_parallel.autotp_size': key('parallel.tensor'),
  // Ranks of one sequence count once in the batch (deepspeed: deepspeed/runtime/config.py).
  sequence_parallel_size: key('parallel.ulysses'),
};
