import { cast } from '../tape/elementwise.ts';
import type { Tape, Value } from '../tape/tape.ts';

/** Megatron-LM: megatron/core/tensor_parallel/cross_entropy.py. Exponential, quotient and gradient reuse the one fp32 copy. */
export function crossEntropyInPlace(tape: Tape, logits: Value): Value {
  return tape.call((hold) => {
    hold(logits);
    const probabilities = cast(tape, logits, 'fp32');
    probabilities.needsGradient = false;
    return tape.op({ kind: 'nll', inputs: [logits], elements: 1, dtype: 'fp32', saves: [probabilities] });
  });
}

/**
 * flash-attn's kernel (flash_attn/ops/triton/cross_entropy.py, inplace_backward): logits as they are until their gradient
 * stands in the same place, which takes as much as if they went and it came.
 */
export function lossOverLogits(tape: Tape, logits: Value): Value {
  return tape.call((hold) => {
    hold(logits);
    return tape.op({ kind: 'nll over logits', inputs: [logits], elements: 1, dtype: 'fp32' });
  });
}
