import { describe, expect, test } from 'vitest';
import { refineEstimate } from '../../server/src/memory/index.ts';
import type { PlanFields, Resident } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const MIB = 2 ** 20;
const REFERENCE: readonly Resident[] = [{ role: 'reference', trainable: false }];
const ALONE: readonly Resident[] = [];
const TEACHER: readonly Resident[] = [{ role: 'teacher', trainable: false }];

const QWEN = {
  'model.name': 'Qwen/Qwen2.5-0.5B',
  'precision.autocast': 'off',
  'data.sequenceLength': 512,
  'batch.micro': 2,
} as const satisfies Partial<PlanFields>;
const PAIRS = { ...QWEN, 'run.objective': 'dpo', 'batch.unit': 'pairs' } as const satisfies Partial<PlanFields>;
const TEXTS = {
  'run.task': 'contrastive',
  'model.name': 'google-bert/bert-base-uncased',
  'precision.weights': 'fp32',
  'optimizer.name': 'adamw_torch',
  'data.sequenceLength': 128,
} as const satisfies Partial<PlanFields>;

/** Allocated peaks of bench/data/objectives.jsonl, in MiB, with what a config states of the run. */
const MEASURED: readonly (readonly [row: string, mib: number, Partial<PlanFields>, readonly Resident[]])[] = [
  ['pref-1', 10055, { ...PAIRS, 'loss.logProbabilities': 'whole' }, REFERENCE],
  ['pref-2', 7724, { ...PAIRS, 'loss.logProbabilities': 'rows' }, REFERENCE],
  ['pref-3', 8314, { ...PAIRS, 'loss.logProbabilities': 'logsumexp' }, REFERENCE],
  [
    'pref-15',
    6363,
    { ...PAIRS, 'batch.micro': 4, 'loss.logProbabilities': 'rows', 'activations.checkpointing': 'full' },
    REFERENCE,
  ],
  ['pref-19', 8736, { ...QWEN, 'run.objective': 'distillation' }, TEACHER],
  ['con-2', 13957, { ...TEXTS, 'batch.micro': 128 }, ALONE],
  ['con-7', 10893, { ...TEXTS, 'batch.micro': 64, 'contrastive.texts': 3 }, ALONE],
  ['con-11', 2729, { ...TEXTS, 'batch.micro': 256, 'contrastive.cachedMicro': 16 }, ALONE],
  ['con-12', 5065, { ...TEXTS, 'batch.micro': 256, 'contrastive.cachedMicro': 64 }, ALONE],
  ['con-15', 3517, { ...TEXTS, 'batch.micro': 128, 'contrastive.texts': 3, 'contrastive.cachedMicro': 32 }, ALONE],
];

describe('pairs and triplets', () => {
  test.each(MEASURED)('%s is predicted within 1.2%%', (_row, mib, changes, residents) => {
    const { allocatedBytes } = estimateOf(planOf(changes, residents), refineEstimate);
    expect(Math.abs(allocatedBytes / MIB / mib - 1)).toBeLessThan(0.012);
  });

  test('a compiler that fuses the divergence keeps both sets of logits and one gradient', () => {
    const copy = 2 * 512 * 151_936 * 4;
    const loss = (changes: Partial<PlanFields>) =>
      estimateOf(planOf({ ...QWEN, 'run.objective': 'distillation', ...changes }, TEACHER)).terms.find(
        ({ name }) => name === 'logits and loss',
      )?.bytes ?? 0;
    expect(loss({ 'sharding.engine': 'jax', 'parallel.data': 1 }) / copy).toBeCloseTo(3, 1);
    expect(loss({}) / copy).toBeGreaterThan(4);
  });

  test('where nobody says how log-probabilities are taken, the range reaches down to sequence by sequence', () => {
    const unsaid = estimateOf(planOf(PAIRS, REFERENCE));
    const rows = estimateOf(planOf({ ...PAIRS, 'loss.logProbabilities': 'rows' }, REFERENCE));
    expect(unsaid.lowBytes).toBeLessThan(rows.expectedBytes);
    expect(unsaid.highBytes).toBeGreaterThan(unsaid.expectedBytes);
    expect(rows.lowBytes).toBeGreaterThan(unsaid.lowBytes);
  });

  test.each([
    ['off', 'fp32', 'logsumexp'],
    ['off', 'bf16', 'rows'],
  ] as const)('trl with autocast %s and %s weights takes %s', (autocast, weights, taken) => {
    const run = { ...PAIRS, 'precision.autocast': autocast, 'precision.weights': weights } as const;
    const selective = estimateOf(planOf({ ...run, 'loss.logProbabilities': 'selective' }));
    expect(selective.expectedBytes).toBe(estimateOf(planOf({ ...run, 'loss.logProbabilities': taken })).expectedBytes);
  });

  test('under mixed precision trl upcasts all logits and saves nothing by rows', () => {
    const run = { ...PAIRS, 'precision.autocast': 'bf16' } as const;
    const selective = estimateOf(planOf({ ...run, 'loss.logProbabilities': 'selective' })).allocatedBytes;
    const whole = estimateOf(planOf({ ...run, 'loss.logProbabilities': 'whole' })).allocatedBytes;
    expect(Math.abs(selective / whole - 1)).toBeLessThan(0.02);
  });
});

describe('similarities', () => {
  const large = { ...TEXTS, 'model.name': 'sentence-transformers/all-MiniLM-L6-v2', 'batch.micro': 16384 } as const;
  const small = { ...large, 'data.sequenceLength': 8 } as const;

  test.each([
    ['of one rank', {}, 16384],
    ['of all ranks', { 'contrastive.gathered': true, 'parallel.data': 4 }, 4 * 16384],
    ['with a negative each', { 'contrastive.texts': 3 }, 2 * 16384],
  ] as const)('the matrix %s has a column for every text an anchor is compared with', (_of, changes, columns) => {
    const { terms } = estimateOf(planOf({ ...small, ...changes }));
    const logits = terms.find(({ name }) => name === 'logits and loss')?.bytes ?? 0;
    // Its log-softmax and two gradients of it are there at once.
    expect(logits / (4 * 16384 * columns)).toBeGreaterThan(2.4);
    expect(logits / (4 * 16384 * columns)).toBeLessThan(3.6);
  });

  test('a cached loss makes it a mini-batch at a time', () => {
    const { terms } = estimateOf(planOf({ ...small, 'contrastive.cachedMicro': 64 }));
    expect(terms.some(({ name }) => name === 'logits and loss')).toBe(false);
  });
});
