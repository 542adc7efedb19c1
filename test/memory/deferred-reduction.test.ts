import { expect, test } from 'vitest';
import { enrichPlan } from '../../server/src/facts/index.ts';
import { estimateMemory } from '../../server/src/memory/index.ts';
import { planOf } from '../rules/plan-of.ts';

const GIB = 2 ** 30;

/** Gradients of a 7.6B model over 8 ranks of FSDP, 4 micro-steps a step. */
function gradientGib(defersReduction: boolean): number | undefined {
  const plan = planOf({
    'run.task': 'causal-lm',
    'model.name': 'Qwen/Qwen2.5-7B',
    'batch.micro': 1,
    'batch.gradientAccumulation': 4,
    'data.sequenceLength': 1024,
    'optimizer.name': 'adamw_torch',
    'precision.weights': 'fp32',
    'precision.compute': 'bf16',
    'precision.autocast': 'bf16',
    'precision.gradients': 'fp32',
    'precision.reduce': 'fp32',
    'adapter.kind': 'none',
    'adapter.quantization': 'none',
    'activations.checkpointing': 'full',
    'sharding.engine': 'fsdp2',
    'sharding.zeroStage': 3,
    'sharding.defersReduction': defersReduction,
    'parallel.world': 8,
    'parallel.data': 8,
  });
  const outcome = estimateMemory(enrichPlan(plan));
  if (!outcome.known) throw new Error(outcome.missing.join(', '));
  const gradients = outcome.estimate.terms.find(({ name }) => name === 'gradients');
  return gradients === undefined ? undefined : Math.round((gradients.bytes / GIB) * 10) / 10;
}

test('gradients stay split between micro-steps unless the trainer defers their reduction', () => {
  // An eighth of 28.4 GiB, and the output head's own before it is reduced.
  expect(gradientGib(false)).toBe(5.6);
  expect(gradientGib(true)).toBeGreaterThanOrEqual(28.4);
});
