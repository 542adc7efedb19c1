import type { BlockPart } from './attention-layers.ts';
import { linearNames } from './linear-names.ts';
import { type LinearLayer, linear } from './parameter-counts.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';

/** The dense feed-forward block of a layer. */
export function feedForward(shape: ModelShape, width: number): BlockPart {
  const linears = feedForwardLinears(shape, shape.hiddenSize, width);
  return { linears, norms: 0, other: new Extra(shape.extra).number('xielu_params_per_layer') };
}

/** Gate, up and down, or up and down, between `hidden` and `width`. `prefix` is put before the modules' paths. */
export function feedForwardLinears(shape: ModelShape, hidden: number, width: number, prefix = ''): LinearLayer[] {
  const names = linearNames(shape.family);
  const bias = shape.mlpBias;
  const down = linear(prefix + names.down, width, hidden, bias);
  if (shape.mlp === 'plain') return [linear(prefix + names.up, hidden, width, bias), down];
  if (names.fusedGate) return [linear(prefix + names.up, hidden, 2 * width, bias), down];
  const gate = linear(prefix + (names.gate ?? 'gate_proj'), hidden, width, bias);
  return [gate, linear(prefix + names.up, hidden, width, bias), down];
}

/** A mixture of experts: the router, the routed experts, the shared one, and Nemotron's latent projections. */
export function expertFeedForward(shape: ModelShape): BlockPart {
  const extra = new Extra(shape.extra);
  const hidden = shape.hiddenSize;
  const latent = extra.number('moe_latent');
  const one = feedForwardLinears(shape, latent === 0 ? hidden : latent, shape.moeIntermediateSize, 'experts.');
  const experts = one.map((each) => ({
    ...each,
    copies: shape.experts,
    activeCopies: Math.min(shape.expertsPerToken, shape.experts),
    expert: true,
  }));
  const latents =
    latent === 0 ? [] : [linear('fc1_latent_proj', hidden, latent), linear('fc2_latent_proj', latent, hidden)];
  const router = hidden * shape.experts + (extra.flag('router_bias') ? shape.experts : 0);
  const sharedGate = extra.flag('shared_gate') ? hidden : 0;
  return { linears: [...experts, ...latents, ...sharedExpert(shape)], norms: 0, other: router + sharedGate };
}

function sharedExpert(shape: ModelShape): LinearLayer[] {
  const stated = new Extra(shape.extra).number('shared_intermediate');
  const width = stated === 0 ? shape.sharedExperts * shape.moeIntermediateSize : stated;
  return width === 0 ? [] : feedForwardLinears(shape, shape.hiddenSize, width, 'shared_expert.');
}
