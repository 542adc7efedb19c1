import { linearNames } from './linear-names.ts';
import { counts, type LayerCounts, type LinearLayer, layer, linear, type ParameterCounts } from './parameter-counts.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';

/** BERT and its like. Layers that share weights (ALBERT) are listed once. */
export function bertCounts(shape: ModelShape): ParameterCounts {
  const extra = new Extra(shape.extra);
  const hidden = shape.hiddenSize;
  const width = extra.number('embed_dim', hidden);
  const relative = extra.number('relative');
  return counts({
    embedding: shape.vocabSize * width,
    positions: (extra.number('learned_positions') + extra.number('types')) * width + relative * hidden,
    head: 0,
    norms: 2 * width + (relative > 0 ? 2 * hidden : 0),
    layers: repeat(encoderLayer(shape), extra.flag('shared_layers') ? 1 : shape.layers),
    decoderLayers: [],
    towers: 0,
    other:
      (width === hidden ? 0 : width * hidden + hidden) +
      extra.number('relative_bias') * shape.heads +
      (extra.flag('pooler', true) ? hidden * hidden + hidden : 0),
  });
}

/** ModernBERT: no biases, rotary positions, no norm before the first layer's attention. */
export function modernBertCounts(shape: ModelShape): ParameterCounts {
  const hidden = shape.hiddenSize;
  const linears = encoderLinears({ ...shape, mlp: 'gated' });
  const layers = [
    layer('encoder', linears, hidden),
    ...repeat(layer('encoder', linears, 2 * hidden), shape.layers - 1),
  ];
  return counts({
    embedding: shape.vocabSize * hidden,
    positions: 0,
    head: 0,
    norms: 2 * hidden,
    layers: layers.slice(0, shape.layers),
    decoderLayers: [],
    towers: 0,
    other: 0,
  });
}

/** Buckets of T5's relative position bias (transformers: `relative_attention_num_buckets` 32, recalled). */
const T5_BUCKETS = 32;

export function t5Counts(shape: ModelShape): ParameterCounts {
  const hidden = shape.hiddenSize;
  const inner = shape.heads * shape.headDim;
  const attention = (prefix: string) => [
    ...['q', 'k', 'v'].map((name) => linear(`${prefix}.${name}`, hidden, inner)),
    linear(`${prefix}.o`, inner, hidden),
  ];
  const wide = shape.intermediateSize;
  const first = shape.mlp === 'gated' ? ['wi_0', 'wi_1'] : ['wi'];
  const forward = [...first.map((name) => linear(name, hidden, wide)), linear('wo', wide, hidden)];
  const own = attention('SelfAttention');
  return counts({
    embedding: shape.vocabSize * hidden,
    positions: 2 * T5_BUCKETS * shape.heads,
    head: shape.tiedEmbeddings ? 0 : shape.vocabSize * hidden,
    norms: 2 * hidden,
    layers: repeat(layer('encoder', [...own, ...forward], 2 * hidden), shape.layers),
    decoderLayers: repeat(
      layer('cross-attention', [...own, ...attention('EncDecAttention'), ...forward], 3 * hidden),
      decoderDepth(shape),
    ),
    towers: 0,
    other: 0,
  });
}

export function bartCounts(shape: ModelShape): ParameterCounts {
  const extra = new Extra(shape.extra);
  const hidden = shape.hiddenSize;
  return counts({
    embedding: shape.vocabSize * hidden,
    positions: 2 * extra.number('learned_positions') * hidden,
    head: shape.tiedEmbeddings ? 0 : shape.vocabSize * hidden,
    norms: 4 * hidden + (extra.flag('final_norm_both') ? 4 * hidden : 0),
    layers: repeat(encoderLayer(shape), shape.layers),
    decoderLayers: repeat(decoderLayer(shape, attentionLinears(shape)), decoderDepth(shape)),
    towers: 0,
    other: 0,
  });
}

/** Positions of Whisper's encoder and decoder (transformers: configuration_whisper.py, recalled). */
const WHISPER_SOURCE_POSITIONS = 1500;
const WHISPER_TARGET_POSITIONS = 448;
const WHISPER_CONVOLUTION_TAPS = 3;

export function whisperCounts(shape: ModelShape): ParameterCounts {
  const hidden = shape.hiddenSize;
  const mels = new Extra(shape.extra).number('mel_bins');
  const unbiasedKeys = attentionLinears(shape).map((one) => (one.name === 'k_proj' ? { ...one, bias: false } : one));
  const encoder = layer('encoder', [...unbiasedKeys, ...feedForwardLinears(shape)], 4 * hidden);
  return counts({
    embedding: shape.vocabSize * hidden,
    positions: (WHISPER_SOURCE_POSITIONS + WHISPER_TARGET_POSITIONS) * hidden,
    head: 0,
    norms: 4 * hidden,
    layers: repeat(encoder, shape.layers),
    decoderLayers: repeat(decoderLayer(shape, unbiasedKeys), decoderDepth(shape)),
    towers: 0,
    other: WHISPER_CONVOLUTION_TAPS * (mels + hidden) * hidden + 2 * hidden,
  });
}

/** A layer of four attention matrices and two feed-forward ones, with two layer norms. */
export function encoderLayer(shape: ModelShape, other = 0): LayerCounts {
  return layer('encoder', encoderLinears(shape), 4 * shape.hiddenSize, other);
}

function encoderLinears(shape: ModelShape): readonly LinearLayer[] {
  return [...attentionLinears(shape), ...feedForwardLinears(shape)];
}

/** An encoder-decoder's decoder layer: self-attention, cross-attention, feed-forward, three layer norms. */
function decoderLayer(shape: ModelShape, attention: readonly LinearLayer[]): LayerCounts {
  const own = attention.map((one) => ({ ...one, path: `self_attn.${one.name}` }));
  const cross = attention.map((one) => ({ ...one, path: `encoder_attn.${one.name}` }));
  return layer('cross-attention', [...own, ...cross, ...feedForwardLinears(shape)], 6 * shape.hiddenSize);
}

function attentionLinears(shape: ModelShape): readonly LinearLayer[] {
  const names = linearNames(shape.family);
  const hidden = shape.hiddenSize;
  const bias = shape.attentionBias === 'qkvo';
  const inner = shape.heads * shape.headDim;
  const fused = names.qkv.length === 1;
  const inputs = names.qkv.map((name) => linear(name, hidden, fused ? 3 * inner : inner, bias));
  return [...inputs, linear(names.out, inner, hidden, bias)];
}

function feedForwardLinears(shape: ModelShape): readonly LinearLayer[] {
  const names = linearNames(shape.family);
  const width = shape.intermediateSize;
  const first = shape.mlp === 'gated' ? 2 * width : width;
  return [
    linear(names.up, shape.hiddenSize, first, shape.mlpBias),
    linear(names.down, width, shape.hiddenSize, shape.mlpBias),
  ];
}

function decoderDepth(shape: ModelShape): number {
  return new Extra(shape.extra).number('decoder_layers', shape.layers);
}

export function repeat(one: LayerCounts, times: number): readonly LayerCounts[] {
  return Array.from({ length: Math.max(0, times) }, () => one);
}
