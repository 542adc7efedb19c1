import { attention, type BlockPart } from './attention-layers.ts';
import { expertFeedForward, feedForward } from './feed-forward-layers.ts';
import { type LayerCounts, layer, linear } from './parameter-counts.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';

/** The layers of a decoder in order. Equal layers are one object. */
export function decoderLayers(shape: ModelShape): readonly LayerCounts[] {
  const make = remembered((kind: LayerKind) => decoderLayer(shape, kind));
  return Array.from({ length: shape.layers }, (_, at) => make(kindOf(shape, at)));
}

/** One norm of the model's hidden size. */
export function normElements(shape: ModelShape): number {
  const extra = new Extra(shape.extra);
  if (!extra.flag('norm_affine', true)) return 0;
  return shape.norm === 'rms' || !extra.flag('norm_bias', true) ? shape.hiddenSize : 2 * shape.hiddenSize;
}

/** What a layer mixes tokens with, and its feed-forward; `none` where the layer has no such part. */
interface LayerKind {
  readonly mixer: 'attention' | 'gated-attention' | 'delta-net' | 'mamba' | 'mamba2' | 'cross-attention' | 'none';
  readonly feedForward: 'dense' | 'experts' | 'none';
}

function kindOf(shape: ModelShape, at: number): LayerKind {
  const extra = new Extra(shape.extra);
  switch (extra.text('formula')) {
    case 'mamba':
      return { mixer: 'mamba', feedForward: 'none' };
    case 'hybrid_pattern':
      return patternKind(extra.text('pattern')?.[at]);
    case 'gdn_hybrid': {
      const full = at % extra.nested('gdn').number('full_every', 1) === extra.nested('gdn').number('full_every', 1) - 1;
      return { mixer: full ? 'gated-attention' : 'delta-net', feedForward: feedForwardKind(shape, at) };
    }
    case 'jamba': {
      const full = at % extra.number('attn_every', 1) === extra.number('attn_offset');
      return { mixer: full ? 'attention' : 'mamba', feedForward: feedForwardKind(shape, at) };
    }
    case 'mllama': {
      // Llama 3.2 Vision puts its cross-attention layers evenly among the rest; their number decides the counts.
      const cross = at >= shape.layers - extra.number('cross_layers');
      return { mixer: cross ? 'cross-attention' : 'attention', feedForward: 'dense' };
    }
    default:
      return { mixer: 'attention', feedForward: feedForwardKind(shape, at) };
  }
}

function patternKind(letter: string | undefined): LayerKind {
  if (letter === 'M') return { mixer: 'mamba2', feedForward: 'none' };
  if (letter === '*') return { mixer: 'attention', feedForward: 'none' };
  return { mixer: 'none', feedForward: letter === 'E' ? 'experts' : 'dense' };
}

function feedForwardKind(shape: ModelShape, at: number): LayerKind['feedForward'] {
  if (shape.experts === 0 || at < shape.denseFirstLayers) return 'dense';
  const every = new Extra(shape.extra).number('moe_every', 1);
  return at % every === every - 1 ? 'experts' : 'dense';
}

function decoderLayer(shape: ModelShape, kind: LayerKind): LayerCounts {
  const extra = new Extra(shape.extra);
  const mixer = mixerPart(shape, kind.mixer);
  const dense = extra.number('dense_intermediate', shape.intermediateSize);
  const forward =
    kind.feedForward === 'none'
      ? NOTHING
      : kind.feedForward === 'experts'
        ? expertFeedForward(shape)
        : feedForward(shape, dense);
  const oneNorm = kind.mixer === 'none' || kind.feedForward === 'none';
  const norms = (oneNorm ? 1 : extra.number('norms_per_layer', 2)) * normElements(shape);
  return layer(
    layerName(kind),
    [...mixer.linears, ...forward.linears],
    norms + mixer.norms,
    mixer.other + forward.other,
  );
}

const NOTHING: BlockPart = { linears: [], norms: 0, other: 0 };

function layerName(kind: LayerKind): LayerCounts['kind'] {
  if (kind.mixer === 'mamba' || kind.mixer === 'mamba2') return 'mamba';
  if (kind.mixer === 'delta-net') return 'linear-attention';
  if (kind.mixer === 'cross-attention') return 'cross-attention';
  if (kind.feedForward === 'experts') return 'experts';
  return kind.mixer === 'none' ? 'feed-forward' : 'attention';
}

function mixerPart(shape: ModelShape, mixer: LayerKind['mixer']): BlockPart {
  switch (mixer) {
    case 'attention':
      return attention(shape);
    case 'gated-attention':
      return attention(shape, { kvHeads: shape.kvHeads, headDim: shape.headDim, gatedQuery: true });
    case 'delta-net':
      return deltaNet(shape);
    case 'mamba':
      return mamba(shape);
    case 'mamba2':
      return mamba2(shape);
    case 'cross-attention':
      return crossAttention(shape);
    case 'none':
      return NOTHING;
    default:
      return mixer satisfies never;
  }
}

/** Taps of the causal convolution in Mamba and gated delta-net layers (transformers: `conv_kernel` 4, recalled). */
const CONVOLUTION_TAPS = 4;

/** Gated delta-net of Qwen3-Next. Source: transformers src/transformers/models/qwen3_next, recalled. */
function deltaNet(shape: ModelShape): BlockPart {
  const gdn = new Extra(shape.extra).nested('gdn');
  const keys = gdn.number('k_heads') * gdn.number('k_dim');
  const heads = gdn.number('v_heads');
  const values = heads * gdn.number('v_dim');
  return {
    linears: [
      linear('in_proj_qkvz', shape.hiddenSize, 2 * keys + 2 * values),
      linear('in_proj_ba', shape.hiddenSize, 2 * heads),
      linear('linear_attn.out_proj', values, shape.hiddenSize),
    ],
    norms: gdn.number('v_dim'),
    other: (2 * keys + values) * CONVOLUTION_TAPS + 2 * heads,
  };
}

/** Source: transformers src/transformers/models/mamba/modeling_mamba.py and jamba, recalled. */
function mamba(shape: ModelShape): BlockPart {
  const extra = new Extra(shape.extra);
  const [inner, state] = [extra.nested('mamba').number('inner'), extra.nested('mamba').number('state')];
  const rank = extra.nested('mamba').number('dt_rank');
  return {
    linears: [
      linear('in_proj', shape.hiddenSize, 2 * inner),
      linear('x_proj', inner, rank + 2 * state),
      linear('dt_proj', rank, inner, true),
      linear('mamba.out_proj', inner, shape.hiddenSize),
    ],
    // Jamba norms the time step, the input and the output matrices; Mamba itself does not.
    norms: extra.text('formula') === 'jamba' ? rank + 2 * state : 0,
    other: inner * (CONVOLUTION_TAPS + 1) + inner * state + inner,
  };
}

/** Source: transformers src/transformers/models/mamba2/modeling_mamba2.py, recalled. */
function mamba2(shape: ModelShape): BlockPart {
  const sizes = new Extra(shape.extra).nested('mamba');
  const heads = sizes.number('heads');
  const inner = heads * sizes.number('head_dim');
  const states = 2 * sizes.number('groups') * sizes.number('state');
  return {
    linears: [
      linear('in_proj', shape.hiddenSize, 2 * inner + states + heads),
      linear('mixer.out_proj', inner, shape.hiddenSize),
    ],
    norms: inner,
    other: (inner + states) * (CONVOLUTION_TAPS + 1) + 3 * heads,
  };
}

/** Llama 3.2 Vision's cross-attention: norms on queries and keys, and a gate each for attention and feed-forward. */
function crossAttention(shape: ModelShape): BlockPart {
  const part = attention(shape);
  return { linears: part.linears, norms: part.norms + 2 * shape.headDim, other: part.other + 2 };
}

/** Makes equal layers one object. */
function remembered(make: (kind: LayerKind) => LayerCounts): (kind: LayerKind) => LayerCounts {
  const made = new Map<string, LayerCounts>();
  return (kind) => {
    const key = `${kind.mixer} ${kind.feedForward}`;
    const counted = made.get(key) ?? make(kind);
    made.set(key, counted);
    return counted;
  };
}
