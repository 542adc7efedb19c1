import type { Dtype } from '../workload.ts';

/** A weight tensor. */
export interface Parameter {
  readonly elements: number;
  /** Rows of a matrix; 0 for vectors. */
  readonly rows: number;
  readonly dtype: Dtype;
  readonly trainable: boolean;
  /** Matrices decay and are first in the optimizer's groups; vectors (norms, biases) come second. */
  readonly matrix: boolean;
  /** Optimizers treat the layers' matrices and the token embedding apart; stacked experts are matrices of three axes. */
  readonly role: 'hidden' | 'experts' | 'embedding' | 'other';
  /** Frozen base weights that quantisation replaces. */
  readonly quantizable: boolean;
  /** The gradient waits for that of the tied embedding. */
  readonly tied: boolean;
  /** Part of an adapter, none of the model's own. */
  readonly adapter: boolean;
  /** Another layer's weight, which has its state and keeps its gradient. */
  readonly shared?: boolean;
}

/** A tensor and how many of its like a model has. */
export interface CountedParameter extends Parameter {
  readonly copies: number;
}

export interface MatrixSpec {
  readonly rows: number;
  readonly cols: number;
  readonly dtype: Dtype;
  readonly trainable: boolean;
  readonly role?: Parameter['role'];
  readonly quantizable?: boolean;
  readonly adapter?: boolean;
}

export function matrix({
  rows,
  cols,
  dtype,
  trainable,
  role = 'other',
  quantizable = false,
  adapter = false,
}: MatrixSpec): Parameter {
  return { elements: rows * cols, rows, dtype, trainable, matrix: true, role, quantizable, tied: false, adapter };
}

export function vector(elements: number, dtype: Dtype, trainable: boolean, adapter = false): Parameter {
  return {
    elements,
    rows: 0,
    dtype,
    trainable,
    matrix: false,
    role: 'other',
    quantizable: false,
    tied: false,
    adapter,
  };
}
