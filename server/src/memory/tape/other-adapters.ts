import type { AdapterMethod } from '../../plan/index.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { add, cast, scale, toAutocast } from './elementwise.ts';
import { matrix, vector } from './parameter.ts';
import type { Tape, Value } from './tape.ts';
import type { AdapterContext } from './tape-context.ts';

/** A linear layer that has an adapter, and how its frozen product runs. */
export interface AdaptedLinear {
  readonly inputs: number;
  readonly outputs: number;
  /** The second matrix of a feed-forward, whose input IA3 scales instead of its output. */
  readonly endsFeedForward: boolean;
  readonly frozen: (x: Value) => Value;
}

/** Methods that work on each target layer by themselves. */
export type LayerMethod = Exclude<AdapterMethod, 'adalora' | 'freeze' | 'ln-tuning' | 'p-tuning' | 'prefix' | 'prompt'>;

export function withOtherAdapter(tape: Tape, x: Value, layer: AdaptedLinear, method: LayerMethod): Value {
  const { adapter } = tape.context;
  if (adapter === null) return layer.frozen(x);
  switch (method) {
    case 'ia3':
      return scaledByVector(tape, x, layer, adapter);
    case 'oft':
      return layer.frozen(rotatedByBlocks(tape, x, layer, adapter));
    case 'vera':
      return sharedProjections(tape, x, layer, adapter);
    case 'miss':
      return summedShards(tape, x, layer, adapter);
    case 'hra':
      return reflectedWeight(tape, x, layer, adapter);
    case 'loha':
    case 'lokr':
    case 'fourierft':
      return updatedWeight(tape, x, layer, { adapter, method });
    default:
      return method satisfies never;
  }
}

/** peft: tuners/ia3/layer.py. */
function scaledByVector(tape: Tape, x: Value, layer: AdaptedLinear, { dtype }: AdapterContext): Value {
  const scaledBy = (value: Value, width: number): Value => {
    const product = tape.op({
      kind: 'scale by vector',
      inputs: [value],
      elements: value.elements,
      dtype,
      saves: [value],
      parameters: [vector(width, dtype, true, true)],
    });
    return cast(tape, product, value.dtype);
  };
  if (layer.endsFeedForward) return layer.frozen(cast(tape, scaledBy(cast(tape, x, dtype), layer.inputs), x.dtype));
  return scaledBy(layer.frozen(x), layer.outputs);
}

/** Blocks of an orthogonal matrix on the input; half of each block's entries are free (peft: tuners/oft/layer.py). */
function rotatedByBlocks(tape: Tape, x: Value, { inputs }: AdaptedLinear, { dtype, blockSize }: AdapterContext): Value {
  const blocks = Math.max(1, Math.floor(inputs / blockSize));
  const free = matrix({ rows: blocks, cols: (blockSize * (blockSize - 1)) / 2, dtype, trainable: true, adapter: true });
  const input = toAutocast(tape, cast(tape, x, dtype));
  const rotated = tape.op({
    kind: 'linear',
    inputs: [input],
    elements: x.elements,
    dtype: input.dtype,
    saves: [input],
    parameters: [free],
  });
  return cast(tape, rotated, x.dtype);
}

/** Two frozen projections that all layers share, and a trained vector behind each (peft: tuners/vera/layer.py). */
function sharedProjections(tape: Tape, x: Value, layer: AdaptedLinear, { rank, dtype }: AdapterContext): Value {
  return tape.call((hold) => {
    const result = hold(layer.frozen(x));
    const rows = x.elements / layer.inputs;
    const product = (input: Value, width: number): Value =>
      tape.op({
        kind: 'linear',
        inputs: [toAutocast(tape, input)],
        elements: rows * width,
        dtype: tape.context.autocast ?? dtype,
      });
    const scaled = (value: Value, width: number): Value =>
      tape.op({
        kind: 'scale by vector',
        inputs: [value],
        elements: value.elements,
        dtype,
        saves: [value],
        parameters: [vector(width, dtype, true, true)],
      });
    const down = scaled(product(hold(cast(tape, x, dtype)), rank), rank);
    const up = scaled(product(down, layer.outputs), layer.outputs);
    return cast(tape, add(tape, result, up), result.dtype);
  });
}

/** Pieces of the input are summed before the one small matrix (peft: tuners/miss/layer.py). */
function summedShards(tape: Tape, x: Value, layer: AdaptedLinear, { rank, dtype }: AdapterContext): Value {
  return tape.call((hold) => {
    const result = hold(layer.frozen(x));
    const rows = x.elements / layer.inputs;
    const summed = toAutocast(tape, scale(tape, hold(cast(tape, x, dtype)), dtype, rows * rank));
    const up = tape.op({
      kind: 'linear',
      inputs: [summed],
      elements: rows * layer.outputs,
      dtype: summed.dtype,
      saves: [summed],
      parameters: [matrix({ rows: rank, cols: layer.outputs, dtype, trainable: true, adapter: true })],
    });
    return cast(tape, add(tape, result, up), result.dtype);
  });
}

/** Reflections one after the other, each a square matrix, on the weight itself (peft: tuners/hra/layer.py). */
function reflectedWeight(tape: Tape, x: Value, layer: AdaptedLinear, { rank, dtype }: AdapterContext): Value {
  const compute = tape.context.autocast ?? dtype;
  const square = layer.inputs ** 2;
  const vectors = matrix({ rows: layer.inputs, cols: rank, dtype, trainable: true, adapter: true });
  const chain = tape.op({
    kind: 'linear',
    inputs: [],
    elements: REFLECTION_COPIES * rank * square,
    dtype: compute,
    parameters: [vectors],
  });
  tape.saveWithLast(chain);
  const weight = tape.op({ kind: 'linear', inputs: [chain], elements: layer.inputs * layer.outputs, dtype: compute });
  return productWith(tape, x, layer, weight);
}

/** Squares of the width that each reflection keeps: seen on one model, in 16 bits. */
const REFLECTION_COPIES = 1.16;

interface WeightUpdate {
  readonly adapter: AdapterContext;
  readonly method: 'loha' | 'lokr' | 'fourierft';
}

/** The update is made whole and multiplied beside the frozen weight (peft: tuners/{loha,lokr,fourierft}/layer.py). */
function updatedWeight(tape: Tape, x: Value, layer: AdaptedLinear, { adapter, method }: WeightUpdate): Value {
  const elements = layer.inputs * layer.outputs;
  const { dtype, rank } = adapter;
  const trained = matrix({
    rows: rank,
    cols: updateElements(layer, rank, method) / rank,
    dtype,
    trainable: true,
    adapter: true,
  });
  return tape.call((hold) => {
    const result = hold(layer.frozen(x));
    const update = tape.op({
      kind: 'weight update',
      inputs: [],
      elements,
      dtype,
      parameters: [trained],
      forwardScratch: 2 * elements * DTYPE_BYTES[dtype],
      backwardScratch: 2 * elements * DTYPE_BYTES[dtype],
    });
    // Kronecker products and transforms keep the update a second time.
    const again =
      method === 'loha'
        ? undefined
        : tape.op({ kind: 'weight update', inputs: [update], elements, dtype: tape.context.autocast ?? dtype });
    if (again !== undefined) tape.saveWithLast(again);
    const up = productWith(tape, hold(x), layer, update);
    return cast(tape, add(tape, result, up), result.dtype);
  });
}

function productWith(tape: Tape, x: Value, layer: AdaptedLinear, weight: Value): Value {
  const input = toAutocast(tape, x);
  const factor = toAutocast(tape, weight);
  return tape.op({
    kind: 'linear',
    inputs: [input, factor],
    elements: (x.elements / layer.inputs) * layer.outputs,
    dtype: input.dtype,
    saves: x.needsGradient ? [input, factor] : [input],
  });
}

/** Trained elements of an update. */
function updateElements({ inputs, outputs }: AdaptedLinear, rank: number, method: WeightUpdate['method']): number {
  if (method === 'loha') return 2 * rank * (inputs + outputs);
  if (method === 'fourierft') return FREQUENCIES;
  const [outerRows, innerRows] = factors(outputs);
  const [outerCols, innerCols] = factors(inputs);
  const inner = rank < Math.max(innerRows, innerCols) / 2 ? rank * (innerRows + innerCols) : innerRows * innerCols;
  return outerRows * outerCols + inner;
}

/** n_frequency unless told otherwise (peft: tuners/fourierft/config.py). */
const FREQUENCIES = 1000;

/** The two factors nearest to each other, the smaller first (peft: tuners/lokr/layer.py, factorization). */
function factors(size: number): readonly [number, number] {
  for (let small = Math.floor(Math.sqrt(size)); small > 1; small -= 1)
    if (size % small === 0) return [small, size / small];
  return [1, size];
}

export function isLayerMethod(method: AdapterMethod | undefined): method is LayerMethod {
  return method !== undefined && LAYER_METHODS.has(method);
}

const LAYER_METHODS: ReadonlySet<AdapterMethod> = new Set([
  'fourierft',
  'hra',
  'ia3',
  'loha',
  'lokr',
  'miss',
  'oft',
  'vera',
]);
