import { memoized } from '../memoized.ts';
import { storedBytes } from '../model-state.ts';
import { type ModelTensors, programParameters } from '../model-tensors.ts';
import { DTYPE_BYTES } from '../tape/dtype.ts';
import type { Parameter } from '../tape/parameter.ts';
import type { Program } from '../tape/tape.ts';
import type { ShardingWorkload, Workload } from '../workload.ts';
import { ranksOf } from './expert-ranks.ts';

export type FullyShardedWorkload = Extract<ShardingWorkload, { readonly kind: 'fsdp2' | 'fsdp1' }>;

/** What is gathered as a whole: a layer, or the root with embedding, head and final norm. */
export interface Unit {
  /** Each tensor unsharded, in the compute dtype. */
  readonly tensorBytes: readonly number[];
  readonly gatheredBytes: number;
  /** This rank's share of each tensor, as it is stored. */
  readonly storedBytes: readonly number[];
  /** The same in the compute dtype where that is another, else 0: it travels as it is stored. */
  readonly castBytes: readonly number[];
  readonly allCastBytes: number;
  /** Gradients in the reduce dtype, before reduce-scatter. */
  readonly reduceBytes: number;
  /** This rank's share of the gradients. */
  readonly shardBytes: number;
}

export interface ShardUnits {
  readonly layers: readonly Unit[];
  readonly root: Unit;
}

interface ShardedModel {
  readonly workload: Workload;
  readonly layers: readonly Program[];
  readonly tensors: ModelTensors;
}

/** What each layer's unit takes, and what is left for the root; undefined where nothing is fully sharded. */
export function shardUnits({ workload, layers, tensors }: ShardedModel): ShardUnits | undefined {
  const { sharding } = workload;
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return undefined;
  const share = tensors.unnamed.map((tensor) => ({ ...tensor, elements: tensor.elements / layers.length }));
  const unitOf = memoized((program: Program) =>
    unitOfTensors([...programParameters(program), ...share], workload, sharding),
  );
  const inLayers = new Set([...[...new Set(layers)].flatMap(programParameters), ...tensors.unnamed]);
  const rest = tensors.sections.flat().filter((tensor) => !inLayers.has(tensor));
  return { layers: layers.map(unitOf), root: unitOfTensors(rest, workload, sharding) };
}

/** Frozen weights have no gradients, quantised ones travel as they are stored. */
function unitOfTensors(
  tensors: readonly Parameter[],
  workload: Workload,
  { computeDtype, reduceDtype, degree }: FullyShardedWorkload,
): Unit {
  const tensorBytes: number[] = [];
  const shares: number[] = [];
  const castBytes: number[] = [];
  let [reduceBytes, shardBytes] = [0, 0];
  for (const tensor of tensors) {
    const stored = storedDtype(workload, tensor);
    const ranks = ranksOf(workload, tensor, degree);
    // Experts that no other rank shares are not wrapped: they lie where they are, and so do their gradients.
    if (ranks === 1 && degree > 1) {
      if (tensor.trainable) shardBytes += tensor.elements * DTYPE_BYTES[stored];
      continue;
    }
    const isPacked = workload.quantization !== 'none' && tensor.quantizable && !tensor.trainable;
    const wholeBytes = isPacked ? storedBytes(workload, tensor) : tensor.elements * DTYPE_BYTES[computeDtype];
    tensorBytes.push(wholeBytes);
    shares.push((isPacked ? wholeBytes : tensor.elements * DTYPE_BYTES[stored]) / ranks);
    castBytes.push(!isPacked && stored !== computeDtype ? wholeBytes / ranks : 0);
    if (!tensor.trainable) continue;
    reduceBytes += tensor.elements * DTYPE_BYTES[reduceDtype];
    shardBytes += (tensor.elements * DTYPE_BYTES[stored]) / ranks;
  }
  return {
    tensorBytes,
    gatheredBytes: sum(tensorBytes),
    storedBytes: shares,
    castBytes,
    allCastBytes: sum(castBytes),
    reduceBytes,
    shardBytes,
  };
}

/** Layers compute in another dtype than their shards are stored in; an adapter keeps its own. */
function storedDtype({ weights, lora }: Workload, { trainable, dtype }: Parameter): Parameter['dtype'] {
  return lora !== null && trainable ? dtype : weights;
}

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, one) => total + one, 0);
}
