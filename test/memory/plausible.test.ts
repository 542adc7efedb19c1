import { describe, expect, test } from 'vitest';
import { estimateMemory, largestMicroBatch, refineEstimate, remedies } from '../../server/src/memory/index.ts';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { planOf } from './plan-of.ts';

describe('numbers no run has', () => {
  test.each([
    ['1000000000 layers', { 'model.layers': 1e9 }],
    ['a micro batch of 0', { 'batch.micro': 0 }],
    ['a micro batch of -3', { 'batch.micro': -3 }],
    ['a sequence length of 0', { 'data.sequenceLength': 0 }],
    ['attention heads of 0', { 'model.heads': 0 }],
    ['tensor parallelism of 0', { 'parallel.tensor': 0 }],
    ['ranks of 0', { 'sharding.engine': 'fsdp2', 'parallel.data': 0 }],
  ] satisfies [string, Partial<PlanFields>][])('%s gets a reason, no figure', (named, changes) => {
    const plan = planOf(changes);
    for (const outcome of [estimateMemory(plan), refineEstimate(plan)]) {
      expect(outcome.known).toBe(false);
      expect(outcome).toMatchObject({ reason: `Memory cannot be told of a run with ${named}.` });
    }
    expect(remedies(plan)).toEqual([]);
  });

  test('no largest micro batch where nothing else makes sense', () => {
    expect(largestMicroBatch(planOf({ 'model.layers': 1e9 }))).toBeUndefined();
  });
});

describe('a simulation', () => {
  test('that is stopped leaves the estimate as the walk has it', () => {
    const plan = planOf({ 'batch.micro': 4 });
    const stopped = refineEstimate(plan, { shouldStop: () => true });
    expect(stopped).toEqual(estimateMemory(plan));
  });

  test('that would cost too much is left out', () => {
    const plan = planOf({ 'batch.micro': 4 });
    expect(refineEstimate(plan, { eventLimit: 1 })).toEqual(estimateMemory(plan));
    expect(refineEstimate(plan)).toMatchObject({ estimate: { simulated: true } });
  });
});
