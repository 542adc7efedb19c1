import { editedField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import type { MemoryEstimate } from '../types.ts';
import type { Candidate } from './candidate.ts';
import { evaluationLevers } from './evaluation-levers.ts';
import { fewerTokens } from './fewer-tokens.ts';
import { Judge, type SolverOptions } from './judge.ts';
import { moreGpus, sharding } from './sharding-levers.ts';
import { smallerMicroBatch } from './smaller-micro-batch.ts';
import { adapter, checkpointing, fusedLoss, optimizers, shorter } from './training-levers.ts';

/** An edit, or several together, after which the run fits; already estimated. */
export interface Remedy extends Candidate {
  readonly estimate: MemoryEstimate;
}

/** Changes that make the plan fit, those that change training least first; each is estimated before it is offered. */
export function remedies(plan: TrainingPlan, options: SolverOptions = {}): readonly Remedy[] {
  const judge = new Judge(options);
  const found: Remedy[] = [];
  // More of the same is no further remedy: what already fits with fewer edits covers it.
  const isCovered = (candidate: Candidate): boolean => found.some((remedy) => covers(remedy, candidate));
  for (const candidate of candidates(plan, judge, { isCovered, isSolved: () => found.length > 0 })) {
    if (options.shouldStop?.() === true) break;
    if (isCovered(candidate)) continue;
    const estimate = judge.fitting(withEdits(plan, candidate.edits));
    if (estimate !== undefined) found.push({ ...candidate, estimate });
  }
  return [...found.filter((one) => !one.changesTraining), ...found.filter((one) => one.changesTraining)];
}

interface Progress {
  readonly isCovered: (candidate: Candidate) => boolean;
  readonly isSolved: () => boolean;
}

/**
 * Single changes first, then two together, each also with the micro batch that then fits at the same global batch; with
 * another method only where nothing else helps.
 */
function* candidates(plan: TrainingPlan, judge: Judge, { isCovered, isSolved }: Progress): Generator<Candidate> {
  const { values } = plan;
  const inEvaluation = evaluationLevers(plan, judge);
  const levers = [
    ...inEvaluation,
    ...fusedLoss(values),
    ...checkpointing(values),
    ...optimizers(values),
    ...sharding(values),
  ];
  yield* levers;
  yield* smallerMicroBatch(plan, judge);
  yield* fewerTokens(plan, judge);
  yield* moreGpus(plan, judge);
  yield* [...shorter(values), ...adapter(values)];
  const pairs = levers.flatMap((first, index) =>
    levers.slice(index + 1).flatMap((second) => (touchSame(first, second) ? [] : [together(first, second)])),
  );
  yield* pairs;
  for (const lever of [...levers, ...pairs])
    if (!isCovered(lever))
      for (const smaller of smallerMicroBatch(withEdits(plan, lever.edits), judge)) yield together(lever, smaller);
  if (isSolved()) return;
  for (const method of adapter(values))
    for (const whole of [method, ...checkpointing(values).map((lever) => together(method, lever))]) {
      yield whole;
      for (const smaller of smallerMicroBatch(withEdits(plan, whole.edits), judge)) yield together(whole, smaller);
    }
}

function touchSame(first: Candidate, second: Candidate): boolean {
  return first.edits.some((edit) => second.edits.some((other) => editedField(edit) === editedField(other)));
}

/** Whether a remedy that fits makes every change the candidate is worth, at no greater cost to training. */
function covers(remedy: Candidate, candidate: Candidate): boolean {
  const fields = new Set(candidate.edits.map(editedField));
  return (
    (!remedy.changesTraining || candidate.changesTraining) &&
    remedy.edits.every((edit) => fields.has(editedField(edit)))
  );
}

function together(first: Candidate, second: Candidate): Candidate {
  return {
    edits: [...first.edits, ...second.edits],
    title: `${first.title}, ${lowerFirst(second.title)}`,
    note: second.note,
    changesTraining: first.changesTraining || second.changesTraining,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
