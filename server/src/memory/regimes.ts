import type { Regime } from './types.ts';
import type { Workload } from './workload.ts';

/** How sure an estimate of a kind of run is: multipliers on the allocated peak (with the library workspace). */
export interface RegimeRow extends Regime {
  /** Device use expected over allocated: the allocator's unused rests. Checkpointing leaves more of them. */
  readonly reserved: { readonly plain: number; readonly checkpointed: number };
  readonly low: number;
  readonly high: number;
}

const MEASURED_FACTORS = { reserved: { plain: 1.03, checkpointed: 1.05 }, low: 1.0, high: 1.08 } as const;

/** Regimes by what was measured. The factors are read off the allocator's behaviour in bench/data (docs/memory-accuracy.md). */
export const REGIMES = {
  single: {
    id: 'single-gpu',
    checked: 'measured',
    note: 'Measured within 2% of the allocated peak on one H100.',
    ...MEASURED_FACTORS,
  },
  fsdp2: {
    id: 'fsdp2',
    checked: 'measured',
    note: 'Measured within 3% of the allocated peak, without NCCL’s buffers.',
    reserved: { plain: 1.1, checkpointed: 1.15 },
    low: 1.0,
    high: 1.3,
  },
  ddp: {
    id: 'ddp',
    checked: 'unchecked',
    note: 'Data-parallel buckets are derived, not measured.',
    reserved: { plain: 1.04, checkpointed: 1.06 },
    low: 0.98,
    high: 1.12,
  },
  fsdp1: {
    id: 'fsdp1',
    checked: 'unchecked',
    note: 'Reckoned as FSDP2; FSDP1 itself was not measured.',
    reserved: { plain: 1.1, checkpointed: 1.15 },
    low: 0.97,
    high: 1.35,
  },
  zero: {
    id: 'deepspeed-zero',
    checked: 'unchecked',
    note: 'DeepSpeed’s partitions and buffers are derived, not measured.',
    reserved: { plain: 1.08, checkpointed: 1.12 },
    low: 0.93,
    high: 1.3,
  },
  parallel: {
    id: 'model-parallel',
    checked: 'unchecked',
    note: 'Tensor, pipeline and context parallelism are derived, not measured.',
    reserved: { plain: 1.08, checkpointed: 1.12 },
    low: 0.9,
    high: 1.35,
  },
  quantized: {
    id: 'quantized-base',
    checked: 'unchecked',
    note: 'Quantised base weights are derived, not measured.',
    reserved: { plain: 1.06, checkpointed: 1.1 },
    low: 0.93,
    high: 1.25,
  },
  nearest: {
    id: 'nearest-architecture',
    checked: 'unchecked',
    note: 'Reckoned with the program of the most similar architecture.',
    reserved: { plain: 1.06, checkpointed: 1.1 },
    low: 0.9,
    high: 1.25,
  },
  method: {
    id: 'derived-method',
    checked: 'unchecked',
    note: 'A fused loss, fused layers or offloading is derived, not measured.',
    reserved: { plain: 1.06, checkpointed: 1.1 },
    low: 0.92,
    high: 1.25,
  },
} as const satisfies Record<string, RegimeRow>;

/** The regime of a workload: the least certain of all that apply. */
export function regimeOf(workload: Workload, program: 'exact' | 'nearest'): RegimeRow {
  const applying: RegimeRow[] = [shardingRegime(workload)];
  if (program === 'nearest') applying.push(REGIMES.nearest);
  if (workload.quantization !== 'none') applying.push(REGIMES.quantized);
  const isSplit =
    workload.tensorParallel * workload.contextParallel * workload.pipeline.stages * workload.expertParallel > 1;
  if (isSplit) applying.push(REGIMES.parallel);
  const derived =
    workload.loss.kernel !== 'plain' ||
    workload.fusedLayers ||
    workload.activationOffload ||
    workload.checkpointing === 'selective' ||
    workload.lora?.dora === true;
  if (derived) applying.push(REGIMES.method);
  return applying.reduce((worst, row) => (row.high - row.low > worst.high - worst.low ? row : worst));
}

function shardingRegime({ sharding }: Workload): RegimeRow {
  switch (sharding.kind) {
    case 'none':
      return REGIMES.single;
    case 'ddp':
    case 'fsdp1':
    case 'fsdp2':
    case 'zero':
      return REGIMES[sharding.kind];
    default:
      return sharding satisfies never;
  }
}
