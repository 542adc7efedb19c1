import { expect, it } from 'vitest';
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
