import type { Device } from './device.ts';
import type { ModelTensors } from './model-tensors.ts';
import { type OptimizerCost, optimizerCost, stateBytes, stepScratchBytes } from './optimizer-cost.ts';
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
  /** The highest rise during the optimizer's step. */
  readonly stepScratch: number;
}

/** nf4 and fp4: half a byte, and an fp32 scale for each block of 64, itself quantised (bitsandbytes: functional.py). */
const FOUR_BIT_BYTES = 0.516;
const INT8_BYTES = 1;

export function modelState(workload: Workload, tensors: ModelTensors): ModelState {
  const cost = optimizerCost(workload.optimizer);
  const stored = tensors.counted.map((tensor) => asStored(workload, tensor));
  const trainable = stored.filter((tensor) => tensor.trainable);
  const { sharding } = workload;
  if (sharding.kind === 'zero') return zeroState(workload, sharding, { tensors, trainable, cost });
  const shards = sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2' ? sharding.degree : 1;
  const onHost = (sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2') && sharding.offload;
  const share = onHost ? 0 : 1 / shards;
  const gradients = trainable.reduce((total, parameter) => total + parameter.copies * parameterBytes(parameter), 0);
  return {
    weights: share * weightBytes(workload, stored),
    masterWeights: 0,
    optimizerStates: share * stateBytes(cost, trainable),
    gradients: share * gradients,
    buffers: sharding.kind === 'ddp' && !sharding.bucketView ? gradients : 0,
    gathered: 0,
    stepScratch: onHost ? 0 : shards > 1 ? shardedScratch(cost, trainable, shards) : stepScratchBytes(cost, trainable),
  };
}

/** FSDP computes in another dtype than it stores. */
function asStored<P extends Parameter>(workload: Workload, parameter: P): P {
  const { sharding } = workload;
  const recast = sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2';
  const isAdapter = workload.lora !== null && parameter.trainable;
  return recast && !isAdapter ? { ...parameter, dtype: workload.weights } : parameter;
}

/** The tensors one rank holds, as it stores them: shards under FSDP, none where they live on the host. */
export function residentTensors(workload: Workload, tensors: ModelTensors): readonly Parameter[] {
  const { sharding } = workload;
  const stored = tensors.sections.flat().map((tensor) => asStored(workload, tensor));
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return stored;
  if (sharding.offload) return [];
  return stored.map((tensor) => ({ ...tensor, elements: tensor.elements / sharding.degree }));
}

function parameterBytes({ elements, dtype }: Parameter): number {
  return elements * DTYPE_BYTES[dtype];
}

function weightBytes(workload: Workload, parameters: readonly CountedParameter[]): number {
  return parameters.reduce((total, parameter) => total + parameter.copies * storedBytes(workload, parameter), 0);
}

/** Under quantisation peft keeps what is not quantised in fp32 (peft: utils/other.py, prepare_model_for_kbit_training). */
export function storedBytes({ quantization }: Workload, parameter: Parameter): number {
  if (quantization === 'none' || parameter.trainable) return parameterBytes(parameter);
  if (!parameter.quantizable) return parameter.elements * 4;
  return parameter.elements * (quantization === 'int8' ? INT8_BYTES : FOUR_BIT_BYTES);
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
  const trained = trainable.reduce((total, { elements, copies }) => total + elements * copies, 0);
  const weights = weightBytes(workload, tensors.counted);
  const masters = trainable.map((parameter) =>
    sharding.master ? { ...parameter, dtype: 'fp32' as const } : parameter,
  );
  const optimizerHome = sharding.offloadOptimizer ? 0 : share(1);
  const bucketBytes = DTYPE_BYTES[workload.weights];
  const reduceBuckets = (sharding.overlap ? 2 : 1) + (sharding.contiguousGradients ? 1 : 0);
  const allgather =
    stage === 3 ? sharding.prefetchElements : Math.min(sharding.allgatherBucketElements, tensors.totalElements);
  const reduce = Math.min(sharding.reduceBucketElements, trained) * reduceBuckets;
  return {
    weights: sharding.offloadParameters ? 0 : weights * share(3),
    masterWeights: sharding.master ? 4 * trained * optimizerHome : 0,
    optimizerStates: stateBytes(cost, masters) * optimizerHome,
    gradients: DTYPE_BYTES[sharding.gradientDtype] * trained * (sharding.offloadOptimizer && stage >= 2 ? 0 : share(2)),
    buffers: stage === 0 ? 0 : (reduce + (stage === 3 ? 0 : allgather)) * bucketBytes,
    gathered: stage === 3 ? gatheredBytes(sharding, tensors, allgather) * bucketBytes : 0,
    stepScratch: sharding.offloadOptimizer ? 0 : stepScratchBytes(cost, masters) * share(1),
  };
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
