import type { PlanEdit } from '../../plan/index.ts';

/** Edits that may make a plan fit; whether they do is for a judge to find out. */
export interface Candidate {
  readonly edits: readonly PlanEdit[];
  readonly title: string;
  /** What stays the same or what it costs, in a few words. */
  readonly note: string;
  /** False: the run computes the same thing. */
  readonly changesTraining: boolean;
}
