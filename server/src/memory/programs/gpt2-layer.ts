import { addMask, attentionKernel, attentionMask, batchedProduct } from '../tape/attention.ts';
import { add, cast, copy, dropout, keepsOutput, newGelu, scale } from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { layerNorm } from '../tape/norm.ts';
import type { Hold, Program, Tape, Value } from '../tape/tape.ts';
import { attentionWidth, type LayerRequest, newTape, tokens } from './layer-request.ts';

/** transformers: models/gpt2/modeling_gpt2.py, GPT2Block. */
export function gpt2Layer(request: LayerRequest): Program {
  const tape = newTape(request);
  const { shape } = request;
  const hidden = shape.hiddenSize;
  const x = tape.input(tokens(request) * hidden, request.input);
  const middle = tape.call((hold) => {
    hold(x);
    const branch = tape.call((holdNormed) => attention(tape, holdNormed(layerNorm(tape, x, hidden)), request));
    return add(tape, branch, x);
  });
  return tape.finish(
    tape.call((hold) => {
      hold(middle);
      const normed = layerNorm(tape, middle, hidden);
      hold(normed);
      const wide = linear(tape, normed, { name: 'c_fc', inputs: hidden, outputs: shape.intermediateSize, bias: true });
      const narrow = { name: 'mlp.c_proj', inputs: shape.intermediateSize, outputs: hidden, bias: true };
      const branch = dropout(tape, linear(tape, newGelu(tape, wide), narrow), request.dropout);
      return add(tape, middle, branch);
    }),
  );
}

function attention(tape: Tape, x: Value, request: LayerRequest): Value {
  const hidden = request.shape.hiddenSize;
  const width = attentionWidth(request.shape);
  return tape.call((hold) => {
    const qkv = hold(linear(tape, x, { name: 'c_attn', inputs: hidden, outputs: 3 * width, bias: true }));
    const output = request.context.attention === 'eager' ? eager(tape, qkv, request, hold) : fused(tape, qkv, request);
    const projected = linear(tape, output, { name: 'attn.c_proj', inputs: width, outputs: hidden, bias: true });
    return dropout(tape, projected, request.dropout);
  });
}

/** q, k and v are views of one buffer, and so are their gradients. */
function fused(tape: Tape, qkv: Value, request: LayerRequest): Value {
  const elements = tokens(request) * attentionWidth(request.shape);
  const rows = tokens(request) * request.shape.heads;
  const mask =
    request.masked && !request.context.flashPackage ? [attentionMask(tape, sizesOf(request), qkv.dtype)] : [];
  return attentionKernel(tape, [qkv, ...mask], { elements, rows, backwardScratch: elements * 4 });
}

function sizesOf({ batch, length, shape }: LayerRequest) {
  return { batch, heads: shape.heads, queryLength: length, keyLength: length };
}

function eager(tape: Tape, qkv: Value, request: LayerRequest, hold: Hold): Value {
  const { autocast } = request.context;
  const elements = tokens(request) * attentionWidth(request.shape);
  const q = hold(copy(tape, qkv, elements));
  const k = hold(copy(tape, qkv, elements));
  const v = hold(copy(tape, qkv, elements));
  const scoreCount = tokens(request) * request.shape.heads * request.length;
  const product = scale(tape, batchedProduct(tape, q, k, scoreCount));
  const scores = addMask(tape, product, product.dtype);
  const upcast = autocast !== null && scores.dtype === 'bf16' ? cast(tape, scores, 'fp32') : scores;
  const probabilities = cast(
    tape,
    keepsOutput(tape, 'softmax', upcast, autocast === null ? upcast.dtype : 'fp32'),
    v.dtype,
  );
  // The scores' name is rebound only when softmax is done.
  tape.holdUntilNow(scores);
  const dropped = hold(dropout(tape, probabilities, request.dropout));
  tape.holdToTheEnd(dropped);
  return copy(tape, batchedProduct(tape, dropped, v, elements));
}
