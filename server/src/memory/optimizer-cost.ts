import { DTYPE_BYTES } from './tape/dtype.ts';
import type { Parameter } from './tape/tape.ts';

/** What an optimizer keeps and what it needs for a moment. */
export interface OptimizerCost {
  /** Bytes of each state tensor it keeps for a parameter. */
  readonly states: (parameter: Parameter) => readonly number[];
  readonly temporaries: StepTemporaries;
}

/** Memory that lives during step() alone. */
export type StepTemporaries =
  | { readonly kind: 'none' }
  /** foreach: this many copies of every parameter at once. */
  | { readonly kind: 'all-parameters'; readonly copies: number }
  /** One parameter at a time, fp32 copies of the largest. */
  | { readonly kind: 'largest-parameter'; readonly copies: number; readonly sixteenBitCopies: number };

const none = { kind: 'none' } as const;
const foreach = { kind: 'all-parameters', copies: 1 } as const;

const COSTS: Readonly<Record<string, OptimizerCost>> = {
  adamw_torch: { states: copies(2), temporaries: foreach },
  adamw_torch_fused: { states: copies(2), temporaries: none },
  sgd: { states: copies(0), temporaries: none },
  sgd_momentum: { states: copies(1), temporaries: none },
  rmsprop: { states: copies(1), temporaries: foreach },
  adagrad: { states: copies(1), temporaries: { kind: 'all-parameters', copies: 2 } },
  adafactor: { states: rowAndColumnMeans, temporaries: { kind: 'largest-parameter', copies: 2, sixteenBitCopies: 4 } },
};

export function optimizerCost(name: string): OptimizerCost {
  return COSTS[name] ?? { states: copies(2), temporaries: none };
}

/** torch keeps states in the parameter's dtype (pytorch: torch/optim/adamw.py). */
function copies(count: number): OptimizerCost['states'] {
  return ({ elements, dtype }) => Array.from({ length: count }, () => elements * DTYPE_BYTES[dtype]);
}

/** transformers: optimization.py, Adafactor. The sides of a matrix are not known here; a square has the fewest. */
function rowAndColumnMeans({ elements }: Parameter): number[] {
  return [4 * Math.min(elements, 2 * Math.sqrt(elements))];
}

/** Bytes all states take together. */
export function stateBytes(cost: OptimizerCost, parameters: readonly Parameter[]): number {
  let total = 0;
  for (const parameter of parameters) for (const bytes of cost.states(parameter)) total += bytes;
  return total;
}

/** The highest rise during step(). */
export function stepScratchBytes(cost: OptimizerCost, parameters: readonly Parameter[]): number {
  const { temporaries } = cost;
  if (temporaries.kind === 'none') return 0;
  if (temporaries.kind === 'all-parameters')
    return (
      temporaries.copies * parameters.reduce((total, { elements, dtype }) => total + elements * DTYPE_BYTES[dtype], 0)
    );
  const largest = parameters.reduce(
    (most, parameter) => Math.max(most, parameter.elements * scratchCopies(parameter)),
    0,
  );
  return largest * 4;

  function scratchCopies({ dtype }: Parameter): number {
    if (temporaries.kind !== 'largest-parameter') return 0;
    return dtype === 'fp32' ? temporaries.copies : temporaries.sixteenBitCopies;
  }
}
