import { expect, it } from 'vitest';
import type { TermName } from '../../server/src/memory/index.ts';
import { setField } from '../../server/src/plan/index.ts';
import { exceedsGpuMemory } from '../../server/src/rules/exceeds-gpu-memory.ts';
import { memoryOf } from './memory-of.ts';
import { byDefault, planOf } from './plan-of.ts';
import { runRule, testRule } from './test-rule.ts';

const plan = planOf({
  'model.name': 'meta-llama/Llama-3.1-8B',
  'batch.micro': 16,
  'hardware.gpu': 'h100-80gb',
  'sharding.engine': 'none',
});
const memory = memoryOf({
  verdict: 'exceeds',
  lowGib: 94,
  highGib: 101,
  terms: { activations: 41.6, 'optimizer states': 29.9, 'logits and loss': 15.7, workspace: 0.4 },
});

testRule(exceedsGpuMemory, {
  quiet: [
    plan,
    { plan, memory: memoryOf({ verdict: 'tight', lowGib: 75, highGib: 82 }) },
    { plan, memory: memoryOf({ verdict: 'fits', highGib: 60 }) },
  ],
  fires: [
    {
      plan,
      memory,
      message: 'exceeds',
      at: 'batch.micro',
      says: ['94.0 to 101 GiB', 'H100 80GB', '79.1', 'activations 41.6, optimizer states 29.9, logits and loss 15.7'],
    },
    {
      plan: planOf({ 'model.name': 'x', 'batch.micro': 4, 'batch.eval': 64, 'sharding.engine': 'none' }),
      memory: memoryOf({
        verdict: 'exceeds',
        lowGib: 94,
        highGib: 101,
        peakPhase: 'evaluation',
        trainingGib: 41,
        terms: { 'logits and loss': 80.2, 'optimizer states': 11, weights: 5.5 },
      }),
      message: 'exceedsBetweenSteps',
      at: 'batch.eval',
      says: ['Evaluation needs 94.0 to 101 GiB per GPU, training 41.0,', '79.1', 'logits and loss 80.2'],
    },
    {
      // transformers' own 8 stands in no file.
      plan: planOf({ 'model.name': 'x', 'batch.micro': 4, 'batch.eval': byDefault(8) }),
      memory: memoryOf({
        verdict: 'exceeds',
        lowGib: 94,
        highGib: 101,
        peakPhase: 'evaluation',
        trainingGib: 41,
        terms: { 'logits and loss': 96 },
      }),
      message: 'exceedsBetweenSteps',
      at: 'batch.micro',
    },
    {
      // Nobody measured runs of this kind, so the estimate is no proof.
      plan: planOf({ 'model.name': 'x', 'batch.micro': byDefault(8) }),
      memory: memoryOf({
        verdict: 'exceeds',
        lowGib: 94,
        highGib: 101,
        checked: 'unchecked',
        terms: { activations: 97 },
      }),
      message: 'exceeds',
      at: 'model.name',
      severity: 'information',
    },
  ],
});

/** A plan of 8 ranks whose launcher is unknown, with sequences cut to `tokens`. */
const launched = (tokens: number) =>
  planOf({ ...launcher, 'parallel.data': 8, 'data.sequenceLength': tokens, 'data.packing': false });
const launcher = { 'model.name': 'meta-llama/Llama-3.1-8B', 'batch.micro': 1, 'hardware.gpu': 'h100-80gb' } as const;
const stated = { ...launcher, 'sharding.engine': 'ddp' } as const;
const states = { 'optimizer states': 30, weights: 15, gradients: 15, 'communication buffers': 15 } as const;
type Checked = 'measured' | 'published' | 'unchecked';
const story = (terms: Partial<Record<TermName, number>>, checked: Checked = 'measured') => {
  const sum = Object.values(terms).reduce((total, gib) => total + gib, 0);
  const verdict = sum * 0.95 > 79.1 ? 'exceeds' : 'fits';
  return memoryOf({ verdict, lowGib: sum * 0.95, highGib: sum * 1.05, checked, terms });
};

testRule(exceedsGpuMemory, {
  quiet: [],
  fires: [
    {
      // Split over 8 ranks the 75 GiB of states are 9.
      plan: launched(4096),
      memory: story({ ...states, activations: 30 }),
      message: 'replicated',
      at: 'batch.micro',
      severity: 'information',
      says: ['no launcher'],
    },
    {
      // The launcher that splits the states may have activations recomputed, too.
      plan: planOf({ ...launcher, 'parallel.data': 8, 'activations.checkpointing': byDefault('none') }),
      memory: story({ ...states, activations: 200 }),
      message: 'replicated',
      at: 'batch.micro',
      severity: 'information',
    },
    {
      plan: planOf({ ...launcher, 'parallel.data': 8, 'activations.checkpointing': 'none' }),
      memory: story({ ...states, activations: 200 }),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'error',
    },
    {
      plan: planOf({ ...stated, 'parallel.data': 8 }),
      memory: story({ ...states, activations: 30 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      // A launcher may still offload what is too much for 8 GPUs.
      plan: planOf({ ...launcher, 'parallel.data': 8 }),
      memory: story({ weights: 400, 'optimizer states': 800, activations: 20 }),
      message: 'onGpu',
      at: 'batch.micro',
      severity: 'warning',
      says: ['its states split over 8 GPUs', '150 GiB', 'offload'],
    },
    {
      // The low end of a wide range says nothing of what split states come to.
      plan: planOf({ ...launcher, 'parallel.data': 8 }),
      memory: memoryOf({
        verdict: 'exceeds',
        lowGib: 700,
        highGib: 1200,
        terms: { weights: 260, gradients: 260, 'optimizer states': 270, 'communication buffers': 260 },
      }),
      message: 'onGpu',
      at: 'batch.micro',
      severity: 'warning',
      says: ['its states split over 8 GPUs it needs at least 98.8 GiB'],
    },
    {
      plan: planOf({ ...launcher, 'parallel.data': 1 }),
      memory: story({ weights: 40, 'optimizer states': 80, activations: 20 }),
      message: 'onGpu',
      at: 'batch.micro',
      severity: 'warning',
      says: ['its states on the GPU', '133 GiB'],
    },
    {
      // The trainer has keys of its own for both, and they are not there.
      plan: planOf({ ...launcher, 'parallel.data': 1, 'sharding.engine': byDefault('ddp') }),
      memory: story({ weights: 40, 'optimizer states': 80, activations: 20 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      plan: planOf({ ...launcher, 'parallel.data': 1, 'sharding.offloadOptimizer': byDefault('none') }),
      memory: story({ weights: 40, 'optimizer states': 80, activations: 20 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      // Offloading helps nothing where activations alone are too much.
      plan: planOf({ ...launcher, 'parallel.data': 1 }),
      memory: story({ weights: 40, activations: 120 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      plan: launched(4096),
      memory: story({ weights: 15, activations: 100 }),
      memoryAfter: story({ weights: 15, activations: 13 }),
      message: 'atCap',
      at: 'batch.micro',
      severity: 'information',
      says: ['Sequences of 4,096 tokens need 109 to 121 GiB', 'those of 512 need 28.0'],
    },
    {
      // Completions without padding take what the model samples.
      plan: planOf({
        ...stated,
        'data.sequenceLength': 4096,
        'batch.unit': 'completions',
        'data.padToMax': false,
      }),
      memory: story({ weights: 15, activations: 100 }),
      memoryAfter: story({ weights: 15, activations: 10 }),
      message: 'atCap',
      at: 'batch.micro',
      severity: 'information',
      says: ['those of 410'],
    },
    {
      plan: planOf({ ...stated, 'data.sequenceLength': 4096, 'batch.unit': 'completions', 'data.padToMax': true }),
      memory: story({ weights: 15, activations: 100 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      // Packed sequences are as long as stated.
      plan: planOf({ ...stated, 'data.sequenceLength': 4096, 'data.packing': true }),
      memory: story({ weights: 15, activations: 100 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      // Examples of any data reach a few hundred tokens.
      plan: planOf({ ...stated, 'data.sequenceLength': 131_072, 'data.packing': false }),
      memory: story({ weights: 85, activations: 1000 }),
      memoryAfter: story({ weights: 85, activations: 5 }),
      message: 'capped',
      at: 'batch.micro',
      severity: 'error',
      says: ['Needs 85.5 GiB per GPU at 512 tokens a sequence and 1139 at 131,072', 'weights 85.0, activations 5.0'],
    },
    {
      // The file it builds on may split the optimizer's states.
      plan: planOf(stated, { partial: true }),
      memory: story({ weights: 120 }),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'information',
    },
    {
      plan: planOf(stated),
      memory: story({ activations: 120 }, 'unchecked'),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'information',
    },
    {
      plan: planOf(stated),
      memory: story({ activations: 200 }, 'unchecked'),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'warning',
    },
    {
      // What is counted needs no measurement.
      plan: planOf({ ...stated, 'sharding.engine': 'fsdp2', 'sharding.defersReduction': true }),
      memory: story({ weights: 120 }, 'unchecked'),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'warning',
    },
    {
      // A wide range reaches below what weights take, and is cut there.
      plan: planOf({ ...stated, 'data.sequenceLength': 4096, 'data.packing': false }),
      memory: memoryOf({ verdict: 'exceeds', lowGib: 80, highGib: 130, checked: 'unchecked', terms: { weights: 100 } }),
      memoryAfter: memoryOf({
        verdict: 'tight',
        lowGib: 70,
        highGib: 120,
        checked: 'unchecked',
        terms: { weights: 90 },
      }),
      message: 'capped',
      at: 'batch.micro',
      severity: 'warning',
      says: ['Needs 90.0 GiB per GPU at 512 tokens'],
    },
    {
      // Single published figures are missed by up to a third.
      plan: planOf(stated),
      memory: story({ activations: 100 }, 'published'),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'information',
    },
    {
      plan: planOf(stated),
      memory: story({ activations: 120 }, 'published'),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'warning',
    },
  ],
});

/** 16 ranks under FSDP 2 that accumulate. */
const accumulating = { ...stated, 'sharding.engine': 'fsdp2', 'parallel.data': 16 } as const;

testRule(exceedsGpuMemory, {
  quiet: [],
  fires: [
    {
      // Whether micro-steps sum whole gradients hangs on a library's version.
      plan: planOf({ ...accumulating, 'batch.gradientAccumulation': 2 }),
      memory: story({ gradients: 224, activations: 20 }),
      message: 'deferred',
      at: 'batch.micro',
      severity: 'information',
      says: ['232 to 256 GiB', 'reduced in each, it needs 34.0'],
    },
    {
      plan: planOf({ ...accumulating, 'batch.gradientAccumulation': 2, 'sharding.defersReduction': true }),
      memory: story({ gradients: 224, activations: 20 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      plan: planOf({ ...accumulating, 'batch.gradientAccumulation': 1 }),
      memory: story({ gradients: 224, activations: 20 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
  ],
});

it('looks for remedies only when somebody asks for fixes', () => {
  let asked = 0;
  const remedy = {
    title: 'Set micro batch 4',
    safety: 'changes-training' as const,
    edits: [setField('batch.micro', 4)],
  };
  const findings = exceedsGpuMemory.run({
    plan,
    memory: () => memory,
    memoryAfter: () => memory,
    remedies: () => {
      asked++;
      return [remedy];
    },
    largestMicroBatch: () => undefined,
    references: [],
  });
  expect(asked).toBe(0);
  expect(findings[0]?.fixes).toEqual([remedy]);
  expect(asked).toBe(1);
  expect(runRule(exceedsGpuMemory, { plan, memory })[0]?.fixes).toEqual([]);
});
