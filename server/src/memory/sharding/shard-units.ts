import { memoized } from '../memoized.ts';
import { storedBytes } from '../model-state.ts';
import { type ModelTensors, programParameters } from '../model-tensors.ts';
import { DTYPE_BYTES } from '../tape/dtype.ts';
import type { CountedParameter } from '../tape/parameter.ts';
import type { Program } from '../tape/tape.ts';
import type { ShardingWorkload, Workload } from '../workload.ts';

export type FullyShardedWorkload = Extract<ShardingWorkload, { readonly kind: 'fsdp2' | 'fsdp1' }>;

/** Bytes of one unit that is gathered as a whole: a layer, or the root with embedding, head and final norm. */
export interface Unit {
  /** Unsharded, in the compute dtype. */
  readonly gatheredBytes: number;
  /** Gradients in the reduce dtype, before reduce-scatter. */
  readonly reduceBytes: number;
  /** This rank's share of the gradients. */
  readonly shardBytes: number;
}

export interface ShardUnits {
  readonly layers: readonly Unit[];
  readonly root: Unit;
}

export interface ShardedModel {
  readonly workload: Workload;
  readonly layers: readonly Program[];
  readonly tensors: ModelTensors;
}

/** What each layer's unit takes, and what is left for the root; undefined where nothing is fully sharded. */
export function shardUnits({ workload, layers, tensors }: ShardedModel): ShardUnits | undefined {
  const { sharding } = workload;
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return undefined;
  const unitOf = memoized((program: Program) =>
    unitOfTensors(
      programParameters(program).map((one) => ({ ...one, copies: 1 })),
      workload,
      sharding,
    ),
  );
  const units = layers.map(unitOf);
  const whole = unitOfTensors(tensors.counted, workload, sharding);
  const inLayers = (part: (unit: Unit) => number): number => units.reduce((total, unit) => total + part(unit), 0);
  const root = {
    gatheredBytes: whole.gatheredBytes - inLayers((unit) => unit.gatheredBytes),
    reduceBytes: whole.reduceBytes - inLayers((unit) => unit.reduceBytes),
    shardBytes: whole.shardBytes - inLayers((unit) => unit.shardBytes),
  };
  return { layers: units, root };
}

/** What of a unit is gathered, reduced and kept. Frozen weights have no gradients, quantised ones travel as they are stored. */
function unitOfTensors(
  tensors: readonly CountedParameter[],
  workload: Workload,
  { computeDtype, reduceDtype, degree }: FullyShardedWorkload,
): Unit {
  let [gatheredBytes, reduceBytes, shardBytes] = [0, 0, 0];
  for (const tensor of tensors) {
    const elements = tensor.elements * tensor.copies;
    const isPacked = workload.quantization !== 'none' && tensor.quantizable && !tensor.trainable;
    gatheredBytes += isPacked ? storedBytes(workload, tensor) * tensor.copies : elements * DTYPE_BYTES[computeDtype];
    if (!tensor.trainable) continue;
    reduceBytes += elements * DTYPE_BYTES[reduceDtype];
    shardBytes += (elements * DTYPE_BYTES[workload.lora === null ? workload.weights : tensor.dtype]) / degree;
  }
  return { gatheredBytes, reduceBytes, shardBytes };
}
