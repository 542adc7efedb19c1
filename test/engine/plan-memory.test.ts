import { describe, expect, test } from 'vitest';
import { memoryOf } from '../../server/src/engine/plan-memory.ts';
import { estimateMemory, type MemoryOutcome } from '../../server/src/memory/index.ts';
import { planOf } from '../memory/plan-of.ts';

function verdictOf(outcome: MemoryOutcome): string {
  return outcome.known ? outcome.estimate.verdict : 'unknown';
}

describe('a verdict that hangs on the allocator', () => {
  const sizes = Array.from({ length: 24 }, (_, index) => index + 1);
  const plans = sizes.map((micro) => planOf({ 'batch.micro': micro, 'hardware.gpu': 'l4-24gb' }));
  const lengths = Array.from({ length: 20 }, (_, index) => 600 + 50 * index);
  const varied = lengths.map((length) =>
    planOf({
      'batch.micro': 4,
      'data.sequenceLength': length,
      'optimizer.name': 'adamw_torch',
      'hardware.gpu': 't4-16gb',
    }),
  );
  const close = [...plans, ...varied].filter((plan) => verdictOf(estimateMemory(plan)) === 'tight');

  test('is worked out while typing where that is cheap, and agrees with the full one', () => {
    expect(close.length).toBeGreaterThan(0);
    for (const plan of close) {
      const quick = memoryOf(plan, 'quick');
      expect(quick).toMatchObject({ estimate: { simulated: true } });
      expect(quick).toEqual(memoryOf(plan, 'full'));
    }
  });

  test('is decided for some of the sizes that arithmetic leaves open', () => {
    expect(close.some((plan) => verdictOf(memoryOf(plan, 'quick')) !== 'tight')).toBe(true);
  });

  test('goes from fits over tight to exceeds as the micro batch grows', () => {
    const order = ['fits', 'tight', 'exceeds'];
    const ranks = plans.map((plan) => order.indexOf(verdictOf(memoryOf(plan, 'full'))));
    expect(ranks[0]).toBe(0);
    expect(ranks.at(-1)).toBe(2);
  });

  test('without a GPU nothing is simulated', () => {
    const { 'hardware.gpu': _, ...values } = planOf().values;
    const outcome = memoryOf({ ...planOf(), values }, 'full');
    expect(outcome).toMatchObject({ known: true, estimate: { verdict: 'unknown' } });
    expect(outcome).not.toHaveProperty('estimate.simulated');
  });
});
