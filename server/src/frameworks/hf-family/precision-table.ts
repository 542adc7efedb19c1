import type { ShardingEngine, TensorDtype } from '../../plan/index.ts';

/** Mixed precision as the launcher, `bf16`/`fp16` or the DeepSpeed config asks for it. */
export type MixedPrecision = 'off' | 'bf16' | 'fp16';

/** Which dtypes a run holds, by what shards it and the mixed precision asked for. */
export interface PrecisionRow {
  readonly engines: readonly ShardingEngine[];
  readonly mixed: MixedPrecision;
  /** Dtype trained weights are stored in; `loaded`: as the checkpoint was loaded. */
  readonly weights: TensorDtype | 'loaded';
  /** Dtype frozen weights (under an adapter) are stored in. */
  readonly frozen: TensorDtype | 'loaded';
  readonly compute: TensorDtype | 'loaded';
  readonly autocast: TensorDtype | 'off';
  readonly master: 'fp32' | 'none';
  /** `weights`: the dtype trained weights are stored in. */
  readonly gradients: TensorDtype | 'weights';
  readonly reduce: TensorDtype | 'weights';
  readonly lossScaling: boolean;
  /** In words, for hovers. */
  readonly how: string;
  readonly cite: string;
}

const ACCELERATOR = 'accelerate: src/accelerate/accelerator.py (prepare_model)';
const FSDP1 =
  'accelerate: src/accelerate/accelerator.py (prepare_model), src/accelerate/utils/dataclasses.py (set_mixed_precision)';
const FSDP2 =
  'accelerate: src/accelerate/utils/fsdp_utils.py (fsdp2_prepare_model), src/accelerate/utils/dataclasses.py (set_mixed_precision)';
const DEEPSPEED = 'deepspeed: deepspeed/runtime/engine.py (get_data_types, communication_data_type)';

const AS_LOADED = {
  weights: 'loaded',
  frozen: 'loaded',
  compute: 'loaded',
  autocast: 'off',
  master: 'none',
  gradients: 'weights',
  reduce: 'weights',
  lossScaling: false,
} as const;

/**
 * The Hugging Face stack: Trainer, TRL, Accelerate and what is built on them.
 * Mixed precision there is autocast and never copies the weights, except that FSDP makes trained weights fp32
 * and DeepSpeed keeps its own fp32 master.
 */
export const PRECISION_TABLE: readonly PrecisionRow[] = [
  {
    ...AS_LOADED,
    engines: ['none', 'ddp', 'fsdp1', 'fsdp2', 'deepspeed'],
    mixed: 'off',
    how: 'no mixed precision: everything has the dtype the model was loaded in',
    cite: ACCELERATOR,
  },
  {
    ...AS_LOADED,
    engines: ['none', 'ddp'],
    mixed: 'bf16',
    compute: 'bf16',
    autocast: 'bf16',
    how: 'bf16 autocast over weights kept as loaded, without a master copy',
    cite: ACCELERATOR,
  },
  {
    ...AS_LOADED,
    engines: ['none', 'ddp'],
    mixed: 'fp16',
    compute: 'fp16',
    autocast: 'fp16',
    lossScaling: true,
    how: 'fp16 autocast with loss scaling over weights kept as loaded, without a master copy',
    cite: ACCELERATOR,
  },
  {
    engines: ['fsdp1'],
    mixed: 'bf16',
    weights: 'fp32',
    frozen: 'loaded',
    compute: 'bf16',
    autocast: 'bf16',
    master: 'none',
    gradients: 'fp32',
    reduce: 'bf16',
    lossScaling: false,
    how: 'FSDP with mixed precision: trained shards are made fp32, gathered and reduced in bf16',
    cite: FSDP1,
  },
  {
    engines: ['fsdp2'],
    mixed: 'bf16',
    weights: 'fp32',
    frozen: 'loaded',
    compute: 'bf16',
    autocast: 'bf16',
    master: 'none',
    gradients: 'fp32',
    reduce: 'bf16',
    lossScaling: false,
    how: 'FSDP2 with mixed precision: trained shards are made fp32, gathered and reduced in bf16',
    cite: FSDP2,
  },
  {
    engines: ['fsdp1', 'fsdp2'],
    mixed: 'fp16',
    weights: 'fp32',
    frozen: 'loaded',
    compute: 'fp16',
    autocast: 'fp16',
    master: 'none',
    gradients: 'fp32',
    reduce: 'fp16',
    lossScaling: true,
    how: 'FSDP with mixed precision: trained shards are made fp32, gathered and reduced in fp16',
    cite: FSDP1,
  },
  {
    engines: ['deepspeed'],
    mixed: 'bf16',
    weights: 'bf16',
    frozen: 'bf16',
    compute: 'bf16',
    autocast: 'off',
    master: 'fp32',
    gradients: 'bf16',
    reduce: 'bf16',
    lossScaling: false,
    how: 'the DeepSpeed engine casts the model to bf16 and keeps an fp32 master copy beside it',
    cite: DEEPSPEED,
  },
  {
    engines: ['deepspeed'],
    mixed: 'fp16',
    weights: 'fp16',
    frozen: 'fp16',
    compute: 'fp16',
    autocast: 'off',
    master: 'fp32',
    gradients: 'fp16',
    reduce: 'fp16',
    lossScaling: true,
    how: 'the DeepSpeed engine casts the model to fp16 and keeps an fp32 master copy beside it',
    cite: DEEPSPEED,
  },
];

/** The row for a run, or undefined where the stack is another one (Megatron, JAX). */
export function precisionRow(engine: ShardingEngine, mixed: MixedPrecision): PrecisionRow | undefined {
  return PRECISION_TABLE.find((row) => row.mixed === mixed && row.engines.includes(engine));
}
