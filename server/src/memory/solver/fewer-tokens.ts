import { setField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import type { Candidate } from './candidate.ts';
import type { Judge } from './judge.ts';
import { countsTokens, largestFitting } from './largest-micro-batch.ts';

/** A pass is halved this often at most. */
const MOST_HALVINGS = 8;

/** Half as many tokens a pass, again and again, until it fits; never fewer than the longest sequence has. */
export function fewerTokens(plan: TrainingPlan, judge: Judge): readonly Candidate[] {
  const { values } = plan;
  const tokens = values['batch.microTokens']?.value;
  if (tokens === undefined || !countsTokens(values)) return [];
  const longest = values['data.sequenceLength']?.value ?? 1;
  const halves = Array.from({ length: MOST_HALVINGS }, (_, index) => Math.floor(tokens / 2 ** (MOST_HALVINGS - index)));
  const sizes = halves.filter((size) => size >= longest);
  const after = (size: number): TrainingPlan => withEdits(plan, [setField('batch.microTokens', size)]);
  const size = largestFitting(judge, { count: sizes.length, at: (index) => sizes[index] ?? 1 }, after);
  if (size === undefined || size < 1) return [];
  // Where the step's data is stated by itself, more passes take it up.
  const keepsStep = values['batch.global']?.origin === 'explicit' || values['rollout.miniBatch'] !== undefined;
  return [
    {
      edits: [setField('batch.microTokens', size)],
      title: `Set ${size.toLocaleString('en-US')} tokens a micro batch`,
      note: keepsStep ? 'the same data in more passes' : 'steps of fewer tokens unless accumulation makes up for them',
      changesTraining: !keepsStep,
    },
  ];
}
