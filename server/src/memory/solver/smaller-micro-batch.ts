import { type PlanEdit, setField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import type { Candidate } from './candidate.ts';
import type { Judge } from './judge.ts';
import { largestFitting, MAX_MICRO_BATCH } from './largest-micro-batch.ts';

/** The largest divisor of micro × accumulation that fits, so that the global batch stays. */
export function smallerMicroBatch(plan: TrainingPlan, judge: Judge): readonly Candidate[] {
  const micro = plan.values['batch.micro']?.value;
  const accumulation = plan.values['batch.gradientAccumulation']?.value;
  if (micro === undefined || accumulation === undefined || micro <= 1) return [];
  const divisors = divisorsBelow(micro, micro * accumulation);
  const sizes = { count: divisors.length, at: (index: number) => divisors[index] ?? 1 };
  const size = largestFitting(judge, sizes, (tried) => withEdits(plan, batchEdits(tried, micro * accumulation)));
  if (size === undefined || size < 1) return [];
  const steps = (micro * accumulation) / size;
  const global = plan.values['batch.global']?.value;
  return [
    {
      edits: batchEdits(size, micro * accumulation),
      title: `Set micro batch ${size} and accumulation ${steps}`,
      note:
        global === undefined
          ? 'the same global batch'
          : `the same ${global.toLocaleString('en-US')} ${plan.values['batch.unit']?.value ?? 'sequences'} a step`,
      changesTraining: false,
    },
  ];
}

function batchEdits(micro: number, product: number): readonly PlanEdit[] {
  return [setField('batch.micro', micro), setField('batch.gradientAccumulation', product / micro)];
}

/** Ascending. Micro batches above the largest that is ever tried need no list. */
function divisorsBelow(micro: number, product: number): readonly number[] {
  const divisors: number[] = [];
  for (let size = 1; size < Math.min(micro, MAX_MICRO_BATCH + 1); size += 1)
    if (product % size === 0) divisors.push(size);
  return divisors;
}
