import {
  findOptimizer,
  type OptimizerFacts,
  stateBytes as ruledStateBytes,
  type StepTemporaries,
} from '../facts/index.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import type { CountedParameter, Parameter } from './tape/parameter.ts';
import type { Workload } from './workload.ts';

/** What an optimizer keeps on the device and what it needs for a moment. */
export interface OptimizerCost {
  /** Bytes of each state tensor it keeps for a parameter. */
  readonly states: (parameter: Parameter) => readonly number[];
  readonly temporaries: StepTemporaries;
  /** The same states when they live in host memory. */
  readonly onHost: boolean;
  /** States in unified memory, which leave the device when it runs short. */
  readonly paged: boolean;
}

/** Stands in for what the catalogue does not know: two states, and no copies while it steps. */
const STAND_IN = 'adamw_torch_fused';

/** What the cost depends on beside the parameters. */
export type OptimizerChoice = Pick<Workload, 'optimizer' | 'optimizerRank' | 'momentum'>;

export function optimizerCost(choice: OptimizerChoice): OptimizerCost {
  const facts = factsOf(choice);
  return {
    states: (parameter) => statesOf(facts, parameter, choice),
    temporaries: facts.temporaries ?? { kind: 'none' },
    onHost: facts.state?.place === 'cpu',
    paged: facts.state?.place === 'unified',
  };
}

function factsOf({ optimizer }: OptimizerChoice): OptimizerFacts {
  const facts = findOptimizer(optimizer) ?? findOptimizer(STAND_IN);
  if (facts === undefined) throw new Error(`The catalogue has no ${STAND_IN}.`);
  return facts;
}

function statesOf(facts: OptimizerFacts, parameter: Parameter, choice: OptimizerChoice): readonly number[] {
  const total = ruledStateBytes(facts, {
    elements: parameter.elements,
    // int8 and the like are no dtype an optimizer steps.
    dtype: parameter.dtype === 'bf16' || parameter.dtype === 'fp16' ? parameter.dtype : 'fp32',
    ...(parameter.matrix && parameter.rows > 0
      ? { rows: parameter.rows, cols: parameter.elements / parameter.rows }
      : {}),
    ...optimizerRole(parameter),
    ...(choice.optimizerRank === null ? {} : { rank: choice.optimizerRank }),
    momentum: choice.momentum,
  });
  // A rule that needs what no config states, such as a rank: the full-rank figure is its upper end.
  if (total === undefined) return [(parameter.elements * facts.stateBytesFp32 * DTYPE_BYTES[parameter.dtype]) / 4];
  const tensors = Math.max(1, facts.state?.tensors ?? 1);
  return total === 0 ? [] : Array.from({ length: tensors }, () => total / tensors);
}

function optimizerRole({ role }: Parameter): { readonly role?: 'hidden' | 'embedding' } {
  if (role === 'other') return {};
  return { role: role === 'experts' ? 'hidden' : role };
}

/** Bytes all states take together on the device. */
export function stateBytes(cost: OptimizerCost, parameters: readonly CountedParameter[]): number {
  if (cost.onHost) return 0;
  let total = 0;
  for (const parameter of parameters) for (const bytes of cost.states(parameter)) total += bytes * parameter.copies;
  return total;
}

/** The highest rise during step(). */
export function stepScratchBytes({ temporaries }: OptimizerCost, parameters: readonly CountedParameter[]): number {
  switch (temporaries.kind) {
    case 'none':
      return 0;
    case 'all-parameters':
      return (
        temporaries.copies *
        parameters.reduce((total, { elements, dtype, copies }) => total + copies * elements * DTYPE_BYTES[dtype], 0)
      );
    case 'largest-parameter':
      return largest(parameters, ({ elements, dtype }) => elements * 4 * scratchCopies(temporaries, dtype !== 'fp32'));
    case 'largest-matrix-bf16':
      return (
        temporaries.copies *
        largest(parameters, ({ elements, role }) => (role === 'hidden' || role === 'experts' ? elements * 2 : 0))
      );
  }
}

function scratchCopies(temporaries: Extract<StepTemporaries, { kind: 'largest-parameter' }>, isLow: boolean): number {
  return isLow ? (temporaries.sixteenBitCopies ?? temporaries.copies) : temporaries.copies;
}

function largest(parameters: readonly Parameter[], bytesOf: (parameter: Parameter) => number): number {
  return parameters.reduce((most, parameter) => Math.max(most, bytesOf(parameter)), 0);
}
