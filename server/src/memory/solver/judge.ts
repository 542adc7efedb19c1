import type { TrainingPlan } from '../../plan/index.ts';
import { estimateMemory } from '../estimate.ts';
import { workloadOf } from '../from-plan/plan-to-workload.ts';
import { refineEstimate } from '../refine-estimate.ts';
import { simulationEvents } from '../simulation-cost.ts';
import type { MemoryEstimate, MemoryOutcome } from '../types.ts';
import { BatchTrainings } from './batch-trainings.ts';

export interface SolverOptions {
  /** The allocator is simulated where the walk leaves a verdict open: off while somebody types. */
  readonly simulates?: boolean;
  /** Asked again and again; true ends the search with what it knows by then. */
  readonly shouldStop?: () => boolean;
}

/** Allocations and frees that all simulations of one search may run through: some two tenths of a second. */
const SEARCH_EVENTS = 600_000;
/** Each verdict takes up to three runs. */
const RUNS_A_VERDICT = 3;

/** Says of many plans of one search whether they fit. */
export class Judge {
  readonly #options: SolverOptions;
  readonly #trainings = new BatchTrainings();
  #eventsLeft = SEARCH_EVENTS;

  constructor(options: SolverOptions) {
    this.#options = options;
  }

  get simulates(): boolean {
    return this.#options.simulates === true;
  }

  /** By the walk alone. */
  walk(plan: TrainingPlan): MemoryOutcome {
    return estimateMemory(plan, this.#trainings.prepare);
  }

  /** The estimate of a plan that fits; undefined where it does not, or nobody knows. */
  fitting(plan: TrainingPlan): MemoryEstimate | undefined {
    const outcome = this.walk(plan);
    if (!outcome.known) return undefined;
    if (outcome.estimate.verdict === 'fits') return outcome.estimate;
    return outcome.estimate.verdict === 'tight' ? this.#simulated(plan) : undefined;
  }

  #simulated(plan: TrainingPlan): MemoryEstimate | undefined {
    const { simulates, shouldStop } = this.#options;
    if (simulates !== true || shouldStop?.() === true) return undefined;
    const reading = workloadOf(plan);
    const events = reading.known ? RUNS_A_VERDICT * simulationEvents(reading.workload) : Number.POSITIVE_INFINITY;
    if (events > this.#eventsLeft) return undefined;
    this.#eventsLeft -= events;
    const outcome = refineEstimate(plan, shouldStop === undefined ? {} : { shouldStop });
    return outcome.known && outcome.estimate.verdict === 'fits' ? outcome.estimate : undefined;
  }
}
