import { estimateMemory, leastMemory, type MemoryOutcome, refineEstimate } from '../memory/index.ts';
import type { TrainingPlan } from '../plan/index.ts';
import type { PlanAnalysis } from './types.ts';

/** Events a simulation may run through while someone types: three of them take some 15 ms (bench/memory-speed.ts). */
const QUICK_EVENTS = 25_000;

/** A plan's memory, by arithmetic alone or with the allocator simulated, or the least that is known of it. */
export function memoryOf(plan: TrainingPlan, effort: 'quick' | 'full'): MemoryOutcome {
  const outcome = estimateOf(plan, effort);
  if (outcome.known) return outcome;
  const least = leastMemory(plan, outcome.missing);
  return least === undefined ? outcome : { ...outcome, least };
}

function estimateOf(plan: TrainingPlan, effort: 'quick' | 'full'): MemoryOutcome {
  if (effort === 'full' && plan.values['hardware.gpu'] !== undefined) return refineEstimate(plan);
  const outcome = estimateMemory(plan);
  if (!outcome.known || outcome.estimate.verdict !== 'tight') return outcome;
  return refineEstimate(plan, { eventLimit: QUICK_EVENTS });
}

/** Whether a verdict hangs on the allocator and nobody has simulated it yet. */
export function isUndecided({ memory }: PlanAnalysis): boolean {
  const outcome = memory();
  return outcome.known && outcome.estimate.verdict === 'tight' && outcome.estimate.simulated !== true;
}
