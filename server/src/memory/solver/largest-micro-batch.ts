import { type PlanValues, setField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import type { Verdict } from '../types.ts';
import { Judge, type SolverOptions } from './judge.ts';

/** No micro batch above this is tried. */
export const MAX_MICRO_BATCH = 4096;

/**
 * The largest micro batch that fits with all else as it is; 0 where not even 1 does, undefined where memory or GPU is
 * unknown, or tokens fill a pass and not a number of sequences.
 */
export function largestMicroBatch(plan: TrainingPlan, options: SolverOptions = {}): number | undefined {
  if (countsTokens(plan.values)) return undefined;
  const sizes = { count: MAX_MICRO_BATCH, at: (index: number) => index + 1 };
  return largestFitting(new Judge(options), sizes, (size) => withEdits(plan, [setField('batch.micro', size)]));
}

/** Whether a pass is filled by tokens alone. */
export function countsTokens(values: PlanValues): boolean {
  return values['batch.micro'] === undefined && values['batch.microTokens'] !== undefined;
}

/** Ascending sizes, which need not be listed. */
interface Sizes {
  readonly count: number;
  readonly at: (index: number) => number;
}

/** The largest of the sizes that fits; 0 where none does, undefined where nobody knows of the smallest. */
export function largestFitting(judge: Judge, sizes: Sizes, planOf: (size: number) => TrainingPlan): number | undefined {
  const verdicts = new Map<number, Verdict>();
  const verdictAt = (index: number): Verdict => {
    const known = verdicts.get(index);
    if (known !== undefined) return known;
    const outcome = judge.walk(planOf(sizes.at(index)));
    const verdict = outcome.known ? outcome.estimate.verdict : 'unknown';
    verdicts.set(index, verdict);
    return verdict;
  };
  if (sizes.count === 0) return 0;
  if (verdictAt(0) === 'unknown') return undefined;
  const sure = lastWhere((index) => verdictAt(index) === 'fits', -1, sizes.count);
  const last = judge.simulates ? lastOpen(judge, sizes, { planOf, verdictAt, sure }) : sure;
  return last < 0 ? 0 : sizes.at(last);
}

interface OpenSearch {
  readonly planOf: (size: number) => TrainingPlan;
  readonly verdictAt: (index: number) => Verdict;
  readonly sure: number;
}

/** The last of the sizes that the walk leaves open which fits once the allocator is simulated. */
function lastOpen(judge: Judge, sizes: Sizes, { planOf, verdictAt, sure }: OpenSearch): number {
  const open = lastWhere((index) => verdictAt(index) !== 'exceeds', sure, sizes.count);
  return lastWhere((index) => judge.fitting(planOf(sizes.at(index))) !== undefined, sure, open + 1);
}

/** The last index over `from` and under `end` up to which the condition holds, or `from`: by doubling, then by halving. */
function lastWhere(holds: (index: number) => boolean, from: number, end: number): number {
  let low = from;
  let step = 1;
  while (low + step < end && holds(low + step)) [low, step] = [low + step, step * 2];
  let high = Math.min(end, low + step);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
