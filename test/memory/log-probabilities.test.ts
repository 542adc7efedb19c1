import { expect, test } from 'vitest';
import { enrichPlan } from '../../server/src/facts/index.ts';
import { estimateMemory } from '../../server/src/memory/index.ts';
import type { LogProbabilities } from '../../server/src/plan/index.ts';
import { planOf } from '../rules/plan-of.ts';

/** Bytes of logits and loss at their largest for each logit, in a model of 16-bit weights. */
function lossBytes(logProbabilities: LogProbabilities): number {
  const [batch, length, vocabulary] = [8, 1024, 151_936];
  const plan = planOf({
    'run.task': 'causal-lm',
    'model.name': 'Qwen/Qwen2.5-0.5B',
    'batch.micro': batch,
    'batch.gradientAccumulation': 1,
    'data.sequenceLength': length,
    'optimizer.name': 'adamw_torch',
    'precision.weights': 'bf16',
    'precision.compute': 'bf16',
    'precision.autocast': 'off',
    'adapter.kind': 'none',
    'adapter.quantization': 'none',
    'activations.checkpointing': 'full',
    'loss.logProbabilities': logProbabilities,
    'parallel.world': 1,
  });
  const outcome = estimateMemory(enrichPlan(plan));
  if (!outcome.known) throw new Error(outcome.missing.join(', '));
  const term = outcome.estimate.terms.find(({ name }) => name === 'logits and loss');
  return (term?.bytes ?? 0) / (batch * length * vocabulary);
}

test('a gradient written over the logits takes no more than the logits', () => {
  expect(lossBytes('in-place')).toBeCloseTo(2, 1);
  expect(lossBytes('whole')).toBeGreaterThan(8);
});
