import { describe, expect, test } from 'vitest';
import { allModels } from '../../server/src/facts/index.ts';
import {
  evaluationBatchUnderTraining,
  type MemoryEstimate,
  type PhaseName,
  remedies,
  walkStep,
} from '../../server/src/memory/index.ts';
import { familyOf } from '../../server/src/memory/programs/families.ts';
import { editedField, type PlanFields } from '../../server/src/plan/index.ts';
import { workload } from './example-workload.ts';
import { estimateOf, planOf } from './plan-of.ts';

const MIB = 2 ** 20;

const UNTRAINED = { 'optimizer.name': 'sgd', 'batch.micro': 1 } as const satisfies Partial<PlanFields>;
const EVALUATION = {
  ...UNTRAINED,
  'schedule.evalCadence': 'steps',
  'model.name': 'Qwen/Qwen2.5-0.5B',
  'data.sequenceLength': 512,
  'evaluation.length': 512,
  'batch.eval': 4,
} as const satisfies Partial<PlanFields>;
const KEPT = { ...EVALUATION, 'evaluation.keepsLogits': true } as const satisfies Partial<PlanFields>;
const BERT = {
  ...EVALUATION,
  'run.task': 'masked-lm',
  'model.name': 'google-bert/bert-base-uncased',
  'precision.weights': 'fp32',
  'batch.eval': 16,
  'evaluation.length': 256,
  'evaluation.keepsLogits': true,
} as const satisfies Partial<PlanFields>;
const GENERATION = {
  ...UNTRAINED,
  'schedule.evalCadence': 'steps',
  'precision.autocast': 'off',
  'evaluation.generates': true,
  'evaluation.newTokens': 32,
} as const satisfies Partial<PlanFields>;

/** Allocated peaks of bench/data/inference.jsonl, in MiB, with what a config states of the run. */
const MEASURED: readonly (readonly [row: string, phase: PhaseName, mib: number, Partial<PlanFields>])[] = [
  ['eval-1', 'evaluation', 3924, EVALUATION],
  ['eval-2', 'evaluation', 10448, { ...KEPT, 'evaluation.examples': 16 }],
  ['eval-5', 'evaluation', 5821, { ...EVALUATION, 'optimizer.name': 'adamw_torch' }],
  ['eval-11', 'evaluation', 5700, { ...KEPT, 'evaluation.examples': 24, 'evaluation.batchesOnDevice': 2 }],
  ['eval-17', 'evaluation', 3281, { ...BERT, 'evaluation.examples': 48 }],
  ['gen-1', 'generation', 2550, { ...GENERATION, 'batch.eval': 1, 'evaluation.length': 2048 }],
  ['gen-2', 'generation', 3127, { ...GENERATION, 'batch.eval': 16, 'evaluation.length': 512 }],
  ['gen-3', 'generation', 3127, { ...GENERATION, 'batch.eval': 64, 'evaluation.length': 128 }],
  [
    'gen-17',
    'generation',
    2479,
    { ...GENERATION, 'model.name': 'Qwen/Qwen2.5-0.5B', 'batch.eval': 32, 'evaluation.length': 1024 },
  ],
];

function peakOf({ phases }: MemoryEstimate, name: PhaseName): number | undefined {
  return phases.find((phase) => phase.name === name)?.peakBytes;
}

describe('between the steps', () => {
  test.each(MEASURED)('%s: the peak in %s is predicted within 1%%', (_row, phase, mib, changes) => {
    const peak = peakOf(estimateOf(planOf(changes)), phase) ?? 0;
    expect(Math.abs(peak / MIB / mib - 1)).toBeLessThan(0.01);
  });

  test.each<[why: string, changes: Changes]>([
    ['evaluation is off', { 'schedule.evalCadence': 'no' }],
    ['nobody says whether there is one', { 'schedule.evalCadence': undefined }],
    ['the padded length is not known', { 'evaluation.length': undefined }],
    ['answers are sampled and scored', { 'run.objective': 'grpo' }],
    ['the model itself is split', { 'parallel.tensor': 2, 'parallel.world': 2 }],
  ])('nothing is counted where %s', (_why, changes) => {
    const plan = planOf(withoutAbsent({ ...EVALUATION, 'batch.eval': 64, ...changes }));
    expect(peakOf(estimateOf(plan), 'evaluation')).toBeUndefined();
  });

  test('a length that no config tells leaves the estimate as it is, and a note', () => {
    const { 'evaluation.length': _length, ...open } = { ...EVALUATION, 'batch.eval': 64 };
    const { 'schedule.evalCadence': _cadence, ...without } = open;
    const estimate = estimateOf(planOf(open));
    expect(estimate.expectedBytes).toBe(estimateOf(planOf(without)).expectedBytes);
    expect(estimate.assumptions.join(' ')).toContain('Evaluation is not counted');
  });

  test.each<[how: string, changes: Partial<PlanFields>]>([
    ['packing', { 'data.packing': true }],
    ['padding to the maximum', { 'data.padToMax': true }],
  ])('%s makes the length of evaluation that of training', (_how, changes) => {
    const { 'evaluation.length': _length, ...open } = EVALUATION;
    expect(peakOf(estimateOf(planOf({ ...open, ...changes })), 'evaluation')).toBeDefined();
    const apart = { ...open, ...changes, 'evaluation.packing': false, 'data.padToMax': false } as const;
    expect(peakOf(estimateOf(planOf(apart)), 'evaluation')).toBeUndefined();
  });

  test('optimizer states are there, gradients and activations are not', () => {
    const estimate = estimateOf(planOf({ ...EVALUATION, 'optimizer.name': 'adamw_torch', 'batch.eval': 32 }));
    expect(estimate.peakPhase).toBe('evaluation');
    const atPeak = new Map(estimate.terms.filter((term) => term.atPeak).map((term) => [term.name, term.bytes]));
    expect(atPeak.get('optimizer states') ?? 0).toBeGreaterThan(0);
    expect(atPeak.has('gradients')).toBe(false);
    expect(estimate.terms.find(({ name }) => name === 'gradients')?.atPeak).toBe(false);
    expect(estimate.terms.find(({ name }) => name === 'logits and loss')?.drivers[0]).toBe('batch.eval');
  });

  test('a loss that is fused in training alone makes whole logits in evaluation', () => {
    const fused = { ...EVALUATION, 'loss.kernel': 'fused' } as const;
    const whole = peakOf(estimateOf(planOf({ ...fused, 'evaluation.lossKernel': 'plain' })), 'evaluation');
    expect(whole).toBe(peakOf(estimateOf(planOf(EVALUATION)), 'evaluation'));
    expect(peakOf(estimateOf(planOf(fused)), 'evaluation')).toBeLessThan((whole ?? 0) / 2);
  });

  test('the terms at the peak sum to the expected total', () => {
    const estimate = estimateOf(planOf({ ...EVALUATION, 'batch.eval': 32 }));
    const sum = estimate.terms.filter((term) => term.atPeak).reduce((total, { bytes }) => total + bytes, 0);
    expect(sum).toBeCloseTo(estimate.expectedBytes, -3);
  });

  test('a smaller evaluation batch never needs more', () => {
    const peaks = [1, 2, 4, 8, 16, 32, 64].map((batch) => estimateOf(planOf({ ...EVALUATION, 'batch.eval': batch })));
    for (const [index, estimate] of peaks.slice(1).entries()) {
      expect(estimate.lowBytes).toBeGreaterThanOrEqual(peaks[index]?.lowBytes ?? 0);
      expect(estimate.highBytes).toBeGreaterThanOrEqual(peaks[index]?.highBytes ?? 0);
    }
  });
});

describe('every shape of the catalogue', () => {
  const shapes = [...new Map(allModels().map(({ name, shape }) => [shape, name])).entries()];
  const runs = shapes.flatMap(([shape, name]) => {
    if (shape === undefined) return [];
    const kind = familyOf(shape)?.kind;
    const task = kind === 'encoder-decoder' ? 'seq2seq-lm' : kind === 'image' ? 'image' : 'causal-lm';
    return kind === undefined ? [] : [{ name, kind, run: workload({ shape, task, targetLength: 128 }) } as const];
  });

  test('needs less to evaluate a batch than to train on it', () => {
    for (const { name, run } of runs) {
      const evaluation = { sequences: 1, length: run.sequenceLength, wholeLogits: false, keptBatches: 0 };
      const { phases = [] } = walkStep({ ...run, evaluation }) ?? {};
      const training = Math.max(
        ...phases.filter((phase) => phase.name !== 'evaluation').map((phase) => phase.peakBytes),
      );
      const peak = phases.find((phase) => phase.name === 'evaluation')?.peakBytes;
      expect(peak, name).toBeLessThanOrEqual(training);
      // What a pass made is gone when it ends.
      const last = phases.find((phase) => phase.name === 'evaluation');
      expect(last?.endBytes, name).toBe(last?.startBytes);
    }
  });

  test('gives back what it generated with', () => {
    for (const { name, kind, run } of runs) {
      if (kind !== 'decoder' && kind !== 'encoder-decoder') continue;
      const generation = { sequences: 4, beams: 4, promptLength: 64, newTokens: 16 };
      const phase = walkStep({ ...run, generation })?.phases.find((one) => one.name === 'generation');
      expect(phase?.peakBytes ?? 0, name).toBeGreaterThan(phase?.startBytes ?? 0);
      expect(phase?.endBytes, name).toBe(phase?.startBytes);
    }
  });
});

describe('answers of an encoder-decoder', () => {
  const t5 = {
    ...EVALUATION,
    'run.task': 'seq2seq',
    'model.name': 'google-t5/t5-base',
    'precision.weights': 'fp32',
    'precision.autocast': 'off',
    'data.targetLength': 128,
    'batch.eval': 32,
    'evaluation.generates': true,
    'evaluation.newTokens': 128,
  } as const satisfies Partial<PlanFields>;
  const cacheOf = (changes: Partial<PlanFields>): number => {
    const { terms } = estimateOf(planOf({ ...t5, ...changes }));
    return terms.find(({ name }) => name === 'key-value cache')?.bytes ?? 0;
  };

  test.each<[beams: number]>([[1], [4]])(
    'with %i beams keep keys and values over the source and over themselves',
    (beams) => {
      // 12 layers of the decoder, 12 heads of 64, keys and values, 4 bytes; 512 tokens of the source and 128 of the answer.
      expect(cacheOf({ 'evaluation.beams': beams })).toBeCloseTo(12 * 2 * 12 * 64 * 4 * 32 * beams * (512 + 128), -6);
    },
  );

  test('are kept in 16 bits under autocast', () => {
    expect(cacheOf({ 'precision.autocast': 'bf16' })).toBeCloseTo(cacheOf({}) / 2, -6);
  });
});

describe('completions that the trained model samples', () => {
  const grpo = {
    'run.objective': 'grpo',
    'rollout.engine': 'transformers',
    'rollout.promptLength': 256,
    'rollout.completionLength': 256,
    'rollout.stepsPerGeneration': 8,
    'batch.micro': 8,
  } as const satisfies Partial<PlanFields>;

  test('keep keys and values of prompt and completion for the whole generation batch', () => {
    const estimate = estimateOf(planOf(grpo));
    const cache = estimate.terms.find(({ name }) => name === 'key-value cache')?.bytes ?? 0;
    // 16 layers, 8 heads of 64, keys and values, 2 bytes; 64 completions of 512 tokens.
    const whole = 16 * 2 * 8 * 64 * 2 * 64 * 512;
    expect(cache).toBeGreaterThanOrEqual(whole / 2);
    expect(cache).toBeLessThanOrEqual(whole * 1.2);
  });

  test.each<[why: string, changes: Changes]>([
    ['an engine of its own samples', { 'rollout.engine': 'vllm' }],
    ['the weights are sharded', { 'sharding.engine': 'fsdp2', 'parallel.world': 8, 'sharding.degree': 8 }],
    ['the generation batch is not known', { 'rollout.stepsPerGeneration': undefined }],
  ])('are not counted where %s', (_why, changes) => {
    expect(peakOf(estimateOf(planOf(withoutAbsent({ ...grpo, ...changes }))), 'generation')).toBeUndefined();
  });
});

describe('what helps where evaluation does not fit', () => {
  const large = { ...EVALUATION, 'optimizer.name': 'adamw_torch', 'batch.micro': 4 } as const;

  test('a smaller evaluation batch, and no change of the training', () => {
    const plan = planOf({ ...large, 'batch.eval': 256 });
    expect(estimateOf(plan).verdict).toBe('exceeds');
    const [first] = remedies(plan);
    expect(first?.edits.map(editedField)).toEqual(['batch.eval']);
    expect(first?.changesTraining).toBe(false);
    expect(first?.estimate.verdict).toBe('fits');
  });

  test('kept logits move to host memory, or are not kept', () => {
    const plan = planOf({ ...large, 'evaluation.keepsLogits': true, 'evaluation.examples': 4096 });
    expect(estimateOf(plan).verdict).toBe('exceeds');
    const titles = remedies(plan).map(({ title }) => title);
    expect(titles).toContain('Move the logits of every evaluation batch to host memory');
    expect(titles).toContain('Keep only the losses in evaluation');
  });

  test('the largest batch, halved, under which training sets the peak', () => {
    const plan = planOf({ ...large, 'batch.eval': 64 });
    const size = evaluationBatchUnderTraining(plan) ?? 0;
    const phaseWith = (batch: number) => estimateOf(planOf({ ...large, 'batch.eval': batch })).peakPhase;
    expect(phaseWith(size)).not.toBe('evaluation');
    expect(phaseWith(size * 2)).toBe('evaluation');
    expect(evaluationBatchUnderTraining(planOf({ ...large, 'batch.eval': 1 }))).toBeUndefined();
  });

  test('training that sets the peak itself is offered no change of evaluation', () => {
    const plan = planOf({
      'batch.micro': 512,
      'schedule.evalCadence': 'steps',
      'batch.eval': 8,
      'evaluation.length': 1024,
    });
    expect(remedies(plan).some(({ title }) => /evaluation/i.test(title))).toBe(false);
  });
});

/** Fields of a plan, some of them absent on purpose. */
type Changes = { readonly [F in keyof PlanFields]?: PlanFields[F] | undefined };

function withoutAbsent(fields: Changes): Partial<PlanFields> {
  // What is left has a value of its own type.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<PlanFields>;
}
