import type { ModelShape } from '../../facts/index.ts';
import type { Program } from '../tape/tape.ts';
import { debertaLayer } from './deberta-layer.ts';
import { decoderLayer } from './decoder-layer.ts';
import { bertLayer, vitLayer } from './encoder-layer.ts';
import { gpt2Layer } from './gpt2-layer.ts';
import { extraNumber, type LayerRequest } from './layer-request.ts';
import { bloomLayer, neoxLayer } from './neox-layer.ts';
import { optLayer } from './opt-layer.ts';

/** How one architecture runs: its layer's program and what surrounds it. */
export interface Family {
  readonly layer: (request: LayerRequest) => Program;
  readonly kind: 'decoder' | 'encoder' | 'image' | 'encoder-decoder';
  /** `exact`: the program is this architecture's own; `nearest`: that of the most similar one. */
  readonly program: 'exact' | 'nearest';
  /** Dropout its configuration class trains with unless told otherwise. */
  readonly dropout: number;
  /** False where the embedding is left alone. */
  readonly dropsEmbedding?: false;
  /** Linears have biases, so torch computes a linear's input gradient first. */
  readonly biased: boolean;
}

const plain = { dropout: 0, biased: false } as const;
const decoder = { ...plain, layer: decoderLayer, kind: 'decoder', program: 'exact' } as const satisfies Family;
const nearestDecoder = { ...decoder, program: 'nearest' } as const satisfies Family;
const biasedDecoder = { ...decoder, biased: true } as const satisfies Family;
const nearestBiasedDecoder = { ...biasedDecoder, program: 'nearest' } as const satisfies Family;
/** hidden_dropout_prob of BERT's line (transformers: models/bert/configuration_bert.py and its copies). */
const encoder = {
  layer: bertLayer,
  kind: 'encoder',
  program: 'exact',
  dropout: 0.1,
  biased: true,
} as const satisfies Family;
const image = { layer: vitLayer, kind: 'image', program: 'exact', dropout: 0, biased: true } as const satisfies Family;
/** dropout_rate of T5 (transformers: models/t5/configuration_t5.py). */
const encoderDecoder = {
  ...plain,
  layer: decoderLayer,
  kind: 'encoder-decoder',
  program: 'exact',
  dropout: 0.1,
} as const satisfies Family;

const FAMILIES: Readonly<Record<string, Family>> = {
  llama: decoder,
  mistral: decoder,
  ministral3: decoder,
  qwen2: decoder,
  qwen3: decoder,
  smollm3: decoder,
  granite: decoder,
  // residual_dropout and attention_dropout (transformers: models/seed_oss/configuration_seed_oss.py).
  seed_oss: { ...decoder, dropout: 0.1, dropsEmbedding: false },
  gemma: decoder,
  gemma2: decoder,
  gemma3: decoder,
  gemma3_text: decoder,
  phi3: decoder,
  olmoe: decoder,
  olmo2: decoder,
  // Within 6% of what was measured (bench/data/decoders.jsonl).
  olmo: decoder,
  mixtral: decoder,
  qwen3_moe: decoder,
  deepseek_v2: decoder,
  deepseek_v3: decoder,
  glm4_moe: decoder,
  cohere: decoder,
  // resid_pdrop, embd_pdrop and attn_pdrop (transformers: models/gpt2/configuration_gpt2.py).
  gpt2: { layer: gpt2Layer, kind: 'decoder', program: 'exact', dropout: 0.1, biased: true },
  gpt_neox: { layer: neoxLayer, kind: 'decoder', program: 'exact', dropout: 0, biased: true },
  bloom: { layer: bloomLayer, kind: 'decoder', program: 'exact', dropout: 0, biased: true },
  // dropout (transformers: models/opt/configuration_opt.py).
  opt: { layer: optLayer, kind: 'decoder', program: 'exact', dropout: 0.1, biased: true },
  phi: biasedDecoder,
  phi3small: nearestBiasedDecoder,
  gptj: biasedDecoder,
  gpt_neo: biasedDecoder,
  // resid_pdrop, embd_pdrop and attn_pdrop (transformers: models/gpt_bigcode/configuration_gpt_bigcode.py).
  gpt_bigcode: { ...biasedDecoder, dropout: 0.1 },
  starcoder2: biasedDecoder,
  bert: encoder,
  roberta: encoder,
  'xlm-roberta': encoder,
  camembert: encoder,
  distilbert: encoder,
  electra: encoder,
  mpnet: encoder,
  // hidden_dropout_prob (transformers: models/albert/configuration_albert.py).
  albert: { ...encoder, dropout: 0 },
  modernbert: { ...encoder, layer: decoderLayer, dropout: 0, biased: false },
  'deberta-v2': { ...encoder, layer: debertaLayer },
  deberta_v2: { ...encoder, layer: debertaLayer },
  vit: image,
  timm_vit: image,
  deit: image,
  dinov2: image,
  clip: { ...image, program: 'nearest' },
  siglip: { ...image, program: 'nearest' },
  t5: encoderDecoder,
  mt5: encoderDecoder,
  bart: encoderDecoder,
  mbart: { ...encoderDecoder, program: 'nearest' },
  // Within 3% of what was measured (bench/data/encoders.jsonl); its two convolutions are not counted.
  whisper: { ...encoderDecoder, dropout: 0 },
};

/** Layers of several kinds, layers that share weights, or parameters beside the layers: a decoder's program misleads. */
const WITHOUT_PROGRAM = new Set(['gemma3n', 'mamba', 'nemotron_h']);

/** The family's program, or undefined for what no program comes near: image generators and pure state-space models. */
export function familyOf(shape: ModelShape): Family | undefined {
  if (WITHOUT_PROGRAM.has(shape.family)) return undefined;
  const known = FAMILIES[shape.family];
  if (known !== undefined) return known;
  return shape.heads > 0 && shape.hiddenSize > 0 && shape.vocabSize > 0 ? nearestDecoder : undefined;
}

/** Every how many layers one sees the whole sequence, where the others see a window. 0: all see the window. */
const FULL_ATTENTION_EVERY: Readonly<Record<string, number>> = {
  // transformers: models/<family>/configuration_<family>.py, layer_types or sliding_window_pattern.
  gemma2: 2,
  gemma3: 6,
  gemma3_text: 6,
  gemma4: 6,
  gpt_oss: 2,
  cohere2: 4,
  olmo3: 4,
  modernbert: 3,
  mistral: 0,
  phi3: 0,
  starcoder2: 0,
};

/** Which kind each layer is. Layers of equal kinds share one program. */
export interface LayerKind {
  readonly sliding: boolean;
  readonly experts: boolean;
}

export function layerKinds(shape: ModelShape, length: number): LayerKind[] {
  return Array.from({ length: shape.layers }, (_, index) => ({
    sliding: isSliding(shape, index, length),
    experts: hasExperts(shape, index),
  }));
}

/** Whether the model masks with windows at all: eager attention then holds two masks. */
export function alternatesWindows(shape: ModelShape): boolean {
  return shape.slidingWindow !== undefined && (FULL_ATTENTION_EVERY[shape.family] ?? 0) > 1;
}

function isSliding(shape: ModelShape, index: number, length: number): boolean {
  const every = FULL_ATTENTION_EVERY[shape.family];
  if (shape.slidingWindow === undefined || every === undefined || length <= shape.slidingWindow) return false;
  return every === 0 || (index + 1) % every !== 0;
}

function hasExperts(shape: ModelShape, index: number): boolean {
  if (shape.experts === 0 || index < shape.denseFirstLayers) return false;
  const every = extraNumber(shape, 'moe_every') ?? 1;
  return (index + 1) % every === 0;
}
