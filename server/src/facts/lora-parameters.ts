import { countParameters } from './count-parameters.ts';
import type { LayerCounts, LinearLayer } from './parameter-counts.ts';
import type { ModelShape } from './types.ts';

export interface LoraOptions {
  /** DoRA adds a magnitude vector of the layer's output width. */
  readonly dora?: boolean;
  /** Experts are separate linear layers (transformers 4) that targets reach; transformers 5 stacks them out of reach. */
  readonly separateExperts?: boolean;
}

/**
 * Elements of the adapters LoRA adds: rank × (fan-in + fan-out) for every targeted linear layer.
 * `targets` are peft's `target_modules`: last parts of module names, or every linear layer but the head.
 * Undefined where the shape has no formula.
 */
export function loraParameters(
  shape: ModelShape,
  rank: number,
  targets: 'all-linear' | readonly string[],
  options: LoraOptions = {},
): number | undefined {
  const counted = countParameters(shape);
  if (counted === undefined) return undefined;
  return [...counted.layers, ...counted.decoderLayers]
    .flatMap((layer) => targetedLinears(layer, targets, options))
    .reduce((elements, one) => elements + one.copies * adapterElements(one, rank, options), 0);
}

/** The linear layers of one layer that the targets name. */
export function targetedLinears(
  layer: LayerCounts,
  targets: 'all-linear' | readonly string[],
  options: LoraOptions = {},
): readonly LinearLayer[] {
  const reachable = layer.linears.filter((one) => !one.expert || options.separateExperts === true);
  if (targets === 'all-linear') return reachable;
  return reachable.filter((one) => targets.some((target) => isTargeted(one, target)));
}

/** peft matches a module whose name is the target or ends in a dot and the target. */
function isTargeted(one: LinearLayer, target: string): boolean {
  return one.path === target || one.path.endsWith(`.${target}`) || target.endsWith(`.${one.path}`);
}

function adapterElements(one: LinearLayer, rank: number, options: LoraOptions): number {
  return rank * (one.fanIn + one.fanOut) + (options.dora === true ? one.fanOut : 0);
}
