import { describe, expect, test } from 'vitest';
import { walkStep } from '../../server/src/memory/walk-step.ts';
import type { Workload } from '../../server/src/memory/workload.ts';
import { shapeNamed, workload } from './example-workload.ts';

function peak(changes: Partial<Workload>): number {
  return walkStep(workload({ microBatch: 8, sequenceLength: 2048, ...changes }))?.allocatedBytes ?? 0;
}

function selective(kept: Workload['kept'], changes: Partial<Workload> = {}): number {
  return peak({ checkpointing: 'selective', kept, checkpointEvery: kept === 'layers' ? 2 : 1, ...changes });
}

describe('checkpointing of chosen parts', () => {
  const full = peak({ checkpointing: 'full' });
  const none = peak({});

  test.each([
    ['attention', 'alternate-matmuls'],
    ['alternate-matmuls', 'matmuls'],
  ] as const)('keeping %s takes less than keeping %s', (less, more) => {
    expect(selective(less)).toBeGreaterThan(full);
    expect(selective(less)).toBeLessThan(selective(more));
    expect(selective(more)).toBeLessThan(none);
  });

  // Llama 3.2 1B keeps attention's output, 2 bytes wide, and 4 bytes a head for each token of its 16 layers.
  test('keeping attention costs its output and its log-sum-exp in every layer', () => {
    const tokens = 8 * 2048;
    expect((selective('attention') - full) / (16 * tokens)).toBeCloseTo(2 * 2048 + 4 * 32, -2);
  });

  // A layer keeps what attention saves and the input of its feed-forward, so more than attention's output.
  test('keeping all but the feed-forward takes less than keeping all, of experts above all', () => {
    expect(selective('all-but-feed-forward')).toBeLessThan(none);
    expect(selective('all-but-feed-forward')).toBeGreaterThan(selective('attention'));
    const experts = { shape: shapeNamed('Qwen/Qwen3-30B-A3B'), optimizer: 'sgd', microBatch: 4 } as const;
    const saved = peak(experts) - selective('all-but-feed-forward', experts);
    expect(saved).toBeGreaterThan((peak(experts) - peak({ ...experts, checkpointing: 'full' })) * 0.6);
  });

  test('the more layers share one checkpoint, the more is kept', () => {
    const every = (checkpointEvery: number) => selective('layers', { checkpointEvery });
    expect(every(2)).toBeLessThan(every(4));
    expect(every(1)).toBe(full);
  });

  test('the first layers alone are checkpointed where a number is given', () => {
    const some = (checkpointedLayers: number) => peak({ checkpointing: 'full', checkpointedLayers });
    expect(some(16)).toBe(full);
    expect(some(0)).toBe(none);
    expect(some(8)).toBeLessThan(some(4));
    expect(some(8)).toBeGreaterThan(full);
  });

  test('leaving out attention’s scores saves nothing where a fused kernel makes none', () => {
    expect(selective('all-but-scores')).toBe(none);
    const eager = { attention: 'eager' } as const;
    expect(selective('all-but-scores', eager)).toBeLessThan(peak(eager));
    expect(selective('all-but-scores', eager)).toBeGreaterThan(peak({ ...eager, checkpointing: 'full' }));
  });
});
