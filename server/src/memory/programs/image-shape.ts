import type { ModelShape, VisionModelFacts } from '../../facts/index.ts';

/** Width, layers and heads of the vision transformers timm names by size (timm: models/vision_transformer.py). */
const VIT_SIZES: Readonly<Record<string, readonly [hidden: number, layers: number, heads: number]>> = {
  tiny: [192, 12, 3],
  small: [384, 12, 6],
  base: [768, 12, 12],
  large: [1024, 24, 16],
  huge: [1280, 32, 16],
};
const VIT_NAME = /^(?:vit|deit|deit3|beit|beitv2)_(tiny|small|base|large|huge)_patch(\d+)(?:_|$)/;
/** Rotated heads, pooling by attention, an activation of several operations: no plain transformer. */
const OTHER_VIT = /dinov3|siglip|rope|quickgelu|_xp_|_plus_/;

/** Models whose branches are scaled channel by channel (timm: models/deit.py, beit.py, vision_transformer.py, `init_values`). */
const WITH_LAYER_SCALE = /^(?:deit3|beit|beitv2)_|dinov2/;

const IMAGENET_CLASSES = 1000;

const NO_TEXT = {
  vocabSize: 0,
  maxPositions: undefined,
  tiedEmbeddings: false,
  mlp: 'plain',
  norm: 'layer',
  attentionBias: 'qkvo',
  mlpBias: true,
  qkNorm: 'none',
  slidingWindow: undefined,
  experts: 0,
  expertsPerToken: 0,
  moeIntermediateSize: 0,
  sharedExperts: 0,
  denseFirstLayers: 0,
} as const;

/**
 * The shape of an image model of the vision catalogue. Plain vision transformers get their layers; of all others a
 * step was traced (family `convnet`).
 */
export function imageShape(facts: VisionModelFacts): ModelShape {
  const match = VIT_NAME.exec(facts.name);
  const size = VIT_SIZES[match?.[1] ?? ''];
  return size === undefined || OTHER_VIT.test(facts.name)
    ? tracedShape(facts)
    : vitShape(facts.name, size, Number(match?.[2]));
}

function vitShape(
  name: string,
  [hiddenSize, layers, heads]: readonly [number, number, number],
  patch: number,
): ModelShape {
  return {
    ...NO_TEXT,
    family: 'timm_vit',
    hiddenSize,
    intermediateSize: 4 * hiddenSize,
    layers,
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    extra: { patch, labels: IMAGENET_CLASSES, layer_scale: WITH_LAYER_SCALE.test(name) },
  };
}

/** A model that the catalogue has a traced step of. `foreign`: another library's code runs it. */
export function tracedShape(facts: VisionModelFacts, foreign = false): ModelShape {
  return {
    ...NO_TEXT,
    family: 'convnet',
    hiddenSize: 0,
    intermediateSize: 0,
    layers: 0,
    heads: 0,
    kvHeads: 0,
    headDim: 0,
    extra: { name: facts.name, image: facts.imageSize, foreign },
  };
}
