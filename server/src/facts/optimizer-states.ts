import type { OptimizerFacts } from './types.ts';

/** How an optimizer keeps its states: the `state` column of server/data/optimizers.json. */
export interface StateRule {
  /** Tensors of the parameter's own size. */
  readonly tensors: number;
  /** Their dtype; `parameter` where the optimizer makes them like the parameter. Absent where `bits` says. */
  readonly dtype?: 'parameter' | 'fp32' | 'bf16';
  /** Quantised states: bits an element, elements a 4-byte scale, and the size below which nothing is quantised. */
  readonly bits?: 4 | 8;
  readonly block?: number;
  readonly floor?: number;
  /** Dtype of states that are not quantised. */
  readonly small?: 'parameter' | 'fp32';
  /** Pairs of an fp32 row and an fp32 column vector; parameters that are no matrix keep one full fp32 state instead. */
  readonly factored?: number;
  /** Matrices keep states of a low rank r instead: `tensors` of r × longer side, and a projector of shorter side × r. */
  readonly lowRank?: {
    readonly tensors: number;
    readonly bits: 8 | 32;
    readonly projectorBits: 0 | 4 | 32;
    readonly factored?: number;
  };
  /** Tensors that parameters other than hidden matrices keep, where they go to Adam. */
  readonly others?: number;
  /** Square fp32 matrices a side, for sides up to `longestSide`. */
  readonly squares?: number;
  readonly longestSide?: number;
  /** A 16-bit compensation tensor joins 16-bit parameters. */
  readonly kahan?: boolean;
  /** A momentum above zero adds one tensor. */
  readonly momentum?: boolean;
  readonly place: 'gpu' | 'unified' | 'cpu';
}

/** What step() allocates on top for its own duration: the `temporaries` column; absent where nobody said. */
export type StepTemporaries =
  | { readonly kind: 'none' }
  /** Copies of every trainable parameter in the states' dtype (torch's foreach implementations). */
  | { readonly kind: 'all-parameters'; readonly copies: number }
  /** fp32 copies of the largest parameter; `sixteenBitCopies` where the weights are 16-bit. */
  | { readonly kind: 'largest-parameter'; readonly copies: number; readonly sixteenBitCopies?: number }
  /** bf16 copies of the largest hidden matrix (Newton-Schulz iterations). */
  | { readonly kind: 'largest-matrix-bf16'; readonly copies: number };

export interface ParameterTensor {
  readonly elements: number;
  /** Sides of a matrix; absent for vectors and scalars. */
  readonly rows?: number;
  readonly cols?: number;
  /** Dtype the optimizer steps: the weights', or the fp32 master's. */
  readonly dtype: 'fp32' | 'bf16' | 'fp16';
  /** `hidden` a weight matrix inside the layers; `embedding` the token embedding. Absent: any other parameter. */
  readonly role?: 'hidden' | 'embedding';
  /** SGD's or RMSprop's momentum; Adafactor's first beta. */
  readonly momentum?: number;
  /** Rank of GaLore's and APOLLO's projection. */
  readonly rank?: number;
}

/**
 * Bytes of state an optimizer keeps for one parameter tensor, wherever it keeps them (`state.place`).
 * Undefined where the optimizer's rule is not known or needs a rank that is not given.
 */
export function stateBytes(optimizer: OptimizerFacts, parameter: ParameterTensor): number | undefined {
  const rule = optimizer.state;
  if (rule === undefined) return undefined;
  const momentum = rule.momentum && (parameter.momentum ?? 0) > 0 ? fullState(rule, parameter) : 0;
  const kahan = rule.kahan && parameter.dtype !== 'fp32' ? 2 * parameter.elements : 0;
  if (rule.lowRank !== undefined && parameter.role === 'hidden' && isMatrix(parameter)) {
    return lowRankBytes(rule.lowRank, parameter);
  }
  const tensors = rule.others !== undefined && parameter.role !== 'hidden' ? rule.others : rule.tensors;
  const states = tensors * stateTensorBytes(rule, parameter);
  return states + factoredBytes(rule.factored, parameter) + squareBytes(rule, parameter) + kahan + momentum;
}

/** One state tensor of the parameter's size. */
function stateTensorBytes(rule: StateRule, parameter: ParameterTensor): number {
  if (rule.bits === undefined) return fullState(rule, parameter);
  const block = rule.block ?? 0;
  const small = parameter.elements < (rule.floor ?? 0);
  // torchao leaves tensors alone that its blocks do not divide; bitsandbytes pads its last block.
  const indivisible = rule.small === 'parameter' && block > 0 && parameter.elements % block !== 0;
  const keptWhole = parameter.role === 'embedding' && rule.small === 'fp32';
  if (small || indivisible || keptWhole) {
    return parameter.elements * (rule.small === 'parameter' ? BYTES[parameter.dtype] : 4);
  }
  const scales = block > 0 ? Math.ceil(parameter.elements / block) * 4 : 0;
  return (parameter.elements * rule.bits) / 8 + scales;
}

function fullState(rule: StateRule, parameter: ParameterTensor): number {
  const dtype = rule.dtype === undefined || rule.dtype === 'parameter' ? parameter.dtype : rule.dtype;
  return parameter.elements * BYTES[dtype];
}

const BYTES = { fp32: 4, bf16: 2, fp16: 2 } as const;

function factoredBytes(pairs: number | undefined, parameter: ParameterTensor): number {
  if (pairs === undefined) return 0;
  const { rows, cols } = parameter;
  return rows === undefined || cols === undefined ? 4 * parameter.elements : 4 * pairs * (rows + cols);
}

function squareBytes(rule: StateRule, parameter: ParameterTensor): number {
  if (rule.squares === undefined) return 0;
  const sides = [parameter.rows, parameter.cols].filter((side) => side !== undefined);
  const kept = sides.filter((side) => side <= (rule.longestSide ?? Number.POSITIVE_INFINITY));
  return kept.reduce((bytes, side) => bytes + 4 * (rule.squares ?? 0) * side * side, 0);
}

function isMatrix(parameter: ParameterTensor): boolean {
  return parameter.rows !== undefined && parameter.cols !== undefined;
}

function lowRankBytes(rule: NonNullable<StateRule['lowRank']>, parameter: ParameterTensor): number | undefined {
  const { rows = 0, cols = 0 } = parameter;
  if (parameter.rank === undefined) return undefined;
  const [short, long] = [Math.min(rows, cols), Math.max(rows, cols)];
  const rank = Math.min(parameter.rank, short);
  const states = (rule.tensors * rank * long * rule.bits) / 8;
  const factored = 4 * (rule.factored ?? 0) * (rank + long);
  return states + factored + (short * rank * rule.projectorBits) / 8;
}
