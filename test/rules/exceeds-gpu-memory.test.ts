import { expect, it } from 'vitest';
import type { TermName } from '../../server/src/memory/index.ts';
import { setField } from '../../server/src/plan/index.ts';
import { exceedsGpuMemory } from '../../server/src/rules/exceeds-gpu-memory.ts';
import { memoryOf } from './memory-of.ts';
import { byDefault, planOf } from './plan-of.ts';
import { runRule, testRule } from './test-rule.ts';

const plan = planOf({ 'model.name': 'meta-llama/Llama-3.1-8B', 'batch.micro': 16, 'hardware.gpu': 'h100-80gb' });
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
      plan: planOf({ 'model.name': 'x', 'batch.micro': 4, 'batch.eval': 64 }),
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
      memory: memoryOf({ verdict: 'exceeds', lowGib: 94, highGib: 101, checked: 'unchecked', terms: { weights: 97 } }),
      message: 'exceeds',
      at: 'model.name',
      severity: 'information',
    },
  ],
});

/** A plan of 8 ranks whose launcher is unknown, with sequences cut to `tokens`. */
const launched = (tokens: number) =>
  planOf({ ...stated, 'parallel.data': 8, 'data.sequenceLength': tokens, 'data.packing': false });
const stated = { 'model.name': 'meta-llama/Llama-3.1-8B', 'batch.micro': 1, 'hardware.gpu': 'h100-80gb' } as const;
const states = { 'optimizer states': 30, weights: 15, gradients: 15, 'communication buffers': 15 } as const;
const story = (terms: Partial<Record<TermName, number>>, checked: 'measured' | 'unchecked' = 'measured') => {
  const sum = Object.values(terms).reduce((total, gib) => total + gib, 0);
  return memoryOf({ verdict: 'exceeds', lowGib: sum * 0.95, highGib: sum * 1.05, checked, terms });
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
      plan: planOf({ ...stated, 'parallel.data': 8, 'sharding.engine': 'ddp' }),
      memory: story({ ...states, activations: 30 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      plan: launched(4096),
      memory: story({ weights: 15, activations: 100 }),
      message: 'atCap',
      at: 'batch.micro',
      severity: 'warning',
      says: ['4,096 tokens', 'shorter'],
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
      message: 'atCap',
      at: 'batch.micro',
      severity: 'information',
    },
    {
      plan: planOf({ ...stated, 'data.sequenceLength': 4096, 'batch.unit': 'completions', 'data.padToMax': true }),
      memory: story({ weights: 15, activations: 100 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      plan: launched(131_072),
      memory: story({ weights: 15, activations: 1000 }),
      message: 'atCap',
      at: 'batch.micro',
      severity: 'information',
    },
    {
      // Packed sequences are as long as stated.
      plan: planOf({ ...stated, 'data.sequenceLength': 4096, 'data.packing': true }),
      memory: story({ weights: 15, activations: 100 }),
      message: 'exceeds',
      at: 'batch.micro',
    },
    {
      plan: launched(4096),
      memory: story({ weights: 15, activations: 400 }),
      message: 'exceeds',
      at: 'batch.micro',
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
      memory: story({ weights: 120 }, 'unchecked'),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'information',
    },
    {
      plan: planOf(stated),
      memory: story({ weights: 200 }, 'unchecked'),
      message: 'exceeds',
      at: 'batch.micro',
      severity: 'warning',
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
