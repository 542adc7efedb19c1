import type { Dtype } from '../workload.ts';
import { columnSumBytes } from './column-sum.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { add, cast, copy, dropout, multiply, scale, toAutocast } from './elementwise.ts';
import { isLayerMethod, withOtherAdapter } from './other-adapters.ts';
import { matrix, type Parameter, vector } from './parameter.ts';
import type { Tape, Value } from './tape.ts';
import { adapterRank, type TapeContext, trains } from './tape-context.ts';

export interface LinearSpec {
  /** The module's own name, which adapters are matched against. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias?: boolean;
  /** What backward was seen to need beyond the rules. */
  readonly backwardScratch?: number;
}

/** The last products of attention and feed-forward, split by their inputs; the others are split by their outputs. */
const SPLIT_BY_INPUTS: ReadonlySet<string> = new Set(['o_proj', 'down_proj']);

/** x·Wᵀ, with an adapter beside it where the run has one for this module. */
export function linear(tape: Tape, x: Value, spec: LinearSpec): Value {
  if (!tape.context.sumsOverRanks) return wholeLinear(tape, x, spec);
  if (!SPLIT_BY_INPUTS.has(spec.name)) return wholeLinear(tape, x, { ...spec, backwardScratch: x.bytes });
  const part = wholeLinear(tape, x, spec);
  const { elements, dtype } = part;
  return tape.op({ kind: 'all-reduce', inputs: [part], elements, dtype, sharesGradient: 'all' });
}

function wholeLinear(tape: Tape, x: Value, spec: LinearSpec): Value {
  const rank = adapterRank(tape.context, spec.name);
  if (rank > 0) return linearWithAdapter(tape, x, spec, rank);
  return linearWithoutAdapter(tape, x, spec);
}

/** A linear that no adapter is put on: routers, task heads, position projections. */
export function linearWithoutAdapter(tape: Tape, x: Value, spec: LinearSpec): Value {
  const { context } = tape;
  const trainable = trains(context, spec.name);
  const trainsBias = trains(context, spec.name, 'bias');
  return plainLinear(tape, x, {
    ...spec,
    trainable,
    trainsBias,
    dtype: trainable ? context.trainedWeights : context.weights,
  });
}

interface PlainLinear extends LinearSpec {
  readonly trainable: boolean;
  readonly dtype: Dtype;
  readonly trainsBias?: boolean;
  readonly adapterPart?: boolean;
}

function plainLinear(tape: Tape, x: Value, spec: PlainLinear): Value {
  const quantization = spec.trainable || spec.adapterPart === true ? 'none' : tape.context.quantization;
  if (quantization === 'int8') return eightBitLinear(tape, x, spec);
  const rows = x.elements / spec.inputs;
  const input = toAutocast(tape, x);
  const weight = matrix({
    // An adapter's inner side has no split; its few bytes do not matter.
    rows: spec.outputs * tape.context.weightShare,
    cols: spec.inputs,
    dtype: spec.dtype,
    trainable: spec.trainable,
    role: 'hidden',
    quantizable: spec.adapterPart !== true,
    adapter: spec.adapterPart === true,
  });
  const bias = spec.bias === true ? [vector(spec.outputs, spec.dtype, spec.trainsBias ?? spec.trainable)] : [];
  const weightCast = quantization === 'none' ? castWeight(tape, weight) : undefined;
  const saves: Value[] = [];
  if (spec.trainable) saves.push(input);
  if (weightCast !== undefined && x.needsGradient) saves.push(weightCast);
  const dequantized = isFourBit(quantization) ? dequantizedBytes(tape, weight) : 0;
  const output = tape.op({
    kind: 'linear',
    inputs: [input, weightCast],
    elements: rows * spec.outputs,
    dtype: tape.context.autocast ?? spec.dtype,
    saves,
    parameters: weightCast === undefined ? [weight, ...bias] : bias,
    weightGradientFirst: tape.context.weightGradientFirst,
    forwardScratch: dequantized,
    backwardScratch: Math.max(
      dequantized + (spec.backwardScratch ?? 0),
      bias.some(({ trainable }) => trainable) ? biasGradientScratch(rows, weight, weightCast) : 0,
    ),
  });
  // The caller still holds the input that autocast has cast.
  tape.holdUntilNow(x);
  // A 4-bit layer hands its output back in the dtype its input had (bitsandbytes: nn/modules.py, Linear4bit.forward).
  return isFourBit(quantization) ? cast(tape, output, x.dtype) : output;
}

function isFourBit(quantization: TapeContext['quantization']): boolean {
  return quantization === 'nf4' || quantization === 'fp4';
}

/** The bias's gradient comes last: that of the weight is there by then, which a cast weight has as an input's. */
function biasGradientScratch(rows: number, weight: Parameter, weightCast: Value | undefined): number {
  const weightGradient = weightCast === undefined && weight.trainable ? weight.elements * DTYPE_BYTES[weight.dtype] : 0;
  return weightGradient + columnSumBytes(rows, weight.rows);
}

const FEED_FORWARD_ENDS: ReadonlySet<string> = new Set([
  'down_proj',
  'mlp.c_proj',
  'fc2',
  'output',
  'dense_4h_to_h',
  'wo',
]);

/** peft: tuners/lora/layer.py, Linear.forward. The input is cast to the adapter's dtype and held until the sum is made. */
function linearWithAdapter(tape: Tape, x: Value, spec: LinearSpec, rank: number): Value {
  const { adapter, weights } = tape.context;
  if (adapter === null) return linearWithoutAdapter(tape, x, spec);
  const { method } = adapter;
  if (isLayerMethod(method)) {
    const frozen = (input: Value): Value => plainLinear(tape, input, { ...spec, trainable: false, dtype: weights });
    const { inputs, outputs } = spec;
    return withOtherAdapter(
      tape,
      x,
      { inputs, outputs, endsFeedForward: FEED_FORWARD_ENDS.has(spec.name), frozen },
      method,
    );
  }
  return tape.call((hold) => {
    hold(x);
    const frozen = plainLinear(tape, x, { ...spec, trainable: false, dtype: weights });
    // Over a 4-bit layer peft copies the result, and over any quantised one casts the input only without autocast (peft: tuners/lora/bnb.py).
    const { quantization, autocast } = tape.context;
    const base = hold(isFourBit(quantization) ? copy(tape, frozen) : frozen);
    const keepsInput = quantization !== 'none' && autocast !== null;
    const input = hold(keepsInput ? x : cast(tape, x, adapter.dtype));
    const dropped = dropout(tape, input, adapter.dropout);
    const down = adapterProduct(tape, dropped, { name: 'lora_A', inputs: spec.inputs, outputs: rank });
    const up = adapterProduct(tape, down, { name: 'lora_B', inputs: rank, outputs: spec.outputs });
    const scaled = method === 'adalora' ? weighted(tape, up, rank, adapter.dtype) : scale(tape, up);
    if (!adapter.dora) return cast(tape, add(tape, base, scaled), base.dtype);
    const magnitude = doraMagnitude(tape, spec, adapter.dtype);
    const sum = add(tape, multiply(tape, base, magnitude), multiply(tape, scaled, magnitude));
    return cast(tape, sum, base.dtype);
  });
}

/** AdaLoRA's singular values and their number (peft: tuners/adalora/layer.py). */
function weighted(tape: Tape, x: Value, rank: number, dtype: Dtype): Value {
  const parameters = [vector(rank + 1, dtype, true, true)];
  return tape.op({ kind: 'scale', inputs: [x], elements: x.elements, dtype: x.dtype, saves: [x], parameters });
}

/** A product with one of an adapter's own matrices. */
export function adapterProduct(tape: Tape, x: Value, spec: LinearSpec): Value {
  const dtype = tape.context.adapter?.dtype ?? tape.context.weights;
  return plainLinear(tape, x, { ...spec, trainable: true, dtype, adapterPart: true });
}

/** DoRA's norms of W + B·A, which is made whole for a moment (peft: tuners/lora/dora.py). */
function doraMagnitude(tape: Tape, spec: LinearSpec, dtype: Dtype): Value {
  return tape.op({
    kind: 'magnitude',
    inputs: [],
    elements: spec.outputs,
    dtype,
    parameters: [vector(spec.outputs, dtype, true, true)],
    forwardScratch: 2 * spec.inputs * spec.outputs * DTYPE_BYTES[dtype],
  });
}

/**
 * LLM.int8(): autocast passes it by, so the result has the input's dtype; the input is kept, cast to fp16 and quantised row
 * by row for the product alone, and backward makes the weight whole again (bitsandbytes: autograd/_functions.py, MatMul8bitLt).
 */
function eightBitLinear(tape: Tape, x: Value, spec: PlainLinear): Value {
  const rows = x.elements / spec.inputs;
  const weight = matrix({
    rows: spec.outputs * tape.context.weightShare,
    cols: spec.inputs,
    dtype: spec.dtype,
    trainable: false,
    role: 'hidden',
    quantizable: true,
  });
  const bias = spec.bias === true ? [vector(spec.outputs, spec.dtype, spec.trainsBias ?? false)] : [];
  const cast16 = x.dtype === 'fp16' ? 0 : DTYPE_BYTES.fp16;
  return tape.op({
    kind: 'linear',
    inputs: [x],
    elements: rows * spec.outputs,
    dtype: x.dtype,
    saves: [x],
    parameters: [weight, ...bias],
    forwardScratch: x.elements * (cast16 + DTYPE_BYTES.int8),
    backwardScratch: weight.elements * DTYPE_BYTES[x.dtype],
  });
}

/** Under autocast an fp32 weight is cast to 16 bit; the cast of one that trains is cached until autocast ends. */
export function castWeight(tape: Tape, weight: Parameter): Value | undefined {
  const { autocast } = tape.context;
  if (autocast === null || weight.dtype !== 'fp32') return undefined;
  const value = tape.op({
    kind: 'cast weight',
    inputs: [],
    elements: weight.elements,
    dtype: autocast,
    parameters: [weight],
    cachedCast: true,
  });
  value.needsGradient = weight.trainable;
  return value;
}

/** The 16-bit copy of a quantised weight that bitsandbytes makes for one product. */
export function dequantizedBytes(tape: Tape, weight: Parameter): number {
  return weight.elements * DTYPE_BYTES[tape.context.autocast ?? weight.dtype];
}
