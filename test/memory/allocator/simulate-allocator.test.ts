import { describe, expect, test } from 'vitest';
import { simulateAllocator } from '../../../server/src/memory/allocator/simulate-allocator.ts';
import { walkStep } from '../../../server/src/memory/index.ts';
import type { Workload } from '../../../server/src/memory/workload.ts';
import { WORKSPACE_BYTES } from '../../../server/src/memory/workspace.ts';
import { shapeNamed, workload } from '../example-workload.ts';

const small = workload({ shape: shapeNamed('HuggingFaceTB/SmolLM2-135M'), microBatch: 4 });

function finished(example: Workload, options = {}) {
  const simulation = simulateAllocator(example, options);
  if (!simulation.finished) throw new Error('The simulation was not asked to stop.');
  return simulation;
}

describe('two steps through the allocator', () => {
  test('allocate what the walk reckons, the libraries’ workspace and the unsplit rests', () => {
    const { allocatedBytes } = finished(small);
    const walked = walkStep(small)?.allocatedBytes ?? 0;
    expect(allocatedBytes - WORKSPACE_BYTES).toBeGreaterThanOrEqual(walked * 0.999);
    expect(allocatedBytes - WORKSPACE_BYTES).toBeLessThan(walked * 1.01);
  });

  test('reserve at least what they allocate', () => {
    const { allocatedBytes, reservedBytes, outOfMemory } = finished(small);
    expect(outOfMemory).toBe(false);
    expect(reservedBytes).toBeGreaterThanOrEqual(allocatedBytes);
  });

  test('leave nothing but the model’s state between steps, however gradients are accumulated', () => {
    const once = finished(small).reservedBytes;
    const often = finished({ ...small, gradientAccumulation: 64 }).reservedBytes;
    expect(often).toBeLessThan(once * 1.3);
    expect(finished({ ...small, gradientAccumulation: 2 }).reservedBytes).toBe(often);
  });

  test('run out of memory under a cap below what is live, and not above what is reserved', () => {
    const { allocatedBytes, reservedBytes } = finished(small);
    expect(finished(small, { capBytes: allocatedBytes * 0.9 }).outOfMemory).toBe(true);
    expect(finished(small, { capBytes: reservedBytes }).outOfMemory).toBe(false);
  });

  test('reserve less with expandable segments than with fixed ones', () => {
    const { reservedBytes } = finished(small);
    expect(finished(small, { expandableSegments: true }).reservedBytes).toBeLessThanOrEqual(reservedBytes);
  });

  test('stop when asked to', () => {
    let asked = 0;
    const simulation = simulateAllocator(small, { shouldStop: () => ++asked > 10 });
    expect(simulation).toEqual({ finished: false, reason: 'stopped' });
    expect(asked).toBe(11);
  });
});

describe('several ranks', () => {
  const fsdp = {
    kind: 'fsdp2',
    engine: 'torch',
    degree: 4,
    replicated: false,
    reshardAfterForward: true,
    defersReduction: true,
    computeDtype: 'bf16',
    reduceDtype: 'fp32',
    offload: false,
  } as const;

  test('under FSDP each reserve less than one GPU would', () => {
    const example = { ...small, autocast: null, weights: 'fp32', sequenceLength: 64 } as const;
    const sharded = finished({ ...example, sharding: fsdp });
    expect(sharded.reservedBytes).toBeLessThan(finished(example).reservedBytes);
  });

  test('under FSDP allocate what the walk reckons, also when gradients are accumulated', () => {
    for (const gradientAccumulation of [1, 4]) {
      const example = { ...small, autocast: null, weights: 'fp32', sharding: fsdp, gradientAccumulation } as const;
      const walked = walkStep(example)?.allocatedBytes ?? 0;
      expect((finished(example).allocatedBytes - WORKSPACE_BYTES) / walked).toBeCloseTo(1, 1);
    }
  });

  test('hold buckets under DDP, unless gradients are views of them', () => {
    const [copies, views] = [false, true].map((bucketView) =>
      finished({ ...small, sequenceLength: 64, sharding: { kind: 'ddp', bucketView } }),
    );
    expect(copies?.allocatedBytes).toBeGreaterThan(views?.allocatedBytes ?? 0);
  });

  test('are not simulated where nobody has modelled their allocations', () => {
    const pipeline = { stages: 2, microBatches: 4, virtualChunks: 1 };
    expect(simulateAllocator({ ...small, pipeline })).toEqual({ finished: false, reason: 'not simulated' });
  });
});
