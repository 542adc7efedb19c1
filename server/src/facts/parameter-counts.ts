/** What countParameters returns. Counts are elements, whole and exact. */

/** A linear layer: a matrix of `fanIn` × `fanOut`, with a bias of `fanOut` where it has one. */
export interface LinearLayer {
  /** Last part of the module's name in transformers, as peft's `target_modules` spell it: `q_proj`. */
  readonly name: string;
  /** Its path inside the layer, where the last part alone is not unique: `attn.c_proj`. */
  readonly path: string;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly bias: boolean;
  /** How many of it the layer has: 1, or the experts. */
  readonly copies: number;
  /** How many of them one token passes through. */
  readonly activeCopies: number;
  /** One of the routed experts, which transformers 5 stores as one stacked tensor instead of linear layers. */
  readonly expert: boolean;
}

export interface LayerCounts {
  readonly kind:
    | 'attention'
    | 'linear-attention'
    | 'mamba'
    | 'feed-forward'
    | 'experts'
    | 'cross-attention'
    | 'encoder';
  readonly linears: readonly LinearLayer[];
  /** Elements of the layer's norms, query and key norms counted. */
  readonly norms: number;
  /** All else: routers, convolutions, sinks, per-head scalars. */
  readonly other: number;
  readonly total: number;
  readonly active: number;
}

export interface ParameterCounts {
  readonly total: number;
  /** Parameters one token passes through. */
  readonly active: number;
  /** The token embedding. */
  readonly embedding: number;
  /** Learned positions and token types. */
  readonly positions: number;
  /** The output head with its bias; 0 where it is the embedding. */
  readonly head: number;
  /** Norms outside the layers. */
  readonly norms: number;
  /** The layers in order; equal layers are one object. Of an encoder-decoder, the encoder's. */
  readonly layers: readonly LayerCounts[];
  /** The decoder's layers of an encoder-decoder; else empty. */
  readonly decoderLayers: readonly LayerCounts[];
  /** Towers beside the described part (vision with its projector, text) and what fits nowhere above. */
  readonly towers: number;
  readonly other: number;
}

/** Elements of one linear layer, bias counted, all copies. */
export function linearElements(linear: LinearLayer): number {
  return linear.copies * elementsOfOne(linear);
}

export function elementsOfOne(linear: LinearLayer): number {
  return linear.fanIn * linear.fanOut + (linear.bias ? linear.fanOut : 0);
}

/** A linear layer every token passes through. `path` may have parts before the name: `attn.c_proj`. */
export function linear(path: string, fanIn: number, fanOut: number, bias = false): LinearLayer {
  const name = path.slice(path.lastIndexOf('.') + 1);
  return { name, path, fanIn, fanOut, bias, copies: 1, activeCopies: 1, expert: false };
}

export function layer(
  kind: LayerCounts['kind'],
  linears: readonly LinearLayer[],
  norms: number,
  other = 0,
): LayerCounts {
  const total = sum(linears.map(linearElements)) + norms + other;
  const active = sum(linears.map((one) => one.activeCopies * elementsOfOne(one))) + norms + other;
  return { kind, linears, norms, other, total, active };
}

/** Sums the parts up. `embeddingActive` false: an embedding's rows are looked up, yet published counts include them. */
export function counts(parts: Omit<ParameterCounts, 'total' | 'active'>): ParameterCounts {
  const layers = [...parts.layers, ...parts.decoderLayers];
  const outside = parts.embedding + parts.positions + parts.head + parts.norms + parts.towers + parts.other;
  return {
    ...parts,
    total: outside + sum(layers.map((one) => one.total)),
    active: outside + sum(layers.map((one) => one.active)),
  };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
