import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchCost,
  criticalBatch,
  effectiveEpochs,
  halfLifeSteps,
  largestDivisorUpTo,
  larsLocalRate,
  learningRateCeiling,
  nearestDivisor,
  noiseLimitedLearningRate,
  pipelineBubble,
  powerLinesCriticalSequences,
  scaleBeta2,
  scaleEmaDecay,
  scaleSquareRoot,
  stepLawLearningRate,
  surgeLearningRate,
  zhangCriticalBatch,
} from '../../server/src/scaling/index.ts';

const rate = fc.double({ min: 1e-7, max: 1, noNaN: true });
const batch = fc.integer({ min: 1, max: 1 << 24 });
const decay = fc.double({ min: 0.5, max: 0.99999, noNaN: true });
const tokens = fc.double({ min: 1e9, max: 1e13, noNaN: true });

describe('batch scaling', () => {
  it('comes back to the same rate when a batch change is undone', () => {
    fc.assert(
      fc.property(rate, batch, batch, (learningRate, from, to) => {
        const there = scaleSquareRoot(learningRate, from, to);
        expect(scaleSquareRoot(there, to, from)).toBeCloseTo(learningRate, 9);
      }),
    );
  });

  it('keeps the half-life of a moving average in samples', () => {
    fc.assert(
      fc.property(decay, fc.constantFrom(0.25, 0.5, 2, 4), (rho, kappa) => {
        const samples = halfLifeSteps(rho);
        expect(halfLifeSteps(scaleEmaDecay(rho, kappa)) * kappa).toBeCloseTo(samples, 5);
        expect(scaleBeta2(rho, 1, kappa)).toBeCloseTo(scaleEmaDecay(rho, kappa), 12);
      }),
    );
  });

  it('peaks at the noise scale under Adam and saturates under SGD', () => {
    expect([0.25e6, 1e6, 4e6].map((b) => noiseLimitedLearningRate(3e-4, 1e6, b))).toEqual([
      expect.closeTo(6e-5),
      expect.closeTo(1.5e-4),
      expect.closeTo(2.4e-4),
    ]);
    fc.assert(
      fc.property(batch, (b) => {
        expect(surgeLearningRate(3e-4, 1e6, b)).toBeLessThanOrEqual(3e-4 * (1 + 1e-12));
      }),
    );
  });

  it("gives LARS's local rate", () => {
    expect(larsLocalRate(10, 0.5, 5e-4)).toBeCloseTo(0.0198, 4);
  });
});

describe('token laws', () => {
  it('trades steps for tokens along a hyperbola', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 100, noNaN: true }), (share) => {
        const cost = batchCost(share);
        expect((cost.tokens - 1) * (cost.steps - 1)).toBeCloseTo(1, 6);
      }),
    );
  });

  it('raises the critical batch with the data and lowers the rate with the model', () => {
    fc.assert(
      fc.property(tokens, (d) => {
        expect(criticalBatch(d * 2)).toBeGreaterThan(criticalBatch(d));
        expect(stepLawLearningRate(2e9, d)).toBeLessThan(stepLawLearningRate(1e9, d));
        expect(learningRateCeiling({ parameters: 1e9, trainedTokens: d })).toBeGreaterThanOrEqual(
          stepLawLearningRate(1e9, d),
        );
      }),
    );
  });

  it('finds two independent critical-batch laws within a quarter of each other', () => {
    for (const d of [1e10, 1e11, 1e12]) {
      const zhang = zhangCriticalBatch(d) / 0.2;
      const powerLines = powerLinesCriticalSequences(d) * 2048;
      expect(zhang / powerLines).toBeGreaterThan(0.75);
      expect(zhang / powerLines).toBeLessThan(1.25);
    }
    expect(criticalBatch(12.2e9)).toBeCloseTo(4.88e6, -5);
  });

  it('never values repeated data above new data', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1000, noNaN: true }), (epochs) => {
        expect(effectiveEpochs(epochs)).toBeLessThanOrEqual(epochs + 1e-9);
      }),
    );
  });

  it('has no bubble with one stage', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 4096 }), (m) => pipelineBubble(1, m) === 0));
    expect(pipelineBubble(1, 7)).toBe(0);
  });
});

describe('divisors', () => {
  it('divide, and are looked for in reasonable time whatever the numbers', () => {
    const count = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constantFrom(1e11, 1e300, 0.5, -3));
    fc.assert(
      fc.property(count, count, (total, limit) => {
        const divisor = largestDivisorUpTo(total, limit);
        expect(divisor).toBeLessThanOrEqual(Math.max(1, limit));
        if (divisor > 1) expect(total % divisor).toBe(0);
        const near = nearestDivisor(total, limit);
        if (near !== undefined) expect(total % near).toBe(0);
      }),
    );
  });
});
