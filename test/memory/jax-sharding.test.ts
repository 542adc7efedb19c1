import { describe, expect, test } from 'vitest';
import { refineEstimate } from '../../server/src/memory/index.ts';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const SPLIT: Partial<PlanFields> = {
  'model.name': 'meta-llama/Llama-3.1-8B',
  'precision.weights': 'fp32',
  'precision.autocast': 'off',
  'precision.compute': 'bf16',
  'activations.checkpointing': 'full',
  'parallel.data': 8,
};

describe('weights that JAX splits over an axis of its mesh', () => {
  const jax = planOf({ ...SPLIT, 'sharding.engine': 'jax', 'sharding.zeroStage': 3 });

  test('are gathered layer by layer, as torch’s FSDP2 does', () => {
    const torch = planOf({ ...SPLIT, 'sharding.engine': 'fsdp2', 'sharding.zeroStage': 3 });
    expect(estimateOf(jax).allocatedBytes).toBe(estimateOf(torch).allocatedBytes);
    expect(estimateOf(jax).terms.map(({ name }) => name)).toContain('gathered layers');
  });

  test('keep only a share of the gradients between micro-steps', () => {
    const accumulating = planOf({
      ...SPLIT,
      'sharding.engine': 'jax',
      'sharding.zeroStage': 3,
      'batch.gradientAccumulation': 8,
    });
    const share = (8.03e9 * 4) / 8;
    const gradients = estimateOf(accumulating).terms.find(({ name }) => name === 'gradients')?.bytes ?? 0;
    expect(gradients / share).toBeGreaterThan(0.95);
    expect(gradients / share).toBeLessThan(1.05);
  });

  test('are of a regime of their own, without torch’s allocator', () => {
    const estimate = estimateOf(jax, refineEstimate);
    expect(estimate.regime).toMatchObject({ id: 'jax', checked: 'unchecked' });
    expect(estimate.simulated).toBeUndefined();
  });

  test('split over no ranks are whole', () => {
    const alone = planOf({ ...SPLIT, 'parallel.data': 1, 'sharding.engine': 'jax', 'sharding.zeroStage': 3 });
    expect(estimateOf(alone).allocatedBytes).toBeGreaterThan(4 * estimateOf(jax).allocatedBytes);
  });
});
