import type { Dtype } from '../workload.ts';
import { widerDtype } from './dtype.ts';
import type { Tape, Value } from './tape.ts';

/** `to(dtype)`: the same value where it has the dtype already. */
export function cast(tape: Tape, x: Value, dtype: Dtype): Value {
  if (x.dtype === dtype) return x;
  return tape.op({ kind: 'cast', inputs: [x], elements: x.elements, dtype });
}

/** What autocast does to the inputs of a matrix product. */
export function toAutocast(tape: Tape, x: Value): Value {
  return tape.context.autocast === null ? x : cast(tape, x, tape.context.autocast);
}

/** What autocast does to the inputs of layer_norm, softmax and pow. */
export function toFullPrecision(tape: Tape, x: Value): Value {
  return tape.context.autocast === null ? x : cast(tape, x, 'fp32');
}

/** x + y; backward hands one buffer to both. */
export function add(tape: Tape, a: Value, b: Value): Value {
  return tape.op({
    kind: 'add',
    inputs: [a, b],
    elements: Math.max(a.elements, b.elements),
    dtype: widerDtype(a.dtype, b.dtype),
    sharesGradient: 'all',
  });
}

/** x · y; each factor is kept if its partner needs a gradient. */
export function multiply(tape: Tape, a: Value, b: Value, dtype: Dtype = widerDtype(a.dtype, b.dtype)): Value {
  const saves: Value[] = [];
  if (b.needsGradient) saves.push(a);
  if (a.needsGradient) saves.push(b);
  return tape.op({ kind: 'multiply', inputs: [a, b], elements: Math.max(a.elements, b.elements), dtype, saves });
}

/** x · constant, x · cos, x + constant: keeps nothing. */
export function scale(tape: Tape, x: Value, dtype: Dtype = x.dtype, elements = x.elements): Value {
  return tape.op({ kind: 'scale', inputs: [x], elements, dtype });
}

/** contiguous(), repeat, index_select: a new buffer that backward needs nothing of. */
export function copy(tape: Tape, x: Value, elements = x.elements): Value {
  return tape.op({ kind: 'copy', inputs: [x], elements, dtype: x.dtype });
}

/** silu, gelu, pow: keeps its input. */
export function activation(tape: Tape, kind: string, x: Value, backwardScratch = 0): Value {
  return tape.op({ kind, inputs: [x], elements: x.elements, dtype: x.dtype, saves: [x], backwardScratch });
}

/** relu, tanh, softmax, log_softmax, rsqrt: keeps its output. */
export function keepsOutput(tape: Tape, kind: string, x: Value, dtype: Dtype = x.dtype, elements = x.elements): Value {
  const output = tape.op({ kind, inputs: [x], elements, dtype });
  // Its backward first makes the product of gradient and output (pytorch: aten/src/ATen/native/cuda/SoftMax.cu).
  if (kind === 'softmax') tape.lastOp.backwardScratch = output.bytes;
  tape.saveWithLast(output);
  return output;
}

/** Keeps a mask of one byte an element. */
export function dropout(tape: Tape, x: Value, probability: number): Value {
  if (probability === 0 || tape.context.inference === true) return x;
  const [output, mask] = tape.opWithExtras({ kind: 'dropout', inputs: [x], elements: x.elements, dtype: x.dtype }, [
    { elements: x.elements, dtype: 'bool' },
  ]);
  if (output === undefined || mask === undefined) return x;
  tape.saveWithLast(mask);
  return output;
}

/** GPT-2's gelu in plain ops: 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
export function newGelu(tape: Tape, x: Value): Value {
  return tape.call((hold) => {
    hold(x);
    const half = hold(scale(tape, x));
    const cubed = scale(tape, activation(tape, 'pow', toFullPrecision(tape, x)));
    const inner = scale(tape, add(tape, x, cubed));
    const gate = scale(tape, keepsOutput(tape, 'tanh', inner));
    return multiply(tape, half, gate);
  });
}
