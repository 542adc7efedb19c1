import { expect, it } from 'vitest';
import { trainingMethod } from '../../server/src/scaling/index.ts';
import { planOf } from '../rules/plan-of.ts';

type Fields = Parameters<typeof planOf>[0];

const CAUSAL: Fields = { 'run.task': 'causal-lm', 'adapter.kind': 'none' };

it.each<[Fields, ReturnType<typeof trainingMethod>]>([
  [{ ...CAUSAL, 'run.objective': 'sft' }, 'full-sft'],
  [{ ...CAUSAL, 'run.objective': 'sft', 'adapter.kind': 'lora' }, 'lora-sft'],
  [{ ...CAUSAL, 'run.objective': 'pretraining', 'run.fromScratch': true }, 'pretraining'],
  [{ ...CAUSAL, 'run.objective': 'pretraining' }, undefined],
  [{ ...CAUSAL, 'run.objective': 'dpo', 'adapter.trainableShare': 0.5 }, undefined],
  // TRL trains rewards as a classification of one class.
  [{ ...CAUSAL, 'run.task': 'classification', 'run.objective': 'reward' }, 'reward-model'],
  [{ ...CAUSAL, 'run.task': 'classification', 'run.fromScratch': false }, 'encoder-fine-tuning'],
  [{ 'run.task': 'reinforcement-learning', 'run.objective': 'ppo' }, 'control-rl'],
])('%j is %s', (fields, method) => {
  expect(trainingMethod(planOf(fields).values)).toBe(method);
});
