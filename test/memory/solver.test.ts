import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { MeasuredRow } from '../../bench/measured-row.ts';
import { rowToPlan } from '../../bench/row-to-plan.ts';
import { largestMicroBatch, refineEstimate, remedies } from '../../server/src/memory/index.ts';
import { setField, type TrainingPlan, withEdits } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

interface LimitedRow extends MeasuredRow {
  readonly card: string;
  readonly measured: MeasuredRow['measured'] & { readonly uncappedPeakReservedBytes?: number };
}

// The form of a row is the measurements file's own contract.
const limited = readFileSync('bench/data/card-limits.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as LimitedRow);

function planOfRow(row: LimitedRow | undefined): TrainingPlan {
  const plan = row === undefined ? undefined : rowToPlan(row);
  if (plan === undefined) throw new Error(`${row?.id} is a run that a config can state.`);
  return plan;
}

describe('on the cards where runs were measured', () => {
  test('no micro batch is called fitting that ran out of memory', () => {
    // The T4's cap was drawn with the H100's context; its own is smaller, so that runs over the cap may fit the card.
    const ranOut = limited.filter(({ measured, card }) => measured.outOfMemory && card !== 't4-16gb');
    expect(ranOut.length).toBeGreaterThan(40);
    for (const row of ranOut) {
      const largest = largestMicroBatch(withEdits(planOfRow(row), [setField('hardware.gpu', row.card)]));
      expect(largest, row.id).toBeLessThan(row.microBatch);
    }
  });

  test('with the allocator simulated more is found, and still nothing that ran out of memory', () => {
    let gained = 0;
    for (const row of limited.filter(({ card }) => card !== 't4-16gb')) {
      const plan = withEdits(planOfRow(row), [setField('hardware.gpu', row.card)]);
      const [walked = 0, simulated = 0] = [largestMicroBatch(plan), largestMicroBatch(plan, { simulates: true })];
      expect(simulated, row.id).toBeGreaterThanOrEqual(walked);
      if (simulated > walked) gained += 1;
      const { outOfMemory, uncappedPeakReservedBytes = 0 } = row.measured;
      if (outOfMemory) expect(simulated, row.id).toBeLessThan(row.microBatch);
      // Runs that fitted with a twentieth of the card to spare are found.
      else if (uncappedPeakReservedBytes < 0.945 * (row.allocatorCapBytes ?? 0))
        expect(simulated, row.id).toBeGreaterThanOrEqual(row.microBatch);
    }
    expect(gained).toBeGreaterThan(20);
  });

  test('a search that is told to stop says what the walk is sure of', () => {
    const plan = withEdits(planOfRow(limited[0]), [setField('hardware.gpu', 'rtx-3070-8gb')]);
    expect(largestMicroBatch(plan, { simulates: true, shouldStop: () => true })).toBe(largestMicroBatch(plan));
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

  test('three times the GPUs are offered where twice as many hold too little', () => {
    const worlds = [6, 12, 24].map((accumulation) => {
      const sharded = planOf({
        'model.name': 'meta-llama/Llama-3.1-8B',
        'sharding.engine': 'fsdp2',
        'precision.weights': 'fp32',
        'precision.autocast': 'off',
        'precision.compute': 'bf16',
        'activations.checkpointing': 'full',
        'batch.micro': 1,
        'batch.gradientAccumulation': accumulation,
        'parallel.world': 1,
        'hardware.gpu': 'a100-80gb',
      });
      const more = remedies(sharded).find(({ title }) => title.startsWith('Use '));
      return withEdits(sharded, more?.edits ?? []).values['parallel.world']?.value;
    });
    expect(worlds).toContain(3);
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
