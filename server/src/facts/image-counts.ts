import { encoderLayer, repeat } from './encoder-counts.ts';
import { counts, type ParameterCounts } from './parameter-counts.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';
import { biasedLayer, clipVision, patchEmbedding, patches, siglipVision } from './vision-towers.ts';

/** ViT, DeiT and DINOv2 with their class token; `labels` 0 means no classifier. */
export function vitCounts(shape: ModelShape): ParameterCounts {
  const extra = new Extra(shape.extra);
  const hidden = shape.hiddenSize;
  const [patch, labels, dino] = [extra.number('patch'), extra.number('labels'), extra.flag('dino')];
  return counts({
    embedding: 0,
    positions: (patches(extra.number('image'), patch) + 1) * hidden,
    head: labels === 0 ? 0 : labels * hidden + labels,
    norms: 2 * hidden,
    // DINOv2 scales both branches of a layer by a vector each.
    layers: repeat(encoderLayer(shape, dino ? 2 * hidden : 0), shape.layers),
    decoderLayers: [],
    towers: 0,
    // The class token, DINOv2's mask token, and the patch convolution with its bias.
    other: hidden + (dino ? hidden : 0) + patchEmbedding(hidden, patch) + hidden,
  });
}

/** CLIP and SigLIP: the shape is the image side's, whose layers are listed; the text side counts as a tower. */
export function clipCounts(shape: ModelShape): ParameterCounts {
  const extra = new Extra(shape.extra);
  const vision = extra.nested('vision');
  const text = extra.nested('text');
  const siglip = vision.text('kind') === 'siglip';
  const layers = repeat(encoderLayer(shape), shape.layers);
  const imageSide = siglip ? siglipVision(vision) : clipVision(vision);
  const [width, projection] = [text.number('hidden'), extra.number('projection')];
  const textSide =
    (text.number('vocab') + text.number('positions')) * width +
    text.number('layers') * biasedLayer(width, text.number('intermediate')) +
    2 * width;
  const joins = siglip ? width * projection + projection + 2 : (shape.hiddenSize + width) * projection + 1;
  return counts({
    embedding: 0,
    positions: 0,
    head: 0,
    norms: 0,
    layers,
    decoderLayers: [],
    towers: textSide,
    other: imageSide - shape.layers * biasedLayer(shape.hiddenSize, shape.intermediateSize) + joins,
  });
}
