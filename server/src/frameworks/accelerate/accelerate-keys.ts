import type { OffloadDevice } from '../../plan/index.ts';
import { wrapClassKeys } from '../hf-family/wrap-class-keys.ts';
import { byDefault, castNumber, key, oneOf } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const CLUSTER_CONFIG = 'accelerate: src/accelerate/commands/config/config_args.py';
const PLUGINS = 'accelerate: src/accelerate/utils/dataclasses.py';
const PARALLELISM = 'accelerate: src/accelerate/parallelism_config.py';

const DEVICES = oneOf<OffloadDevice>([
  ['none', 'none'],
  ['cpu', 'cpu'],
  ['nvme', 'nvme'],
]);

const ON_CPU = oneOf<OffloadDevice>([
  [true, 'cpu'],
  [false, 'none'],
]);

/** Whether DeepSpeed is what spreads the run; its section is not looked at otherwise. */
export function usesDeepSpeed(around: Around): boolean {
  return String(around.get('distributed_type')).toUpperCase() === 'DEEPSPEED';
}

export function usesFsdp(around: Around): boolean {
  return String(around.get('distributed_type')).toUpperCase() === 'FSDP';
}

export function usesFsdp2(around: Around): boolean {
  return usesFsdp(around) && castNumber(around.get('fsdp_config.fsdp_version') ?? 1) === 2;
}

/** A DeepSpeed file replaces every DeepSpeed setting of the launch config. */
export function deepspeedFile(around: Around): string | undefined {
  const file = around.get('deepspeed_config.deepspeed_config_file');
  return typeof file === 'string' && file !== 'none' && file !== '' ? file : undefined;
}

const inlineDeepSpeed = (around: Around): boolean => usesDeepSpeed(around) && deepspeedFile(around) === undefined;

export function zeroStage(around: Around): 0 | 1 | 2 | 3 | undefined {
  const stage = castNumber(around.get('deepspeed_config.zero_stage') ?? 2);
  return stage === 0 || stage === 1 || stage === 2 || stage === 3 ? stage : undefined;
}

function mixed(dtype: 'bf16' | 'fp16') {
  return {
    read: (value: unknown): boolean => value === dtype,
    default: byDefault(false, CLUSTER_CONFIG),
    // A DeepSpeed file states the precision itself.
    when: (around: Around) => around.has('mixed_precision') || deepspeedFile(around) === undefined,
  };
}

/** Degree keys, with the rank count that no key stands for. */
function degree(field: 'parallel.tensor' | 'parallel.context' | 'parallel.ulysses') {
  return key(field, { default: byDefault(1, PARALLELISM) });
}

export const ACCELERATE_KEYS: KeyTable = {
  num_processes: key('parallel.world', { read: countOf, write: (to) => to }),
  num_machines: key('parallel.nodes', { read: countOf, write: (to) => to, default: byDefault(1, CLUSTER_CONFIG) }),
  mixed_precision: [key('precision.bf16Flag', mixed('bf16')), key('precision.fp16Flag', mixed('fp16'))],

  'deepspeed_config.gradient_accumulation_steps': key('batch.gradientAccumulation', { when: inlineDeepSpeed }),
  'deepspeed_config.gradient_clipping': key('optimizer.maxGradNorm', { when: inlineDeepSpeed }),
  'deepspeed_config.zero_stage': key('sharding.zeroStage', {
    read: (_value, around) => zeroStage(around),
    write: (to) => to,
    default: byDefault(2, PLUGINS),
    when: inlineDeepSpeed,
  }),
  'deepspeed_config.offload_optimizer_device': key('sharding.offloadOptimizer', {
    ...DEVICES,
    default: byDefault('none', PLUGINS),
    when: (around) => inlineDeepSpeed(around) && zeroStage(around) !== 0,
  }),
  'deepspeed_config.offload_param_device': key('sharding.offloadParameters', {
    ...DEVICES,
    default: byDefault('none', PLUGINS),
    when: (around) => inlineDeepSpeed(around) && zeroStage(around) === 3,
  }),

  'fsdp_config.fsdp_offload_params': [
    key('sharding.offloadParameters', { ...ON_CPU, when: usesFsdp }),
    key('sharding.offloadOptimizer', { ...ON_CPU, when: usesFsdp }),
  ],
  'fsdp_config.fsdp_reshard_after_forward': key('sharding.reshardAfterForward', { when: usesFsdp2 }),
  ...wrapClassKeys('fsdp_config.fsdp_'),
  // Off here says nothing of the trainer's own checkpointing.
  'fsdp_config.fsdp_activation_checkpointing': key('activations.checkpointing', {
    read: (value) => (value === true ? 'full' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
    when: usesFsdp,
  }),

  'parallelism_config.parallelism_config_tp_size': degree('parallel.tensor'),
  'parallelism_config.parallelism_config_cp_size': degree('parallel.context'),
  'parallelism_config.parallelism_config_sp_size': degree('parallel.ulysses'),
  'parallelism_config.parallelism_config_dp_shard_size': key('sharding.degree', {
    when: (around) =>
      usesFsdp(around) && castNumber(around.get('parallelism_config.parallelism_config_cp_size') ?? 1) === 1,
  }),
  'megatron_lm_config.megatron_lm_tp_degree': key('parallel.tensor'),
  'megatron_lm_config.megatron_lm_pp_degree': key('parallel.pipeline', { default: byDefault(1, PLUGINS) }),
  'dynamo_config.dynamo_use_regional_compilation': key('compile.scope', {
    read: (value) => (value === true ? 'layers' : undefined),
  }),
  'dynamo_config.dynamo_backend': key('compile.enabled', {
    read: (value) => typeof value === 'string' && value.toUpperCase() !== 'NO',
  }),
};

function countOf(value: unknown): number | undefined {
  const number = typeof value === 'number' || typeof value === 'string' ? castNumber(value) : undefined;
  return number !== undefined && number > 0 ? number : undefined;
}
