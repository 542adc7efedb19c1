import type { Dtype } from '../workload.ts';

/** Bytes of one element. */
export const DTYPE_BYTES: Readonly<Record<Dtype, number>> = {
  fp32: 4,
  bf16: 2,
  fp16: 2,
  bool: 1,
  i64: 8,
  int8: 1,
};

/** The wider of two floating dtypes, as torch's type promotion picks it. */
export function widerDtype(a: Dtype, b: Dtype): Dtype {
  return a === 'fp32' || b === 'fp32' ? 'fp32' : a;
}
