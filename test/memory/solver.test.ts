import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { MeasuredRow } from '../../bench/measured-row.ts';
import { rowToPlan } from '../../bench/row-to-plan.ts';
import { largestMicroBatch, refineEstimate, remedies } from '../../server/src/memory/index.ts';
import { setField, withEdits } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

interface LimitedRow extends MeasuredRow {
  readonly card: string;
}

// The form of a row is the measurements file's own contract.
const limited = readFileSync('bench/data/card-limits.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as LimitedRow);

describe('on the cards where runs were measured', () => {
  test('no micro batch is called fitting that ran out of memory', () => {
    // The T4's cap was drawn with the H100's context; its own is smaller, so that runs over the cap may fit the card.
    const ranOut = limited.filter(({ measured, card }) => measured.outOfMemory && card !== 't4-16gb');
    expect(ranOut.length).toBeGreaterThan(40);
    for (const row of ranOut) {
      const plan = rowToPlan(row);
      if (plan === undefined) throw new Error(`${row.id} is a run that a config can state.`);
      const largest = largestMicroBatch(withEdits(plan, [setField('hardware.gpu', row.card)]));
      expect(largest, row.id).toBeLessThan(row.microBatch);
    }
  });

  test('under the cap itself no run that fitted is called too large, and none that ran out is called fitting', () => {
    for (const row of limited) {
      const { allocatorCapBytes = 0, measured } = row;
      const plan = rowToPlan(row);
      const outcome = plan === undefined ? undefined : refineEstimate(plan, { allocatorCapBytes });
      const verdict = outcome?.known === true ? outcome.estimate.verdict : 'unknown';
      expect(verdict, row.id).not.toBe(measured.outOfMemory ? 'fits' : 'exceeds');
    }
  });
});

describe('what makes a run fit', () => {
  const tooLarge = planOf({
    'model.name': 'meta-llama/Llama-3.1-8B',
    'batch.micro': 4,
    'batch.gradientAccumulation': 8,
  });

  test('every remedy fits by its own estimate, and those that change training come last', () => {
    const offered = remedies(tooLarge);
    expect(offered.length).toBeGreaterThan(0);
    for (const { edits, estimate } of offered) {
      expect(estimate.verdict).toBe('fits');
      expect(estimateOf(withEdits(tooLarge, edits)).verdict).toBe('fits');
    }
    const changing = offered.map(({ changesTraining }) => changesTraining);
    expect(changing).toEqual([...changing].sort());
  });

  test('a smaller micro batch keeps the global batch', () => {
    const wide = planOf({ 'batch.micro': 64, 'batch.gradientAccumulation': 2 });
    const smaller = remedies(wide).find(({ title }) => title.startsWith('Set micro batch'));
    const after = withEdits(wide, smaller?.edits ?? []).values;
    expect((after['batch.micro']?.value ?? 0) * (after['batch.gradientAccumulation']?.value ?? 0)).toBe(128);
    expect(after['batch.micro']?.value).toBeLessThan(64);
  });

  test('an adapter comes with its rank and targets', () => {
    const adapter = remedies(tooLarge).find(({ title }) => title.includes('LoRA'));
    const after = withEdits(tooLarge, adapter?.edits ?? []).values;
    expect(after['adapter.kind']?.value).toBe('lora');
    expect(after['adapter.rank']?.value).toBe(16);
    expect(after['adapter.targets']?.value).toBe('all-linear');
  });

  test('sharded states are spread over the fewest GPUs that hold them', () => {
    const sharded = planOf({
      'model.name': 'meta-llama/Llama-3.1-8B',
      'sharding.engine': 'fsdp2',
      'precision.weights': 'fp32',
      'precision.autocast': 'off',
      'precision.compute': 'bf16',
      'activations.checkpointing': 'full',
      'batch.micro': 1,
      'batch.gradientAccumulation': 64,
      'parallel.world': 1,
    });
    const more = remedies(sharded).find(({ title }) => title.startsWith('Use '));
    const world = withEdits(sharded, more?.edits ?? []).values['parallel.world']?.value ?? 0;
    expect(world).toBeGreaterThan(1);
    expect(more?.estimate.verdict).toBe('fits');
    const accumulation = (64 * 2) / world;
    const half = withEdits(sharded, [
      setField('parallel.world', world / 2),
      setField('batch.gradientAccumulation', accumulation),
    ]);
    expect(estimateOf(half).verdict).not.toBe('fits');
  });
});
