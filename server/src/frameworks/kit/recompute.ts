import type { Checkpointing } from '../../plan/index.ts';

/** How Megatron's settings say what is recomputed in the backward pass. */
export interface Recompute {
  /** `full`, `selective` or nothing. */
  readonly granularity: unknown;
  /** `uniform`, `block` or nothing. */
  readonly method: unknown;
  /** With `block`, the layers of a pipeline stage that are recomputed; the rest are not. */
  readonly layers: number | undefined;
  /** Layers of one pipeline stage. */
  readonly stageLayers: number | undefined;
}

/** Undefined where a part of the layers alone is recomputed (Megatron-LM: megatron/core/transformer/transformer_block.py). */
export function checkpointingOf({ granularity, method, layers, stageLayers }: Recompute): Checkpointing | undefined {
  if (granularity === 'selective') return 'selective';
  if (granularity !== 'full') return undefined;
  if (method !== 'block') return 'full';
  const isWhole = layers !== undefined && stageLayers !== undefined && layers >= stageLayers;
  return isWhole ? 'full' : undefined;
}
