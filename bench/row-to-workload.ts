import { findModel, findVisionModel, type ModelShape } from '../server/src/facts/index.ts';
import { imageShape } from '../server/src/memory/index.ts';
import type { Workload } from '../server/src/memory/workload.ts';

/** One line of a measurements file. Fields that a harness has no use for are absent or null. */
export interface MeasuredRow {
  readonly id: string;
  readonly harness: string;
  readonly model: string;
  readonly task: string;
  readonly method: 'full' | 'lora';
  readonly lora?: {
    readonly r: number;
    readonly target: 'all-linear' | readonly string[];
    readonly dropout: number;
  } | null;
  readonly weightsDtype: 'fp32' | 'bf16' | 'fp16';
  readonly autocast: 'bf16' | 'fp16' | null;
  readonly computeDtype?: 'fp32' | 'bf16' | 'fp16';
  readonly reduceDtype?: 'fp32' | 'bf16' | 'fp16';
  readonly optimizer: string;
  readonly microBatch: number;
  readonly gradientAccumulation: number;
  readonly sequenceLength?: number;
  readonly targetLength?: number | null;
  readonly imageSize?: number;
  readonly attention?: 'sdpa' | 'eager';
  readonly gradientCheckpointing: boolean;
  readonly maxGradNorm?: number;
  readonly labelSmoothing?: number;
  readonly dataParallelShards?: number;
  readonly reshardAfterForward?: boolean;
  readonly allocatorCapBytes?: number;
  readonly measured: {
    readonly outOfMemory: boolean;
    readonly params?: number;
    readonly peakAllocatedBytes?: number;
    readonly peakReservedBytes?: number;
  };
}

/** The row as the memory engine sees it; undefined where the catalogue lacks the model. */
export function rowToWorkload(row: MeasuredRow): Workload | undefined {
  const shape = shapeOfRow(row);
  if (shape === undefined) return undefined;
  return {
    shape,
    task: taskOf(row),
    weights: row.weightsDtype,
    autocast: row.autocast,
    lora: loraOf(row),
    quantization: 'none',
    optimizer: row.harness === 'timm-loop' && row.optimizer === 'sgd' ? 'sgd_momentum' : optimizerOf(row),
    microBatch: row.microBatch,
    gradientAccumulation: row.gradientAccumulation,
    sequenceLength: row.sequenceLength ?? 0,
    targetLength: row.targetLength ?? null,
    imageSize: row.imageSize ?? null,
    labels: null,
    attention: row.attention ?? 'sdpa',
    checkpointing: row.gradientCheckpointing ? 'full' : 'none',
    activationOffload: false,
    maxGradNorm: row.maxGradNorm ?? 0,
    labelSmoothing: row.labelSmoothing ?? 0,
    loss: { kernel: 'plain', chunks: null },
    fusedLayers: false,
    optimizerInBackward: false,
    sharding: shardingOf(row),
    tensorParallel: 1,
    sequenceParallel: false,
    contextParallel: 1,
    pipeline: { stages: 1, microBatches: 1, virtualChunks: 1 },
    expertParallel: 1,
  };
}

function shapeOfRow(row: MeasuredRow): ModelShape | undefined {
  if (row.harness !== 'timm-loop') return findModel(row.model)?.shape;
  const facts = findVisionModel(row.model, row.imageSize);
  return facts === undefined ? undefined : imageShape(facts);
}

function taskOf(row: MeasuredRow): Workload['task'] {
  if (row.task === 'mlm') return 'masked-lm';
  if (row.task === 'classification' || row.task === 'seq2seq-lm' || row.task === 'image') return row.task;
  return 'causal-lm';
}

function loraOf(row: MeasuredRow): Workload['lora'] {
  if (row.lora === undefined || row.lora === null) return null;
  const { r, target, dropout } = row.lora;
  return { rank: r, targets: target, dropout, dtype: 'fp32', dora: false };
}

/** The timm loop's adamw is torch's own default, which is foreach. */
function optimizerOf(row: MeasuredRow): string {
  return row.optimizer === 'adamw' ? 'adamw_torch' : row.optimizer;
}

function shardingOf(row: MeasuredRow): Workload['sharding'] {
  if (row.dataParallelShards === undefined) return { kind: 'none' };
  return {
    kind: 'fsdp2',
    degree: row.dataParallelShards,
    reshardAfterForward: row.reshardAfterForward ?? true,
    computeDtype: row.computeDtype ?? 'bf16',
    reduceDtype: row.reduceDtype ?? 'fp32',
    offload: false,
  };
}
