import type { MemoryEstimate } from '../../memory/index.ts';
import type { PlanFields, Sourced } from '../../plan/index.ts';
import { isStated } from './stated.ts';

/** What a message says where not training sets the peak. */
export interface PeakBetweenSteps {
  readonly phase: 'Evaluation' | 'Generation';
  /** What training alone would need, where the whole run needs `expectedBytes`. */
  readonly trainingBytes: number;
}

/** Undefined where a training step sets the peak. */
export function peakBetweenSteps({ peakPhase, phases, expectedBytes }: MemoryEstimate): PeakBetweenSteps | undefined {
  if (peakPhase !== 'evaluation' && peakPhase !== 'generation') return undefined;
  const highest = (between: boolean): number =>
    phases.reduce((most, { name, peakBytes }) => {
      const isBetween = name === 'evaluation' || name === 'generation';
      return isBetween === between ? Math.max(most, peakBytes) : most;
    }, 0);
  return {
    phase: peakPhase === 'evaluation' ? 'Evaluation' : 'Generation',
    trainingBytes: Math.max(0, expectedBytes - highest(true) + highest(false)),
  };
}

type Batches = { readonly [F in 'batch.micro' | 'batch.eval']?: Sourced<PlanFields[F]> | undefined };

/** The batch that drives the peak, where it is written, else the model. */
export function peakPlace(
  fields: Batches,
  between: PeakBetweenSteps | undefined,
): 'batch.eval' | 'batch.micro' | 'model.name' {
  const batch = between?.phase === 'Evaluation' ? 'batch.eval' : 'batch.micro';
  const written = fields[batch];
  if (written !== undefined && isStated(written)) return batch;
  const micro = fields['batch.micro'];
  return micro !== undefined && isStated(micro) ? 'batch.micro' : 'model.name';
}
