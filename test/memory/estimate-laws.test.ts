import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refineEstimate } from '../../server/src/memory/index.ts';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const MODELS = ['meta-llama/Llama-3.2-1B', 'Qwen/Qwen3-0.6B', 'google/gemma-2-2b', 'openai-community/gpt2'] as const;

const anyFields: fc.Arbitrary<Partial<PlanFields>> = fc.record({
  'model.name': fc.constantFrom(...MODELS),
  'batch.micro': fc.integer({ min: 1, max: 6 }),
  'batch.gradientAccumulation': fc.constantFrom(1, 4),
  'data.sequenceLength': fc.constantFrom(128, 512, 1000),
  'precision.weights': fc.constantFrom('fp32', 'bf16'),
  'activations.checkpointing': fc.constantFrom('none', 'full'),
  'optimizer.name': fc.constantFrom('adamw_torch', 'adamw_torch_fused', 'paged_adamw_8bit', 'adafactor'),
  'model.attention': fc.constantFrom('sdpa', 'eager'),
  'hardware.gpu': fc.constantFrom('h100-80gb', 'rtx-3090-24gb', 't4-16gb'),
});

/** Rounding to blocks differs with how tensors are grouped. */
const ROUNDING = 1.0005;

describe('for any plan', () => {
  test('the terms at the peak sum to what is expected, within the range', () => {
    fc.assert(
      fc.property(anyFields, fc.boolean(), (fields, refined) => {
        const estimate = estimateOf(planOf(fields), refined ? refineEstimate : undefined);
        const sum = estimate.terms.filter(({ atPeak }) => atPeak).reduce((total, { bytes }) => total + bytes, 0);
        expect(sum / estimate.expectedBytes).toBeCloseTo(1, 6);
        expect(estimate.lowBytes).toBeLessThanOrEqual(estimate.expectedBytes);
        expect(estimate.highBytes).toBeGreaterThanOrEqual(estimate.expectedBytes);
        expect(new Set(estimate.terms.map(({ name }) => name)).size).toBe(estimate.terms.length);
      }),
      { numRuns: 60 },
    );
  });

  test('the verdict is what the range says of the card', () => {
    fc.assert(
      fc.property(anyFields, fc.boolean(), (fields, refined) => {
        const estimate = estimateOf(planOf(fields), refined ? refineEstimate : undefined);
        const { capacityBytes = 0, lowBytes, highBytes, verdict } = estimate;
        expect(verdict).toBe(lowBytes > capacityBytes ? 'exceeds' : highBytes <= capacityBytes ? 'fits' : 'tight');
      }),
      { numRuns: 60 },
    );
  });

  test('a larger micro batch and a longer sequence never need less', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const base = estimateOf(planOf(fields)).allocatedBytes;
        const micro = (fields['batch.micro'] ?? 1) + 1;
        const length = (fields['data.sequenceLength'] ?? 1) + 100;
        const larger = estimateOf(planOf({ ...fields, 'batch.micro': micro })).allocatedBytes;
        const longer = estimateOf(planOf({ ...fields, 'data.sequenceLength': length })).allocatedBytes;
        expect(larger * ROUNDING).toBeGreaterThanOrEqual(base);
        expect(longer * ROUNDING).toBeGreaterThanOrEqual(base);
      }),
      { numRuns: 60 },
    );
  });

  test('checkpointing never needs more, and a higher ZeRO stage never more than a lower one', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const whole = estimateOf(planOf({ ...fields, 'activations.checkpointing': 'none' })).allocatedBytes;
        const recomputed = estimateOf(planOf({ ...fields, 'activations.checkpointing': 'full' })).allocatedBytes;
        expect(recomputed).toBeLessThanOrEqual(whole * 1.001);
        const zero = {
          ...fields,
          'sharding.engine': 'deepspeed',
          'parallel.data': 8,
          'precision.weights': 'bf16',
          'precision.master': 'fp32',
          'sharding.reduceBucketElements': 1e6,
          'sharding.allgatherBucketElements': 1e6,
          'sharding.prefetchElements': 1e6,
          'sharding.maxLiveElements': 1e6,
          'sharding.overlap': false,
        } as const;
        const [one, two, three] = ([1, 2, 3] as const).map(
          (stage) => estimateOf(planOf({ ...zero, 'sharding.zeroStage': stage })).allocatedBytes,
        );
        // Stage 3 gathers what it split, a tensor at a time.
        expect(two).toBeLessThanOrEqual((one ?? 0) * ROUNDING);
        expect(three).toBeLessThanOrEqual((two ?? 0) * 1.05);
      }),
      { numRuns: 40 },
    );
  });
});
