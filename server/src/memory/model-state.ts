import type { AwayStates } from '../plan/index.ts';
import type { Device } from './device.ts';
import type { ModelTensors } from './model-tensors.ts';
import { type OptimizerCost, optimizerCost, stateBytes, stepScratchBytes } from './optimizer-cost.ts';
import { asDealtOut, ranksOf } from './sharding/expert-ranks.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import type { CountedParameter, Parameter } from './tape/parameter.ts';
import type { Workload } from './workload.ts';

/** What outlives a step: bytes on this rank. */
export interface ModelState {
  readonly weights: number;
  readonly masterWeights: number;
  readonly optimizerStates: number;
  /** All gradients of a step, as this rank keeps them until the optimizer runs. */
  readonly gradients: number;
  /** Buffers of the communication library's making. */
  readonly buffers: number;
  /** Parameters gathered for use, beside the shards. */
  readonly gathered: number;
  /** Optimizer states that are there during its step alone. */
  readonly stepStates: number;
  /** The highest rise during the optimizer's step. */
  readonly stepScratch: number;
  /** What waits in host memory. */
  readonly host: number;
  readonly doubt: StateDoubt;
}

/** State that may be missing from the device, or take more of it, by what a config does not say. */
export interface StateDoubt {
  readonly less: number;
  readonly more: number;
}

/** nf4 and fp4: half a byte, and an fp32 scale for each block of 64, maybe quantised itself (bitsandbytes: functional.py). */
const FOUR_BIT_BYTES = { plain: 0.5 + 4 / 64, double: 0.5 + 1 / 64 + 4 / (64 * 256) } as const;
const INT8_BYTES = 1;
const SIXTEEN_BIT_BYTES = 2;

export function modelState(workload: Workload, tensors: ModelTensors): ModelState {
  const cost = optimizerCost(workload);
  const stored = tensors.counted.map((tensor) => asStored(workload, tensor));
  const trainable = stored.filter((tensor) => tensor.trainable);
  const { sharding } = workload;
  if (sharding.kind === 'zero') return zeroState(workload, sharding, { tensors, trainable, cost });
  const shards = sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2' ? sharding.degree : 1;
  const onHost = (sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2') && sharding.offload;
  const share = onHost ? 0 : 1 / shards;
  const away = sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2' ? sharding.awayStates : undefined;
  const accumulatesWhole = sumsWholeGradients(workload);
  const shared = asDealtOut(workload, trainable);
  const gradients = shared.reduce((total, parameter) => total + parameter.copies * parameterBytes(parameter), 0);
  const weights = weightBytes(workload, asDealtOut(workload, stored));
  const states = stateBytes(cost, shared);
  return {
    weights: share * weights,
    masterWeights: 0,
    optimizerStates: away === undefined ? share * states : 0,
    stepStates: away === 'between-steps' ? share * states : 0,
    gradients: accumulatesWhole
      ? wholeGradients(workload, trainable)
      : away === 'with-gradients'
        ? 0
        : share * gradients,
    host: onHost
      ? (weights + gradients + states) / shards
      : hostStateBytes(cost, trainable) + awayBytes(away, share * states, share * gradients),
    doubt: stateDoubt(workload, stored, { weights: share, states: cost.paged ? share * states : 0 }),
    buffers: sharding.kind === 'ddp' && !sharding.bucketView ? gradients : 0,
    gathered: 0,
    stepScratch:
      onHost || away === 'with-gradients'
        ? 0
        : shards > 1
          ? shardedScratch(cost, trainable, shards)
          : stepScratchBytes(cost, trainable),
  };
}

function awayBytes(away: AwayStates | undefined, states: number, gradients: number): number {
  return (away === undefined ? 0 : states) + (away === 'with-gradients' ? gradients : 0);
}

/** Whether gradients of micro-steps before the last are summed whole on every rank. */
export function sumsWholeGradients({ sharding, gradientAccumulation }: Workload): boolean {
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return false;
  return sharding.defersReduction && sharding.degree > 1 && gradientAccumulation > 1;
}

/**
 * Gradients of all but the last micro-step are summed unreduced where the trainer asks FSDP to, as accelerate does with
 * no_sync (pytorch: torch/distributed/fsdp/_fully_shard/_fsdp_param.py, unsharded_accumulated_grad, in the reduce dtype).
 */
function wholeGradients(workload: Workload, trainable: readonly CountedParameter[]): number {
  const { sharding } = workload;
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return 0;
  return trainable.reduce(
    (total, parameter) => total + parameter.copies * parameter.elements * unreducedDtypeBytes(workload, parameter),
    0,
  );
}

/** Bytes an element of a whole gradient takes: experts that no other rank shares are not reduced, so theirs stay as they come. */
export function unreducedDtypeBytes(workload: Workload, parameter: Parameter): number {
  const { sharding } = workload;
  const isReduced =
    (sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2') && ranksOf(workload, parameter, sharding.degree) > 1;
  return DTYPE_BYTES[isReduced ? sharding.reduceDtype : parameter.dtype];
}

/** FSDP computes in another dtype than it stores. */
function asStored<P extends Parameter>(workload: Workload, parameter: P): P {
  const { sharding } = workload;
  const recast = sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2';
  return recast && !parameter.adapter ? { ...parameter, dtype: workload.weights } : parameter;
}

/** The tensors one rank holds, as it stores them: shards under FSDP, none where they live on the host. */
export function residentTensors(workload: Workload, tensors: ModelTensors): readonly Parameter[] {
  const { sharding } = workload;
  const stored = tensors.sections.flat().map((tensor) => asStored(workload, tensor));
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return stored;
  if (sharding.offload) return [];
  return stored.map((tensor) => ({
    ...tensor,
    elements: tensor.elements / ranksOf(workload, tensor, sharding.degree),
  }));
}

function parameterBytes({ elements, dtype }: Parameter): number {
  return elements * DTYPE_BYTES[dtype];
}

function weightBytes(workload: Workload, parameters: readonly CountedParameter[]): number {
  return parameters.reduce((total, parameter) => total + parameter.copies * storedBytes(workload, parameter), 0);
}

/**
 * Whether what is not quantised is made fp32, as peft's prepare_model_for_kbit_training does (peft: utils/other.py). Under
 * sharded weights frameworks leave it out, since every tensor of a shard has one dtype.
 */
export function upcastsUnquantized({ quantization, upcastsUnquantized: stated, sharding }: Workload): boolean {
  if (quantization === 'none') return false;
  if (stated !== null) return stated;
  const splitsWeights =
    sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2' || (sharding.kind === 'zero' && sharding.stage === 3);
  return !splitsWeights;
}

export function storedBytes(workload: Workload, parameter: Parameter): number {
  const { quantization } = workload;
  if (quantization === 'none' || parameter.trainable) return parameterBytes(parameter);
  if (!isQuantized(workload, parameter))
    return parameter.elements * (parameter.role !== 'experts' && upcastsUnquantized(workload) ? 4 : SIXTEEN_BIT_BYTES);
  if (quantization === 'int8') return parameter.elements * INT8_BYTES;
  return parameter.elements * (workload.doubleQuantization ? FOUR_BIT_BYTES.double : FOUR_BIT_BYTES.plain);
}

function isQuantized({ quantizesExperts }: Workload, parameter: Parameter): boolean {
  return parameter.quantizable && !(parameter.role === 'experts' && quantizesExperts === false);
}

/**
 * Paged states may have left the device. Frameworks differ in whether they upcast what is not quantised to fp32, and
 * stacked experts are no linear layers, so whether they are quantised depends on the library.
 */
function stateDoubt(
  workload: Workload,
  stored: readonly CountedParameter[],
  on: { readonly weights: number; readonly states: number },
): StateDoubt {
  if (workload.quantization === 'none') return { less: on.states, more: 0 };
  const isKnown = workload.upcastsUnquantized !== null;
  let less = 0;
  let more = 0;
  for (const parameter of stored) {
    if (parameter.trainable) continue;
    const bytes = storedBytes(workload, parameter) * parameter.copies;
    const inSixteenBits = SIXTEEN_BIT_BYTES * parameter.elements * parameter.copies;
    if (parameter.role !== 'experts')
      less += isKnown ? 0 : Math.max(0, bytes - inSixteenBits) * (parameter.quantizable ? 0 : 1);
    else if (workload.quantizesExperts === null) more += inSixteenBits - bytes;
  }
  return { less: less * on.weights + on.states, more: more * on.weights };
}

/** States an optimizer keeps in host memory by itself. */
function hostStateBytes(cost: OptimizerCost, trainable: readonly CountedParameter[]): number {
  return cost.onHost ? stateBytes({ ...cost, onHost: false }, trainable) : 0;
}

/** DTensor parameters are stepped one by one (pytorch: torch/optim/optimizer.py, _foreach_supported_types). */
function shardedScratch(cost: OptimizerCost, trainable: readonly CountedParameter[], shards: number): number {
  if (cost.temporaries.kind === 'none') return 0;
  if (cost.temporaries.kind === 'largest-parameter') return stepScratchBytes(cost, trainable) / shards;
  const largest = trainable.reduce((most, parameter) => Math.max(most, parameterBytes(parameter)), 0);
  return (2 * largest) / shards;
}

interface ZeroInputs {
  readonly tensors: ModelTensors;
  readonly trainable: readonly CountedParameter[];
  readonly cost: OptimizerCost;
}

/** ZeRO: Rajbhandari et al. 2020, section 5; buckets as in DeepSpeed's runtime/zero/stage_1_and_2.py and stage3.py. */
function zeroState(
  workload: Workload,
  sharding: Extract<Workload['sharding'], { readonly kind: 'zero' }>,
  { tensors, trainable, cost }: ZeroInputs,
): ModelState {
  const { stage, degree } = sharding;
  const share = (from: number): number => (stage >= from ? 1 / degree : 1);
  const trained = elementsOf(trainable);
  const splitFrom = <P extends CountedParameter>(from: number, parameters: readonly P[]): readonly P[] =>
    stage >= from ? asDealtOut(workload, parameters) : parameters;
  const weights = weightBytes(workload, splitFrom(3, tensors.counted));
  const masters = trainable.map((parameter) =>
    sharding.master ? { ...parameter, dtype: 'fp32' as const } : parameter,
  );
  const optimizerHome = sharding.offloadOptimizer ? 0 : share(1);
  const states = stateBytes(cost, splitFrom(1, masters));
  const gradients = DTYPE_BYTES[sharding.gradientDtype] * elementsOf(splitFrom(2, trainable));
  const masterBytes = sharding.master ? 4 * elementsOf(splitFrom(1, trainable)) : 0;
  const bucketBytes = DTYPE_BYTES[workload.weights];
  const reduceBuckets = (sharding.overlap ? 2 : 1) + (sharding.contiguousGradients ? 1 : 0);
  const allgather =
    stage === 3 ? sharding.prefetchElements : Math.min(sharding.allgatherBucketElements, tensors.totalElements);
  const reduce = Math.min(sharding.reduceBucketElements, trained) * reduceBuckets;
  return {
    weights: sharding.offloadParameters ? 0 : weights * share(3),
    masterWeights: masterBytes * optimizerHome,
    optimizerStates: sharding.awayStates === undefined ? states * optimizerHome : 0,
    stepStates: sharding.awayStates === 'between-steps' ? states * optimizerHome : 0,
    gradients: gradients * (sharding.offloadOptimizer && stage >= 2 ? 0 : share(2)),
    host:
      (sharding.offloadOptimizer ? (states + masterBytes + gradients) * share(1) : 0) +
      (sharding.offloadParameters ? weights * share(3) : 0),
    doubt: stateDoubt(workload, tensors.counted, {
      weights: sharding.offloadParameters ? 0 : share(3),
      states: cost.paged ? states * optimizerHome : 0,
    }),
    buffers: stage === 0 ? 0 : (reduce + (stage === 3 ? 0 : allgather)) * bucketBytes,
    gathered: stage === 3 ? gatheredBytes(sharding, tensors, allgather) * bucketBytes : 0,
    stepScratch: sharding.offloadOptimizer ? 0 : stepScratchBytes(cost, masters) * share(1),
  };
}

function elementsOf(parameters: readonly CountedParameter[]): number {
  return parameters.reduce((total, { elements, copies }) => total + elements * copies, 0);
}

/** Stage 3 lets gathered parameters live up to a limit, but never less than the largest tensor. */
function gatheredBytes(
  sharding: Extract<Workload['sharding'], { readonly kind: 'zero' }>,
  tensors: ModelTensors,
  prefetched: number,
): number {
  const largest = tensors.counted.reduce((most, { elements }) => Math.max(most, elements), 0);
  return Math.min(tensors.totalElements, Math.max(largest, sharding.maxLiveElements) + prefetched);
}

/** Puts the lasting state on the device, one block a term. */
export function allocateState(device: Device, state: ModelState): void {
  device.allocate(state.weights, 'weights');
  device.allocate(state.masterWeights, 'master weights');
  device.allocate(state.optimizerStates, 'optimizer states');
  device.allocate(state.buffers, 'communication buffers');
  device.allocate(state.gathered, 'gathered layers');
}
