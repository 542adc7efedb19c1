import { setField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import { estimateMemory } from '../estimate.ts';
import type { MemoryOutcome } from '../types.ts';
import { BatchTrainings } from './batch-trainings.ts';
import { countsTokens } from './largest-micro-batch.ts';

/** The outcome for each micro batch, other fields as they are; nothing where tokens fill a pass. */
export function sweepMicroBatch(
  plan: TrainingPlan,
  sizes: readonly number[],
): readonly { readonly microBatch: number; readonly outcome: MemoryOutcome }[] {
  if (countsTokens(plan.values)) return [];
  const { prepare } = new BatchTrainings();
  const outcomes = new Map<number, MemoryOutcome>();
  for (const size of outermostFirst(sizes))
    outcomes.set(size, estimateMemory(withEdits(plan, [setField('batch.micro', size)]), prepare));
  return sizes.flatMap((microBatch) => {
    const outcome = outcomes.get(microBatch);
    return outcome === undefined ? [] : [{ microBatch, outcome }];
  });
}

/** The smallest, the largest and a middle size, so that the others lie between what was built. */
function outermostFirst(sizes: readonly number[]): readonly number[] {
  const ascending = [...new Set(sizes)].sort((one, other) => one - other);
  const above = ascending.filter((size) => size > 1);
  const corners = [above[0], above.at(-1), above[above.length >> 1]].filter((size) => size !== undefined);
  return [...new Set([...corners, ...ascending])];
}
