import type { Extra } from './shape-extra.ts';

/** Elements of the vision tower of a vision-language model with all that joins it to the text model; 0 without one. */
export function visionTower(extra: Extra, textHidden: number): number {
  if (!extra.has('vision')) return 0;
  const vision = extra.nested('vision');
  const tower = TOWERS[vision.text('kind') ?? ''];
  return tower === undefined ? 0 : tower(vision, textHidden);
}

/** Elements of a pre-norm encoder layer with biases everywhere: 4h² + 2hi + 9h + i. */
export function biasedLayer(hidden: number, width: number): number {
  return 4 * hidden * hidden + 2 * hidden * width + 9 * hidden + width;
}

/** A convolution over square patches of three channels. */
export function patchEmbedding(hidden: number, patch: number, frames = 1): number {
  return 3 * frames * patch * patch * hidden;
}

/** Patches of a square image. */
export function patches(image: number, patch: number): number {
  return patch === 0 ? 0 : Math.floor(image / patch) ** 2;
}

/** Towers by `vision.kind`. Source: transformers src/transformers/models/<model>/modeling_<model>.py, recalled. */
const TOWERS: Readonly<Record<string, (vision: Extra, textHidden: number) => number>> = {
  clip: (vision, textHidden) => clipVision(vision) + projector(vision, textHidden),
  siglip: (vision, textHidden) => siglipVision(vision) + projector(vision, textHidden),
  pixtral,
  qwen2_vl: (vision) => qwen2Vision(vision, false),
  qwen2_5_vl: (vision) => qwen2Vision(vision, true),
  qwen3_vl: qwen3Vision,
  llama4: llama4Vision,
  mllama: mllamaVision,
};

/** CLIP's image side: a class token, no bias on the patches, a norm before and after the layers. */
export function clipVision(vision: Extra): number {
  const { hidden, width, layers, patch } = sizes(vision);
  const positions = (patches(vision.number('image'), patch) + 1) * hidden;
  return hidden + patchEmbedding(hidden, patch) + positions + 4 * hidden + layers * biasedLayer(hidden, width);
}

/** SigLIP's image side; `head` adds its attention pooling. */
export function siglipVision(vision: Extra): number {
  const { hidden, width, layers, patch } = sizes(vision);
  const positions = patches(vision.number('image'), patch) * hidden;
  const body = patchEmbedding(hidden, patch) + hidden + positions + 2 * hidden + layers * biasedLayer(hidden, width);
  // The pooling head has a probe, one attention, one norm and one feed-forward: a layer with one norm instead of two.
  return body + (vision.flag('head') ? hidden + biasedLayer(hidden, width) - 2 * hidden : 0);
}

function projector(vision: Extra, textHidden: number): number {
  const hidden = vision.number('hidden');
  switch (vision.text('projector')) {
    case 'llava':
      return hidden * textHidden + textHidden + textHidden * textHidden + textHidden;
    case 'gemma3':
      return hidden * textHidden + hidden;
    default:
      return 0;
  }
}

function pixtral(vision: Extra): number {
  const { hidden, width, layers, patch } = sizes(vision);
  const out = vision.number('out');
  const body =
    patchEmbedding(hidden, patch) + hidden + layers * (4 * hidden * hidden + 3 * hidden * width + 2 * hidden);
  const merger = hidden + 4 * hidden * hidden;
  return body + merger + hidden * out + out * out;
}

function qwen2Vision(vision: Extra, gated: boolean): number {
  const { hidden, width, layers, patch } = sizes(vision);
  const out = vision.number('out');
  const gatedLayer = 4 * hidden * hidden + 4 * hidden + 3 * hidden * width + 2 * width + hidden + 2 * hidden;
  const merged = 4 * hidden;
  const merger = (gated ? hidden : 2 * hidden) + merged * merged + merged + merged * out + out;
  return patchEmbedding(hidden, patch, 2) + layers * (gated ? gatedLayer : biasedLayer(hidden, width)) + merger;
}

function qwen3Vision(vision: Extra): number {
  const { hidden, width, layers, patch } = sizes(vision);
  const out = vision.number('out');
  const merged = 4 * hidden;
  const perceptron = merged * merged + merged + merged * out + out;
  const body = patchEmbedding(hidden, patch, 2) + hidden + vision.number('positions') * hidden;
  const deepstack = vision.number('deepstack') * (2 * merged + perceptron);
  return body + layers * biasedLayer(hidden, width) + 2 * hidden + perceptron + deepstack;
}

function llama4Vision(vision: Extra): number {
  const { hidden, width, layers, patch } = sizes(vision);
  const adapter = vision.number('adapter');
  const positions = (patches(vision.number('image'), patch) + 1) * hidden;
  const body = patchEmbedding(hidden, patch) + hidden + positions + 4 * hidden + layers * biasedLayer(hidden, width);
  return body + width * adapter + adapter * adapter + adapter * vision.number('out');
}

/** Aspect-ratio ids of Llama 3.2 Vision with the padding id (transformers: `max_aspect_ratio_id` 8, recalled). */
const ASPECT_RATIOS = 9;

function mllamaVision(vision: Extra): number {
  const { hidden, width, layers, patch } = sizes(vision);
  const tiles = vision.number('tiles');
  const positions = patches(vision.number('image'), patch) + 1;
  const unbiasedAttention = biasedLayer(hidden, width) - 4 * hidden;
  const global = vision.number('global_layers');
  const tilePositions = 1 + positions * hidden + ASPECT_RATIOS * tiles * positions * hidden;
  const tileEmbeddings = 2 * (ASPECT_RATIOS * tiles * hidden + 1);
  const body = hidden + patchEmbedding(hidden, patch) + tilePositions + tileEmbeddings + 4 * hidden;
  const out = vision.number('out');
  const project = hidden * (vision.numbers('taps').length + 1) * out + out;
  return body + (layers + global) * unbiasedAttention + 2 * global + project;
}

function sizes(vision: Extra) {
  return {
    hidden: vision.number('hidden'),
    width: vision.number('intermediate'),
    layers: vision.number('layers'),
    patch: vision.number('patch'),
  };
}
