import { findModel } from '../../facts/index.ts';

/**
 * Dtype that the published checkpoint of a model stores its weights in, by the catalogue: what `dtype: auto` loads.
 * Undefined for models nobody knows and for formats that are unpacked on the way in (fp8, mxfp4).
 */
export function checkpointDtype(name: unknown): 'fp32' | 'bf16' | 'fp16' | undefined {
  const dtype = typeof name === 'string' ? findModel(name)?.nativeDtype : undefined;
  return dtype === 'fp8' || dtype === 'mxfp4' ? undefined : dtype;
}
