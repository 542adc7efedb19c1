import type { TensorDtype } from '../../plan/index.ts';

/** The dtype something is stored in: fp8 is a compute format, beside which what is stored has 16 bits. */
export function floatDtype(dtype: TensorDtype | undefined): 'fp32' | 'bf16' | 'fp16' {
  return dtype === 'fp32' || dtype === 'fp16' ? dtype : 'bf16';
}
