import type { Checkpointing, KeptActivations } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';

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

/** Undefined where a number of layers alone is recomputed and nobody says how many (Megatron-LM: megatron/core/transformer/transformer_block.py). */
export function checkpointingOf({ granularity, method, layers }: Recompute): Checkpointing | undefined {
  if (granularity === 'selective') return 'selective';
  if (granularity !== 'full') return undefined;
  return method === 'block' && layers === undefined ? undefined : 'full';
}

/**
 * What stays where modules are recomputed by name, as a list or in one text: the feed-forward or the experts hold most of
 * a layer, and what the others save beside is little (Megatron-LM: megatron/core/transformer/transformer_config.py,
 * recompute_modules).
 */
export function keptBeside(modules: ConfigValue): KeptActivations | undefined {
  const names = [modules].flat().flatMap((name) => (typeof name === 'string' ? name.split(/[\s,]+/) : []));
  return names.includes('moe') || names.includes('mlp') ? 'all-but-feed-forward' : undefined;
}

/** How many layers of a stage are recomputed where that may be less than all. */
export function checkpointedLayersOf({ granularity, method, layers, stageLayers }: Recompute): number | undefined {
  if (granularity !== 'full' || method !== 'block' || layers === undefined) return undefined;
  return stageLayers !== undefined && layers >= stageLayers ? undefined : layers;
}
