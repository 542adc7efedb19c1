import type { Dtype } from '../workload.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { add, cast, copy, dropout, keepsOutput, scale, toAutocast } from './elementwise.ts';
import type { Tape, Value } from './tape.ts';

/** x·cos + rotate_half(x)·sin; the tables need no gradient, so nothing of size is kept. */
export interface RotarySpec {
  /** Share of each head that is rotated. */
  readonly fraction: number;
  /** The rotated part is concatenated with the rest into a new tensor. */
  readonly concatenates: boolean;
  /** Elements of q inside a fused buffer; absent where each is a tensor of its own. */
  readonly elements?: number | undefined;
  /** Those of k, where it has fewer heads. */
  readonly keyElements?: number | undefined;
}

export function rotary(tape: Tape, q: Value, k: Value, spec: RotarySpec): readonly [Value, Value] {
  return tape.call((hold) => {
    hold(q);
    hold(k);
    const rotated = (x: Value, elements = spec.elements): Value => hold(rotate(tape, x, { ...spec, elements }));
    if (tape.context.fusedLayers && !spec.concatenates) return [hold(copy(tape, q)), hold(copy(tape, k))];
    return [rotated(q), rotated(k, spec.keyElements)];
  });
}

function rotate(tape: Tape, x: Value, spec: RotarySpec): Value {
  // cos and sin have the dtype of the hidden states, which is fp32 wherever the weights are.
  const dtype = tape.context.weights === 'fp32' ? 'fp32' : x.dtype;
  const whole = spec.elements ?? x.elements;
  const part = whole * spec.fraction;
  const straight = scale(tape, x, dtype, part);
  const turned = scale(tape, x, x.dtype, part);
  const sum = add(tape, straight, scale(tape, turned, dtype));
  if (!spec.concatenates) return sum;
  return tape.op({ kind: 'concatenate', inputs: [sum], elements: whole, dtype });
}

/** Sizes of one attention call. */
export interface AttentionShape {
  readonly batch: number;
  readonly heads: number;
  readonly queryLength: number;
  readonly keyLength: number;
  /** Heads that have a mask of their own; one for all unless told. */
  readonly maskHeads?: number;
}

function scoreElements(shape: AttentionShape): number {
  return shape.batch * shape.heads * shape.queryLength * shape.keyLength;
}

/** scaled_dot_product_attention without a mask, or flash-attn. */
export function fusedAttention(
  tape: Tape,
  qkv: { readonly q: Value; readonly k: Value; readonly v: Value },
  shape: AttentionShape,
  dropoutProbability = 0,
): Value {
  const q = toAutocast(tape, qkv.q);
  const k = toAutocast(tape, qkv.k);
  const v = toAutocast(tape, qkv.v);
  const keysOfAllHeads = (q.elements * shape.keyLength) / shape.queryLength;
  const grouped = k.elements !== keysOfAllHeads;
  // No fused kernel takes grouped heads in fp32: torch falls back to the math path.
  if (grouped && q.dtype === 'fp32' && !tape.context.flashPackage)
    return mathAttention(
      tape,
      { q, k: copy(tape, k, keysOfAllHeads), v: copy(tape, v, keysOfAllHeads) },
      shape,
      dropoutProbability,
    );
  const rows = shape.batch * shape.heads * shape.queryLength;
  const repeatedGradients = grouped ? 2 * keysOfAllHeads * DTYPE_BYTES[q.dtype] : 0;
  const backwardScratch = q.elements * 4 + rows * 4 + repeatedGradients;
  return attentionKernel(tape, [q, k, v], { elements: q.elements, rows, backwardScratch });
}

export interface KernelSpec {
  /** Elements of the output: those of q, also where q is a slice of a fused buffer. */
  readonly elements: number;
  /** Query rows over batch and heads: one log-sum-exp each. */
  readonly rows: number;
  /** Backward's fp32 accumulator of dq, its row sums, and the gradients of repeated keys and values. */
  readonly backwardScratch: number;
}

/** A fused kernel: keeps its inputs, its output and the log-sum-exp. */
export function attentionKernel(tape: Tape, inputs: readonly Value[], spec: KernelSpec): Value {
  const dtype = inputs[0]?.dtype ?? tape.context.weights;
  const { elements, backwardScratch } = spec;
  const [output, logSumExp] = tape.opWithExtras(
    { kind: 'attention', inputs, elements, dtype, saves: inputs, backwardScratch },
    [{ elements: spec.rows, dtype: 'fp32' }],
  );
  if (output === undefined || logSumExp === undefined) throw new Error('An attention kernel has two outputs.');
  tape.saveWithLast(output, logSumExp);
  return output;
}

/** The memory-efficient kernel with an additive mask: a 16-bit bias of B·S·S elements is kept for each layer. */
export function maskedAttention(
  tape: Tape,
  qkv: { readonly q: Value; readonly k: Value; readonly v: Value },
  shape: AttentionShape,
): Value {
  const q = toAutocast(tape, qkv.q);
  const k = toAutocast(tape, qkv.k);
  const v = toAutocast(tape, qkv.v);
  const mask = attentionMask(tape, shape, q.dtype);
  const rows = shape.batch * shape.heads * shape.queryLength;
  return attentionKernel(tape, [q, k, v, mask], { elements: q.elements, rows, backwardScratch: q.bytes * 2 });
}

export function attentionMask(tape: Tape, shape: AttentionShape, dtype: Dtype): Value {
  const elements = shape.batch * (shape.maskHeads ?? 1) * shape.queryLength * shape.keyLength;
  return tape.op({ kind: 'mask', inputs: [], elements, dtype });
}

/** Keys and values of one head for all: torch's math path, in fp32 whatever comes in, over copies for every head. */
export function broadcastAttention(
  tape: Tape,
  qkv: { readonly q: Value; readonly k: Value; readonly v: Value },
  shape: AttentionShape,
  dropoutProbability: number,
): Value {
  const q = toAutocast(tape, qkv.q);
  const keysOfAllHeads = (q.elements * shape.keyLength) / shape.queryLength;
  const expanded = (x: Value): Value => copy(tape, cast(tape, toAutocast(tape, x), 'fp32'), keysOfAllHeads);
  const full = { q: scale(tape, cast(tape, q, 'fp32')), k: expanded(qkv.k), v: expanded(qkv.v) };
  return cast(tape, mathAttention(tape, full, shape, dropoutProbability), q.dtype);
}

/** torch's unfused fallback inside scaled_dot_product_attention. */
function mathAttention(
  tape: Tape,
  { q, k, v }: { readonly q: Value; readonly k: Value; readonly v: Value },
  shape: AttentionShape,
  dropoutProbability: number,
): Value {
  const scores = batchedProduct(tape, q, k, scoreElements(shape));
  const masked = addMask(tape, scores, scores.dtype);
  const probabilities = dropout(tape, keepsOutput(tape, 'softmax', masked), dropoutProbability);
  return batchedProduct(tape, probabilities, v, q.elements);
}

export interface EagerOptions {
  readonly dropout?: number;
  /** Scores are multiplied by 1/√d in a step of its own. */
  readonly scaled?: boolean;
  readonly masked?: boolean;
  /** Gemma 2: tanh over the scores. */
  readonly softCap?: boolean;
  /** softmax(dtype=float32), then a cast back. */
  readonly fullPrecisionSoftmax?: boolean;
  /** A column beside the scores joins the softmax, which then stays in the scores' dtype. */
  readonly sinks?: boolean;
  /** How often grouped keys and values are repeated. */
  readonly repeats?: number;
}

/** transformers' eager_attention_forward: scores, scale, mask, softmax, dropout, product, contiguous. */
export function eagerAttention(
  tape: Tape,
  qkv: { readonly q: Value; readonly k: Value; readonly v: Value },
  shape: AttentionShape,
  options: EagerOptions = {},
): Value {
  return tape.call((hold) => {
    const { q } = qkv;
    hold(q);
    hold(qkv.k);
    hold(qkv.v);
    const repeats = options.repeats ?? 1;
    const k = repeats > 1 ? hold(copy(tape, qkv.k, qkv.k.elements * repeats)) : qkv.k;
    const v = repeats > 1 ? hold(copy(tape, qkv.v, qkv.v.elements * repeats)) : qkv.v;
    const scores = eagerScores(tape, q, k, shape, options);
    const probabilities = eagerProbabilities(tape, scores, q.dtype, options);
    // One name holds the scores until softmax and the cast back are done.
    tape.holdUntilNow(scores);
    const dropped = hold(dropout(tape, probabilities, options.dropout ?? 0));
    // The decoder layer binds the returned probabilities, so they live until it ends.
    tape.holdToTheEnd(dropped);
    const values = toAutocast(tape, v);
    const output = batchedProduct(tape, toAutocast(tape, dropped), values, q.elements, computeDtypeOf(tape, q));
    return copy(tape, output);
  });
}

function eagerScores(tape: Tape, q: Value, k: Value, shape: AttentionShape, options: EagerOptions): Value {
  const queries = toAutocast(tape, q);
  let scores = batchedProduct(tape, queries, toAutocast(tape, k), scoreElements(shape));
  if (options.scaled !== false) scores = scale(tape, scores);
  if (options.softCap === true) scores = scale(tape, keepsOutput(tape, 'tanh', scale(tape, scores)));
  if (options.masked === false) return scores;
  // The additive mask has the dtype of the weights.
  return addMask(tape, scores, tape.context.weights === 'fp32' ? 'fp32' : scores.dtype);
}

function eagerProbabilities(tape: Tape, scores: Value, queryDtype: Dtype, options: EagerOptions): Value {
  if (options.sinks === true) {
    const joined = tape.op({ kind: 'concatenate', inputs: [scores], elements: scores.elements, dtype: scores.dtype });
    return keepsOutput(tape, 'softmax', scale(tape, joined));
  }
  const upcasts = options.fullPrecisionSoftmax !== false;
  const inFull = upcasts || tape.context.autocast !== null;
  // torch fuses the upcast into softmax for fp16 input only.
  const input = inFull && scores.dtype === 'bf16' ? cast(tape, scores, 'fp32') : scores;
  const probabilities = keepsOutput(tape, 'softmax', input, inFull ? 'fp32' : input.dtype);
  return upcasts ? cast(tape, probabilities, queryDtype) : probabilities;
}

/** bmm: keeps both factors. */
export function batchedProduct(tape: Tape, a: Value, b: Value, elements: number, dtype: Dtype = a.dtype): Value {
  return tape.op({ kind: 'batched product', inputs: [a, b], elements, dtype, saves: [a, b] });
}

export function addMask(tape: Tape, scores: Value, dtype: Dtype): Value {
  return tape.op({ kind: 'add mask', inputs: [scores], elements: scores.elements, dtype, sharesGradient: 'all' });
}

function computeDtypeOf(tape: Tape, q: Value): Dtype {
  return tape.context.autocast ?? q.dtype;
}
