import type { ModelShape } from '../../facts/index.ts';
import { addMask, attentionKernel, batchedProduct } from '../tape/attention.ts';
import {
  activation,
  add,
  cast,
  copy,
  dropout,
  keepsOutput,
  multiply,
  newGelu,
  scale,
  toAutocast,
  toFullPrecision,
} from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { layerNorm, rmsNorm } from '../tape/norm.ts';
import { type Program, Tape, type Value } from '../tape/tape.ts';
import type { TapeContext } from '../tape/tape-context.ts';
import type { Dtype } from '../workload.ts';

export interface T5BlockRequest {
  readonly shape: ModelShape;
  readonly context: TapeContext;
  readonly batch: number;
  /** Tokens of the block's own sequence. */
  readonly length: number;
  /** Tokens of the encoder's output, for a decoder block. */
  readonly encoderLength: number | undefined;
  readonly input: Dtype;
  readonly dropout: number;
}

/** Places of a block's inputs: the stream, the shared position bias, the encoder's output, the cross-attention's bias. */
export const T5_INPUTS = { stream: 0, positionBias: 1, encoderOutput: 2, crossBias: 3 } as const;

/** transformers: models/t5/modeling_t5.py, T5Block. */
export function t5Block(request: T5BlockRequest): Program {
  const { shape, context, batch, length, encoderLength } = request;
  const tape = new Tape(context);
  const x = tape.input(batch * length * shape.hiddenSize, request.input);
  const bias = tape.input(shape.heads * length * length, context.weights);
  const encoded =
    encoderLength === undefined ? undefined : tape.input(batch * encoderLength * shape.hiddenSize, request.input);
  const own = attention(tape, x, { request, source: undefined, sourceLength: length, bias });
  if (encoded === undefined || encoderLength === undefined) return tape.finish(feedForward(tape, own, request));
  const crossBias = tape.input(shape.heads * length * encoderLength, context.weights, false);
  const crossed = attention(tape, own, { request, source: encoded, sourceLength: encoderLength, bias: crossBias });
  return tape.finish(feedForward(tape, crossed, request));
}

interface AttentionRequest {
  readonly request: T5BlockRequest;
  /** What keys and values are made of; the normalised stream itself without one. */
  readonly source: Value | undefined;
  readonly sourceLength: number;
  readonly bias: Value;
}

function attention(tape: Tape, x: Value, { request, source, sourceLength, bias }: AttentionRequest): Value {
  const { shape, batch, length } = request;
  const width = shape.heads * shape.headDim;
  return tape.call((hold) => {
    hold(x);
    const normed = hold(blockNorm(tape, x, shape));
    const project = (name: string, from: Value): Value =>
      hold(linear(tape, from, { name, inputs: shape.hiddenSize, outputs: width }));
    const q = project('q', normed);
    const k = project('k', source ?? normed);
    const v = project('v', source ?? normed);
    const queries = toAutocast(tape, q);
    const keys = toAutocast(tape, k);
    const values = toAutocast(tape, v);
    const elements = batch * length * width;
    const attend = (): Value => {
      const scoreCount = batch * shape.heads * length * sourceLength;
      const scores = biasedScores(tape, scale(tape, batchedProduct(tape, queries, keys, scoreCount)), bias);
      const probabilities = keepsOutput(tape, 'softmax', toFullPrecision(tape, scores));
      const dropped = toAutocast(tape, hold(dropout(tape, probabilities, request.dropout)));
      return copy(tape, batchedProduct(tape, dropped, values, elements, queries.dtype));
    };
    const rows = batch * length * shape.heads;
    const isFused = !hasPositionBias(shape) && request.context.attention === 'fused';
    const output = isFused
      ? attentionKernel(tape, [queries, keys, values], { elements, rows, backwardScratch: elements * 4 })
      : attend();
    const projected = linear(tape, output, { name: 'o', inputs: width, outputs: shape.hiddenSize });
    return add(tape, x, dropout(tape, projected, request.dropout));
  });
}

/** T5's RMSNorm, or the LayerNorm of BART and Whisper: whether it comes first or last, it keeps the same. */
export function blockNorm(tape: Tape, x: Value, shape: ModelShape): Value {
  return hasPositionBias(shape) ? rmsNorm(tape, x, shape.hiddenSize, 't5') : layerNorm(tape, x, shape.hiddenSize);
}

/** T5 adds a bias to its scores, which keeps it from the fused kernels; BART and Whisper add none. */
export function hasPositionBias({ family }: ModelShape): boolean {
  return family === 't5' || family === 'mt5';
}

/** The position bias has the weights' dtype; its own gradient is that of one sample. */
function biasedScores(tape: Tape, scores: Value, bias: Value): Value {
  const dtype = tape.context.weights === 'fp32' ? 'fp32' : scores.dtype;
  const { elements } = scores;
  const biased = tape.op({ kind: 'add bias', inputs: [scores, bias], elements, dtype, sharesGradient: 'first' });
  return addMask(tape, biased, dtype);
}

function feedForward(tape: Tape, x: Value, request: T5BlockRequest): Value {
  const { shape, context } = request;
  const wide = { inputs: shape.hiddenSize, outputs: shape.intermediateSize };
  return tape.call((hold) => {
    hold(x);
    const normed = hold(blockNorm(tape, x, shape));
    // activation_dropout is 0 in BART's line (transformers: models/bart/configuration_bart.py).
    const inner = hasPositionBias(shape) ? request.dropout : 0;
    const opened = dropout(tape, openedProduct(tape, normed, request, wide), inner);
    const input = opened.dtype === context.weights ? opened : cast(tape, opened, context.weights);
    const narrow = linear(tape, input, { name: 'wo', inputs: shape.intermediateSize, outputs: shape.hiddenSize });
    return add(tape, x, dropout(tape, narrow, request.dropout));
  });
}

function openedProduct(
  tape: Tape,
  x: Value,
  { shape }: T5BlockRequest,
  wide: { readonly inputs: number; readonly outputs: number },
): Value {
  if (shape.mlp === 'plain') {
    const hidden = linear(tape, x, { ...wide, name: 'wi' });
    return shape.family === 't5' ? keepsOutput(tape, 'relu', hidden) : activation(tape, 'gelu', hidden);
  }
  const gate = newGelu(tape, linear(tape, x, { ...wide, name: 'wi_0' }));
  return multiply(tape, gate, linear(tape, x, { ...wide, name: 'wi_1' }));
}
