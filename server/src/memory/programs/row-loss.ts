import { cast } from '../tape/elementwise.ts';
import type { Tape, Value } from '../tape/tape.ts';

/** How a loss takes its tokens' log-probabilities of logits, one sequence after the other. */
export interface RowLoss {
  /** log_softmax of each sequence, or each token's logit less the logsumexp. */
  readonly kernel: 'rows' | 'logsumexp' | 'upcast-logsumexp';
  /** Sequences the logits are of. */
  readonly rows: number;
}

/**
 * Log-probabilities sequence by sequence (trl: trl/trainer/utils.py, selective_log_softmax). Backward stacks the
 * sequences' gradients, so that those of all logits are there twice for a moment.
 */
export function rowLoss(tape: Tape, logits: Value, { kernel, rows }: RowLoss): Value {
  return tape.call((hold) => {
    // What accelerate makes of the outputs under mixed precision (accelerate: utils/operations.py, convert_outputs_to_fp32).
    const output = hold(kernel === 'upcast-logsumexp' ? cast(tape, logits, 'fp32') : logits);
    return kernel === 'rows' ? logSoftmaxOfRows(tape, output, rows) : logSumExpOfRows(tape, output, rows);
  });
}

/** Every sequence's log-softmax stays for backward. */
function logSoftmaxOfRows(tape: Tape, logits: Value, rows: number): Value {
  const sequences = unbound(tape, logits, []);
  const dtype = tape.context.autocast === null ? logits.dtype : 'fp32';
  const [taken, logProbabilities] = tape.opWithExtras(
    { kind: 'row log softmax', inputs: [sequences], elements: 1, dtype },
    [{ elements: logits.elements, dtype }],
  );
  if (taken === undefined || logProbabilities === undefined) return sequences;
  tape.saveWithLast(logProbabilities);
  const row = logProbabilities.bytes / rows;
  tape.lastOp.forwardScratch = dtype === logits.dtype ? 0 : row;
  // The gradients that gather and log_softmax make of one sequence.
  tape.lastOp.backwardScratch = 2 * row;
  return taken;
}

/** The logits themselves stay for backward, and fp32 copies of them under autocast. */
function logSumExpOfRows(tape: Tape, logits: Value, rows: number): Value {
  const sequences = unbound(tape, logits, [logits]);
  const dtype = tape.context.autocast === null ? logits.dtype : 'fp32';
  const copied = dtype === logits.dtype ? 0 : logits.elements;
  const [taken, copies] = tape.opWithExtras({ kind: 'row logsumexp', inputs: [sequences], elements: 1, dtype }, [
    { elements: copied, dtype },
  ]);
  if (taken === undefined || copies === undefined) return sequences;
  tape.saveWithLast(copies);
  const row = (copied > 0 ? copies.bytes : logits.bytes) / rows;
  tape.lastOp.forwardScratch = row;
  // Difference, exponential and product of one sequence (pytorch: torch/csrc/autograd/FunctionsManual.cpp, logsumexp_backward).
  tape.lastOp.backwardScratch = 3 * row;
  return taken;
}

/** The sequences are views; their gradients wait until they are stacked. */
function unbound(tape: Tape, logits: Value, saves: readonly Value[]): Value {
  return tape.op({
    kind: 'unbind',
    inputs: [logits],
    elements: 1,
    dtype: 'fp32',
    saves,
    backwardScratch: logits.bytes,
  });
}
