import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../../server/src/frameworks/kit/share-of.ts';

describe('a share of the run', () => {
  it.each([
    [90, 3000, 0.03],
    [52, 1717, 0.0303],
    [1, 3, 0.4],
    [7, 100, 0.07],
    [0, 100, 0],
  ])('%d of %d is %d', (steps, total, share) => {
    expect(shareOf(steps, total)).toBe(share);
  });

  it('comes to the same steps again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, part) => {
        const steps = Math.floor(part * total);
        expect(Math.round(shareOf(steps, total) * total)).toBe(steps);
      }),
    );
  });
});
