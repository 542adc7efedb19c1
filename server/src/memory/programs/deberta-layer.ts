import { batchedProduct } from '../tape/attention.ts';
import {
  activation,
  add,
  copy,
  dropout,
  keepsOutput,
  scale,
  toAutocast,
  toFullPrecision,
} from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { layerNorm } from '../tape/norm.ts';
import type { Hold, Program, Tape, Value } from '../tape/tape.ts';
import { extraNumber, type LayerRequest, newTape, tokens } from './layer-request.ts';

/** Relative positions of DeBERTa-v3: 2 × position_buckets (transformers: models/deberta_v2/configuration_deberta_v2.py). */
const DEFAULT_RELATIVE_POSITIONS = 512;

/** Disentangled attention (transformers: models/deberta_v2/modeling_deberta_v2.py). */
export function debertaLayer(request: LayerRequest): Program {
  const tape = newTape(request);
  const { shape } = request;
  const hidden = shape.hiddenSize;
  const x = tape.input(tokens(request) * hidden, request.input);
  const middle = tape.call((hold) => {
    hold(x);
    const output = attention(tape, x, request, hold);
    const projected = linear(tape, output, { name: 'dense', inputs: hidden, outputs: hidden, bias: true });
    return layerNorm(tape, add(tape, dropout(tape, projected, request.dropout), x), hidden);
  });
  const output = tape.call((hold) => {
    hold(middle);
    const width = shape.intermediateSize;
    const wide = linear(tape, middle, { name: 'intermediate', inputs: hidden, outputs: width, bias: true });
    const narrow = linear(tape, activation(tape, 'gelu', wide), {
      name: 'output',
      inputs: width,
      outputs: hidden,
      bias: true,
    });
    return layerNorm(tape, add(tape, dropout(tape, narrow, request.dropout), middle), hidden);
  });
  return tape.finish(output);
}

function attention(tape: Tape, x: Value, request: LayerRequest, hold: Hold): Value {
  const hidden = request.shape.hiddenSize;
  const project = (name: string): Value =>
    hold(copy(tape, linear(tape, x, { name, inputs: hidden, outputs: hidden, bias: true })));
  const q = project('query_proj');
  const k = project('key_proj');
  const v = project('value_proj');
  const scaledKeys = hold(scale(tape, k));
  const scoreCount = tokens(request) * request.shape.heads * request.length;
  const content = hold(batchedProduct(tape, q, scaledKeys, scoreCount));
  const positional = positionScores(tape, { q, k }, request, hold);
  const scores = maskedFill(tape, add(tape, content, positional), request);
  const probabilities = dropout(tape, keepsOutput(tape, 'softmax', toFullPrecision(tape, scores)), request.dropout);
  return copy(tape, batchedProduct(tape, toAutocast(tape, probabilities), v, tokens(request) * hidden, q.dtype));
}

/** Content to position and position to content; gather keeps its whole input. */
function positionScores(
  tape: Tape,
  { q, k }: { readonly q: Value; readonly k: Value },
  request: LayerRequest,
  hold: Hold,
): Value {
  const { shape, batch } = request;
  const positions = extraNumber(shape, 'relative') ?? DEFAULT_RELATIVE_POSITIONS;
  const scoreCount = tokens(request) * shape.heads * request.length;
  const relativeCount = tokens(request) * shape.heads * positions;
  const table = tape.op({
    kind: 'relative embedding',
    inputs: [],
    elements: positions * shape.hiddenSize,
    dtype: 'fp32',
  });
  dropout(tape, table, request.dropout);
  const keys = hold(positionProjection(tape, batch * positions * shape.hiddenSize, q));
  const queries = hold(positionProjection(tape, batch * positions * shape.hiddenSize, q));
  const contentToPosition = hold(batchedProduct(tape, q, keys, relativeCount));
  const first = scale(tape, gather(tape, contentToPosition, scoreCount));
  const positionToContent = hold(batchedProduct(tape, k, queries, relativeCount, q.dtype));
  const second = scale(tape, gather(tape, positionToContent, scoreCount));
  return add(tape, first, second);
}

/** The shared projections of the relative embeddings, repeated for each sample of the batch. */
function positionProjection(tape: Tape, elements: number, q: Value): Value {
  const value = tape.op({ kind: 'position projection', inputs: [], elements, dtype: q.dtype });
  value.needsGradient = true;
  return value;
}

function gather(tape: Tape, x: Value, elements: number): Value {
  return tape.op({ kind: 'gather', inputs: [x], elements, dtype: x.dtype, saves: [x] });
}

function maskedFill(tape: Tape, scores: Value, request: LayerRequest): Value {
  const maskElements = tokens(request) * request.length;
  const mask = tape.op({ kind: 'mask', inputs: [], elements: maskElements, dtype: 'bool' });
  const { elements, dtype } = scores;
  return tape.op({ kind: 'masked fill', inputs: [scores, mask], elements, dtype, saves: [mask] });
}
