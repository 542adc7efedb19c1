import { countParameters, findGpu, findModel, shapeOf } from '../facts/index.ts';
import type { FieldName, Resident, TrainingPlan } from '../plan/index.ts';
import type { Workload } from './workload.ts';

export type ResidentReading =
  | {
      readonly known: true;
      readonly bytes: { readonly otherModels: number; readonly rolloutEngine: number };
      readonly assumptions: readonly string[];
    }
  | { readonly known: false; readonly missing: readonly FieldName[]; readonly reason?: string };

/** Bytes of a frozen weight by its storage; block scales included (bitsandbytes: 4 bytes a block of 64, halved by double quantisation). */
const WEIGHT_BYTES = { none: 2, nf4: 0.516, fp4: 0.563, int8: 1, int4: 0.53, fp8: 1, mxfp4: 0.532 } as const;

/** Trained residents (a critic) hold weights, gradients and Adam's two moments; frozen ones weights alone. */
const TRAINED_COPIES = 4;

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
    otherModels += (parameters * bytesPerWeight(resident, workload)) / shards(workload);
  }
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

function bytesPerWeight(resident: Resident, workload: Workload): number {
  const quantization = resident.quantization?.value ?? 'none';
  const dtype = resident.dtype?.value ?? workload.weights;
  const bytes = quantization === 'none' ? (dtype === 'fp32' ? 4 : WEIGHT_BYTES.none) : WEIGHT_BYTES[quantization];
  return resident.trainable ? bytes * TRAINED_COPIES : bytes;
}

/** Fully sharded engines shard the other models as they do the trained one. */
function shards({ sharding }: Workload): number {
  if (sharding.kind === 'fsdp1' || sharding.kind === 'fsdp2') return sharding.degree;
  return sharding.kind === 'zero' && sharding.stage === 3 ? sharding.degree : 1;
}
