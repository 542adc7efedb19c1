import { cast, keepsOutput, multiply } from '../tape/elementwise.ts';
import type { Tape, Value } from '../tape/tape.ts';

/**
 * The teacher's logits and log-probabilities beside the student's, then the divergence in steps of its own (pytorch:
 * aten/src/ATen/native/Loss.cpp, kl_div with log_target).
 */
export function divergence(tape: Tape, logits: Value): Value {
  return tape.call((hold) => {
    hold(logits);
    const { elements } = logits;
    const taught = hold(tape.op({ kind: 'teacher', inputs: [], elements, dtype: logits.dtype }));
    taught.needsGradient = false;
    const own = keepsOutput(tape, 'log softmax', cast(tape, logits, 'fp32'));
    const target = keepsOutput(tape, 'log softmax', cast(tape, taught, 'fp32'));
    target.needsGradient = false;
    hold(own);
    hold(target);
    const probabilities = tape.op({ kind: 'exp', inputs: [target], elements, dtype: 'fp32' });
    probabilities.needsGradient = false;
    const difference = hold(tape.op({ kind: 'difference', inputs: [own], elements, dtype: 'fp32' }));
    const each = multiply(tape, difference, probabilities);
    return tape.op({ kind: 'sum', inputs: [each], elements: 1, dtype: 'fp32' });
  });
}

/**
 * XLA makes each value of the divergence from the two sets of fp32 logits as it needs it, forward and backward (MaxText:
 * src/maxtext/trainers/post_train/distillation/distillation_utils.py).
 */
export function fusedDivergence(tape: Tape, logits: Value): Value {
  return tape.call((hold) => {
    const own = hold(cast(tape, logits, 'fp32'));
    const taught = hold(tape.op({ kind: 'teacher', inputs: [], elements: logits.elements, dtype: 'fp32' }));
    taught.needsGradient = false;
    return tape.op({ kind: 'divergence', inputs: [own], elements: 1, dtype: 'fp32', saves: [own, taught] });
  });
}
