import { attention } from './attention-layers.ts';
import { expertFeedForward, feedForward } from './feed-forward-layers.ts';
import { counts, type LayerCounts, layer, linear, type ParameterCounts } from './parameter-counts.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';

/** Gemma 4's text model: local and global layers of different width, per-layer embeddings in the small ones. */
export function gemma4Counts(shape: ModelShape): ParameterCounts {
  const perLayer = new Extra(shape.extra).number('ple');
  const hidden = shape.hiddenSize;
  const all = shape.layers * perLayer;
  return counts({
    embedding: shape.vocabSize * hidden,
    positions: 0,
    head: shape.tiedEmbeddings ? 0 : shape.vocabSize * hidden,
    norms: hidden,
    layers: Array.from({ length: shape.layers }, (_, at) => gemma4Layer(shape, at)),
    decoderLayers: [],
    towers: 0,
    // The second embedding, the projection of the first onto it, and its norm.
    other: perLayer === 0 ? 0 : shape.vocabSize * all + hidden * all + perLayer,
  });
}

function gemma4Layer(shape: ModelShape, at: number): LayerCounts {
  const extra = new Extra(shape.extra);
  const wide = extra.nested('global');
  const every = wide.number('every', 1);
  const isGlobal = at % every === every - 1;
  const shared = at >= shape.layers - extra.number('kv_shared_layers');
  const mixer = attention(shape, {
    kvHeads: isGlobal ? wide.number('kv_heads') : shape.kvHeads,
    headDim: isGlobal ? wide.number('head_dim') : shape.headDim,
    keysAreValues: isGlobal && wide.flag('k_is_v'),
    queriesOnly: shared,
  });
  const width = shape.intermediateSize * (shared && extra.flag('double_wide_shared') ? 2 : 1);
  const dense = feedForward(shape, width);
  const experts = shape.experts === 0 ? undefined : expertFeedForward(shape);
  const hidden = shape.hiddenSize;
  const perLayer = extra.number('ple');
  const gates =
    perLayer === 0
      ? []
      : [linear('per_layer_input_gate', hidden, perLayer), linear('per_layer_projection', perLayer, hidden)];
  // Four norms around attention and feed-forward, one more with per-layer inputs, three more with experts.
  const norms = 4 + (perLayer === 0 ? 0 : 1) + (experts === undefined ? 0 : 3);
  return layer(
    experts === undefined ? 'attention' : 'experts',
    [...mixer.linears, ...dense.linears, ...(experts?.linears ?? []), ...gates],
    mixer.norms + norms * hidden,
    // Experts bring the router's scale and one scale an expert.
    experts === undefined ? 0 : experts.other + hidden + shape.experts,
  );
}
