import { countParameters, findGpu, findModel, shapeOf } from '../facts/index.ts';
import type { FieldName, Resident, TrainingPlan } from '../plan/index.ts';
import { floatDtype } from './from-plan/plan-to-dtype.ts';
import { optimizerCost, stateBytes } from './optimizer-cost.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import { matrix } from './tape/parameter.ts';
import type { Workload } from './workload.ts';

export interface ResidentBytes {
  /** Inside torch's allocator. */
  readonly otherModels: number;
  readonly rolloutEngine: number;
}

export type ResidentReading =
  | { readonly known: true; readonly bytes: ResidentBytes; readonly assumptions: readonly string[] }
  | { readonly known: false; readonly missing: readonly FieldName[]; readonly reason?: string };

/** Bytes of a frozen weight by its storage; block scales included (bitsandbytes: 4 bytes a block of 64, halved by double quantisation). */
const WEIGHT_BYTES = { none: 2, nf4: 0.516, fp4: 0.563, int8: 1, int4: 0.53, fp8: 1, mxfp4: 0.532 } as const;

/** Memory of the models and engines that share the GPU with the trained model. */
export function residentMemory(plan: TrainingPlan, workload: Workload): ResidentReading {
  let otherModels = 0;
  let rolloutEngine = 0;
  const assumptions: string[] = [];
  for (const resident of plan.residents) {
    if (resident.offload !== undefined && resident.offload.value !== 'none') continue;
    if (resident.role === 'rollout-engine') {
      const bytes = rolloutBytes(resident, plan);
      if (bytes === undefined) return { known: false, missing: ['hardware.gpu'] };
      rolloutEngine += bytes;
      continue;
    }
    const parameters = parametersOf(resident, plan);
    if (parameters === undefined) {
      assumptions.push(`The ${resident.role} model’s size is not known and not counted.`);
      continue;
    }
    otherModels += resident.trainable
      ? trainedBytes(parameters, dtypeOf(resident, workload), workload)
      : frozenBytes(parameters, resident, workload) / spreadOf(resident, plan);
  }
  otherModels += averageBytes(plan, workload);
  return { known: true, bytes: { otherModels, rolloutEngine }, assumptions };
}

/** A serving engine reserves its share of the whole device at start (vllm: gpu_memory_utilization). */
function rolloutBytes(resident: Resident, plan: TrainingPlan): number | undefined {
  const share = resident.memoryShare?.value;
  if (share === undefined) return 0;
  const gpu = plan.values['hardware.gpu']?.value;
  const total = gpu === undefined ? undefined : findGpu(gpu)?.totalBytes;
  return total === undefined ? undefined : share * total;
}

function parametersOf(resident: Resident, plan: TrainingPlan): number | undefined {
  if (resident.model !== undefined) return findModel(resident.model.value)?.totalParameters;
  const shape = shapeOf(plan);
  return shape === undefined
    ? undefined
    : (countParameters(shape)?.total ?? plan.values['model.parameterCount']?.value);
}

function dtypeOf(resident: Resident, workload: Workload): Workload['weights'] {
  return resident.dtype === undefined ? workload.weights : floatDtype(resident.dtype.value);
}

/** Weights alone, in one piece unless the trained model's are split. */
function frozenBytes(parameters: number, resident: Resident, workload: Workload): number {
  const quantization = resident.quantization?.value ?? 'none';
  const dtype = dtypeOf(resident, workload);
  const bytes = quantization === 'none' ? (dtype === 'fp32' ? 4 : WEIGHT_BYTES.none) : WEIGHT_BYTES[quantization];
  const ways = resident.tensorParallel?.value ?? modelSplit(workload);
  return (parameters * bytes * weightShare(workload)) / ways;
}

/** GPUs over which a resident's layers are laid out one after another. */
function spreadOf({ overDevices }: Resident, plan: TrainingPlan): number {
  return overDevices?.value === true ? (plan.values['parallel.world']?.value ?? 1) : 1;
}

/** A critic: weights, gradients and optimizer states, split as the trained model's are. */
function trainedBytes(parameters: number, dtype: Workload['weights'], workload: Workload): number {
  const lump = { ...matrix({ rows: 1, cols: parameters, dtype, trainable: true, role: 'hidden' }), copies: 1 };
  const { sharding } = workload;
  const hasMaster = sharding.kind === 'zero' && sharding.master;
  const stepped = hasMaster ? { ...lump, dtype: 'fp32' as const } : lump;
  const states = stateBytes(optimizerCost(workload), [stepped]) + (hasMaster ? 4 * parameters : 0);
  const weights = parameters * DTYPE_BYTES[dtype];
  const split = weights * weightShare(workload) + weights * gradientShare(workload) + states * stateShare(workload);
  return split / modelSplit(workload);
}

/** A moving average of the trained weights, in their dtype and on every rank (timm: utils/model_ema.py; diffusers: training_utils.py). */
function averageBytes(plan: TrainingPlan, workload: Workload): number {
  const decay = plan.values['optimizer.emaDecay']?.value;
  if (decay === undefined || decay <= 0 || plan.residents.some(({ role }) => role === 'ema')) return 0;
  const shape = shapeOf(plan);
  const counted = shape === undefined ? undefined : countParameters(shape)?.total;
  const parameters = counted ?? plan.values['model.parameterCount']?.value ?? 0;
  return (parameters * DTYPE_BYTES[workload.weights] * weightShare(workload)) / modelSplit(workload);
}

function modelSplit({ tensorParallel, pipeline }: Workload): number {
  return tensorParallel * pipeline.stages;
}

/** Fully sharded engines shard the other models as they do the trained one. */
function weightShare({ sharding }: Workload): number {
  if (sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2') return sharding.offload ? 0 : 1 / sharding.degree;
  if (sharding.kind !== 'zero' || sharding.stage < 3) return 1;
  return sharding.offloadParameters ? 0 : 1 / sharding.degree;
}

function gradientShare(workload: Workload): number {
  const { sharding } = workload;
  if (sharding.kind !== 'zero') return weightShare(workload);
  if (sharding.stage < 2) return 1;
  return sharding.offloadOptimizer ? 0 : 1 / sharding.degree;
}

function stateShare(workload: Workload): number {
  const { sharding } = workload;
  if (sharding.kind !== 'zero') return weightShare(workload);
  if (sharding.offloadOptimizer) return 0;
  return sharding.stage === 0 ? 1 : 1 / sharding.degree;
}
