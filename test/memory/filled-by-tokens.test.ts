import { describe, expect, test } from 'vitest';
import { estimateMemory, largestMicroBatch, remedies, sweepMicroBatch } from '../../server/src/memory/index.ts';
import { type PlanFields, setField, type TrainingPlan, withEdits } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

/** A run whose passes are filled up to so many tokens. */
function filledPlan(tokens: number, changes: Partial<PlanFields> = {}): TrainingPlan {
  const stated = planOf({ 'batch.microTokens': tokens, 'batch.gradientAccumulation': 4, ...changes });
  const follows = new Set(['batch.micro', 'batch.global', 'batch.tokensPerStep']);
  return {
    ...stated,
    values: Object.fromEntries(Object.entries(stated.values).filter(([field]) => !follows.has(field))),
  };
}

const counted = (micro: number): number =>
  estimateOf(planOf({ 'batch.micro': micro, 'batch.gradientAccumulation': 4 })).allocatedBytes;

describe('a pass that is filled by tokens', () => {
  test('needs what as many rows of the longest sequence need', () => {
    expect(estimateOf(filledPlan(8 * 1024)).allocatedBytes).toBe(counted(8));
  });

  test('takes all of its tokens where they are no whole number of sequences', () => {
    const between = estimateOf(filledPlan(8 * 1024 + 500)).allocatedBytes;
    expect(between).toBeGreaterThan(counted(8));
    expect(between).toBeLessThan(counted(9));
  });

  test('is limited by its number of sequences where that is less', () => {
    const both = planOf({ 'batch.micro': 2, 'batch.microTokens': 65_536, 'batch.gradientAccumulation': 4 });
    expect(estimateOf(both).allocatedBytes).toBe(counted(2));
    const fewer = planOf({ 'batch.micro': 64, 'batch.microTokens': 8192, 'batch.gradientAccumulation': 4 });
    expect(estimateOf(fewer).allocatedBytes).toBe(counted(8));
  });

  test('still wants a length', () => {
    const { 'data.sequenceLength': _, ...values } = filledPlan(8192).values;
    expect(estimateMemory({ ...planOf(), values })).toMatchObject({ known: false, missing: ['data.sequenceLength'] });
  });

  test('has no micro batch to search or sweep, and fits with fewer tokens', () => {
    const tooLarge = filledPlan(256 * 1024);
    expect(estimateOf(tooLarge).verdict).toBe('exceeds');
    expect(largestMicroBatch(tooLarge)).toBeUndefined();
    expect(sweepMicroBatch(tooLarge, [1, 2])).toEqual([]);
    const fewer = remedies(tooLarge).find(({ title }) => title.endsWith('tokens a micro batch'));
    expect(fewer?.estimate.verdict).toBe('fits');
    expect(fewer?.changesTraining).toBe(true);
    const twice = 2 * (withEdits(tooLarge, fewer?.edits ?? []).values['batch.microTokens']?.value ?? 0);
    expect(estimateOf(withEdits(tooLarge, [setField('batch.microTokens', twice)])).verdict).not.toBe('fits');
  });

  test('in passes nobody counts finds gradients there', () => {
    const { 'batch.gradientAccumulation': _, ...values } = filledPlan(8192).values;
    const outcome = estimateMemory({ ...planOf(), values });
    expect(outcome).toMatchObject({ known: true });
    expect(outcome.known && outcome.estimate.assumptions.join(' ')).toContain('several passes');
  });
});
