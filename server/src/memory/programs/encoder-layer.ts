import { attentionKernel, eagerAttention, fusedAttention, maskedAttention } from '../tape/attention.ts';
import { widerDtype } from '../tape/dtype.ts';
import { add, dropout } from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { layerNorm } from '../tape/norm.ts';
import { vector } from '../tape/parameter.ts';
import type { Hold, Program, Tape, Value } from '../tape/tape.ts';
import { trains } from '../tape/tape-context.ts';
import { plainActivation } from './feed-forward.ts';
import { attentionWidth, type LayerRequest, newTape, tokens } from './layer-request.ts';

/** BERT's layer normalises after each half (transformers: models/bert/modeling_bert.py). */
export function bertLayer(request: LayerRequest): Program {
  const tape = newTape(request);
  const hidden = request.shape.hiddenSize;
  const x = tape.input(tokens(request) * hidden, request.input);
  const sum = tape.call((hold) => {
    hold(x);
    const branch = tape.call((holdInput) => attention(tape, holdInput(x), request, holdInput));
    return add(tape, branch, x);
  });
  const middle = layerNorm(tape, sum, hidden);
  const output = tape.call((hold) => {
    hold(middle);
    return add(tape, feedForward(tape, middle, request), middle);
  });
  return tape.finish(layerNorm(tape, output, hidden));
}

/** ViT's layer normalises before each half (transformers: models/vit/modeling_vit.py; timm: vision_transformer.py). */
export function vitLayer(request: LayerRequest): Program {
  const tape = newTape(request);
  const hidden = request.shape.hiddenSize;
  const x = tape.input(tokens(request) * hidden, request.input);
  const middle = tape.call((hold) => {
    hold(x);
    const normed = layerNorm(tape, x, hidden);
    const branch = tape.call((holdNormed) => attention(tape, holdNormed(normed), request, holdNormed));
    return add(tape, scaledByLayer(tape, branch, request), x);
  });
  return tape.finish(
    tape.call((hold) => {
      hold(middle);
      const branch = feedForward(tape, layerNorm(tape, middle, hidden), request);
      return add(tape, scaledByLayer(tape, branch, request), middle);
    }),
  );
}

/** A trained factor for each channel of a branch (timm: layers/layer_scale.py; transformers: models/dinov2/modeling_dinov2.py). */
function scaledByLayer(tape: Tape, branch: Value, { shape, context }: LayerRequest): Value {
  if (shape.extra['layer_scale'] !== true && shape.extra['dino'] !== true) return branch;
  const factor = vector(shape.hiddenSize, context.weights, trains(context, 'layer_scale'));
  return tape.op({
    kind: 'layer scale',
    inputs: [branch],
    elements: branch.elements,
    dtype: widerDtype(branch.dtype, context.weights),
    saves: trains(context, 'layer_scale') ? [branch] : [],
    parameters: [factor],
  });
}

function attention(tape: Tape, x: Value, request: LayerRequest, hold: Hold): Value {
  const hidden = request.shape.hiddenSize;
  const output =
    request.shape.family === 'timm_vit' ? fusedProjection(tape, x, request, hold) : separate(tape, x, request, hold);
  const projected = linear(tape, output, {
    name: 'dense',
    inputs: attentionWidth(request.shape),
    outputs: hidden,
    bias: true,
  });
  return dropout(tape, projected, request.dropout);
}

function separate(tape: Tape, x: Value, request: LayerRequest, hold: Hold): Value {
  const { shape, batch, length, context } = request;
  const hidden = shape.hiddenSize;
  const project = (name: string): Value =>
    hold(linear(tape, x, { name, inputs: hidden, outputs: attentionWidth(shape), bias: true }));
  const qkv = { q: project('query'), k: project('key'), v: project('value') };
  const sizes = { batch, heads: shape.heads, queryLength: length, keyLength: length };
  const isImage = isImageEncoder(request);
  const probability = isImage ? 0 : request.dropout;
  if (context.attention === 'fused' && request.masked && !context.flashPackage)
    return maskedAttention(tape, qkv, sizes);
  if (context.attention === 'fused') return fusedAttention(tape, qkv, sizes, probability);
  return eagerAttention(tape, qkv, sizes, { dropout: probability, masked: !isImage, fullPrecisionSoftmax: isImage });
}

function fusedProjection(tape: Tape, x: Value, request: LayerRequest, hold: Hold): Value {
  const hidden = request.shape.hiddenSize;
  const width = attentionWidth(request.shape);
  const qkv = hold(linear(tape, x, { name: 'qkv', inputs: hidden, outputs: 3 * width, bias: true }));
  const elements = tokens(request) * width;
  const rows = tokens(request) * request.shape.heads;
  return attentionKernel(tape, [qkv], { elements, rows, backwardScratch: elements * 4 });
}

function feedForward(tape: Tape, x: Value, request: LayerRequest): Value {
  const { shape } = request;
  const width = shape.intermediateSize;
  const wide = linear(tape, x, { name: 'intermediate', inputs: shape.hiddenSize, outputs: width, bias: true });
  const opened = plainActivation(tape, wide, shape);
  const narrow = { name: 'output', inputs: width, outputs: shape.hiddenSize, bias: true };
  return dropout(tape, linear(tape, opened, narrow), request.dropout);
}

function isImageEncoder(request: LayerRequest): boolean {
  return request.shape.vocabSize === 0;
}
