import { findGpu } from '../../facts/index.ts';

/** A GPU's name for messages: the catalogue's where it knows the GPU, else as the config has it. */
export function gpuText(name: string | undefined): string {
  if (name === undefined) return 'the GPU';
  return findGpu(name)?.name ?? name;
}
