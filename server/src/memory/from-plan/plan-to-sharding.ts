import type { AwayStates, FieldName, PlanValues } from '../../plan/index.ts';
import type { ShardingWorkload } from '../workload.ts';
import { floatDtype } from './plan-to-dtype.ts';

export type ShardingReading =
  | { readonly known: true; readonly sharding: ShardingWorkload; readonly assumptions: readonly string[] }
  | { readonly known: false; readonly missing: readonly FieldName[] };

/** DeepSpeed's own buffer sizes, in elements (deepspeed: deepspeed/runtime/zero/config.py). */
const DEEPSPEED_DEFAULTS = {
  reduceBucketElements: 5e8,
  allgatherBucketElements: 5e8,
  prefetchElements: 5e7,
  maxLiveElements: 1e9,
} as const;

/** How model states are split over data-parallel ranks, from the plan's sharding and parallel fields. */
export function shardingOf(values: PlanValues): ShardingReading {
  const engine = values['sharding.engine']?.value;
  const ranks = dataRanks(values);
  switch (engine) {
    case undefined:
    case 'none':
    case 'ddp':
      return plainDataParallel(ranks, values);
    case 'fsdp1':
    case 'fsdp2':
      return fullySharded(engine, ranks, values);
    case 'deepspeed':
      return zero(values['sharding.degree']?.value ?? ranks, values);
    case 'jax':
      return jaxSharding(ranks, values);
    case 'megatron':
      return engineSharding(engine, values['sharding.degree']?.value ?? ranks, values);
    default:
      return engine satisfies never;
  }
}

/** Ranks over which data parallelism shards: a sequence split by all-to-all shares the states as well. */
function dataRanks(values: PlanValues): number | undefined {
  const data = values['parallel.data']?.value;
  if (data === undefined) return undefined;
  return data * (values['parallel.context']?.value ?? 1) * (values['parallel.ulysses']?.value ?? 1);
}

function plainDataParallel(ranks: number | undefined, values: PlanValues): ShardingReading {
  if (ranks === undefined && values['sharding.engine']?.value !== 'ddp') {
    return {
      known: true,
      sharding: { kind: 'none' },
      assumptions: ['The number of GPUs is not known: counted as one.'],
    };
  }
  if (ranks === 1) return { known: true, sharding: { kind: 'none' }, assumptions: [] };
  return { known: true, sharding: { kind: 'ddp', bucketView: false }, assumptions: [] };
}

function fullySharded(kind: 'fsdp1' | 'fsdp2', ranks: number | undefined, values: PlanValues): ShardingReading {
  const degree = values['sharding.degree']?.value ?? ranks;
  if (degree === undefined) return { known: false, missing: ['parallel.world'] };
  const compute = floatDtype(values['precision.compute']?.value);
  return {
    known: true,
    assumptions: [],
    sharding: {
      kind,
      engine: 'torch',
      degree,
      replicated: ranks !== undefined && ranks > degree,
      reshardAfterForward: values['sharding.reshardAfterForward']?.value ?? true,
      defersReduction: values['sharding.defersReduction']?.value ?? true,
      computeDtype: compute,
      reduceDtype: floatDtype(values['precision.reduce']?.value ?? compute),
      offload: (values['sharding.offloadParameters']?.value ?? 'none') !== 'none',
      ...awayStatesOf(values),
    },
  };
}

function awayStatesOf(values: PlanValues): { readonly awayStates?: AwayStates } {
  const awayStates = values['sharding.awayStates']?.value;
  return awayStates === undefined ? {} : { awayStates };
}

function zero(degree: number | undefined, values: PlanValues): ShardingReading {
  const stage = values['sharding.zeroStage']?.value;
  if (stage === undefined) return { known: false, missing: ['sharding.zeroStage'] };
  if (stage > 0 && degree === undefined) return { known: false, missing: ['parallel.world'] };
  const number = (
    field:
      | 'sharding.reduceBucketElements'
      | 'sharding.allgatherBucketElements'
      | 'sharding.prefetchElements'
      | 'sharding.maxLiveElements',
    usual: number,
  ): number => values[field]?.value ?? usual;
  return {
    known: true,
    assumptions: degree === undefined ? ['The number of GPUs is not known: counted as one.'] : [],
    sharding: {
      kind: 'zero',
      engine: 'deepspeed',
      stage,
      degree: degree ?? 1,
      master: values['precision.master']?.value === 'fp32',
      gradientDtype: floatDtype(values['precision.gradients']?.value ?? values['precision.weights']?.value),
      reduceBucketElements: number('sharding.reduceBucketElements', DEEPSPEED_DEFAULTS.reduceBucketElements),
      allgatherBucketElements: number('sharding.allgatherBucketElements', DEEPSPEED_DEFAULTS.allgatherBucketElements),
      overlap: values['sharding.overlap']?.value ?? stage === 3,
      contiguousGradients: true,
      prefetchElements: number('sharding.prefetchElements', DEEPSPEED_DEFAULTS.prefetchElements),
      maxLiveElements: number('sharding.maxLiveElements', DEEPSPEED_DEFAULTS.maxLiveElements),
      offloadOptimizer: (values['sharding.offloadOptimizer']?.value ?? 'none') !== 'none',
      offloadParameters: (values['sharding.offloadParameters']?.value ?? 'none') !== 'none',
    },
  };
}

/**
 * Weights split over an axis of the mesh are gathered layer by layer in the dtype that computes, and each micro-step's
 * gradients are split as they come (MaxText: src/MaxText/configs/base.yml, ici_fsdp_parallelism; levanter:
 * src/levanter/trainer.py, fsdp_axis).
 */
function jaxSharding(ranks: number | undefined, values: PlanValues): ShardingReading {
  const stage = values['sharding.zeroStage']?.value ?? 3;
  const degree = values['sharding.degree']?.value ?? ranks;
  if (stage < 3 || degree === 1) return engineSharding('jax', degree, values);
  const reading = fullySharded('fsdp2', ranks, values);
  if (!reading.known || reading.sharding.kind !== 'fsdp2') return reading;
  return { ...reading, sharding: { ...reading.sharding, engine: 'jax', defersReduction: false } };
}

/** Megatron's distributed optimizer and JAX's sharded states split what ZeRO's stages split, without DeepSpeed's buffers. */
function engineSharding(engine: 'megatron' | 'jax', degree: number | undefined, values: PlanValues): ShardingReading {
  const stage = values['sharding.zeroStage']?.value ?? (engine === 'jax' ? 3 : 0);
  if (stage > 0 && degree === undefined) return { known: false, missing: ['parallel.world'] };
  return {
    known: true,
    assumptions: degree === undefined ? ['The number of GPUs is not known: counted as one.'] : [],
    sharding: {
      kind: 'zero',
      engine,
      stage,
      degree: degree ?? 1,
      master: values['precision.master']?.value === 'fp32',
      gradientDtype: floatDtype(values['precision.gradients']?.value ?? values['precision.weights']?.value),
      reduceBucketElements: 0,
      allgatherBucketElements: 0,
      overlap: false,
      contiguousGradients: true,
      prefetchElements: 0,
      maxLiveElements: 0,
      offloadOptimizer: (values['sharding.offloadOptimizer']?.value ?? 'none') !== 'none',
      offloadParameters: false,
      ...awayStatesOf(values),
    },
  };
}
