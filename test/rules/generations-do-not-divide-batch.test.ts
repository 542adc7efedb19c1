import { generationsDoNotDivideBatch } from '../../server/src/rules/generations-do-not-divide-batch.ts';
import { byDefault, bySetting, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'batch.unit': 'completions',
  'batch.micro': 16,
  'batch.gradientAccumulation': 4,
  'rollout.generations': 14,
} as const;

const served = { 'rollout.engine': 'vllm', 'rollout.colocated': byDefault(true) } as const;

testRule(generationsDoNotDivideBatch, {
  quiet: [
    // Eight GPUs, one of which serves generation: 16 × 4 × 7 = 448 = 32 × 14.
    planOf({ ...run, 'parallel.data': 7 }),
    planOf(run),
    // Prompts are multiplied by the generations, never divided.
    planOf({ ...run, 'batch.unit': 'prompts', 'parallel.data': 8 }),
    planOf({ ...run, 'parallel.data': 7, 'batch.eval': 16, 'schedule.evalCadence': byDefault('no') }),
    // The same where all eight GPUs are the user's word, and the file says nothing of where vLLM samples.
    planOf({ ...run, ...served, 'parallel.world': bySetting(8), 'parallel.data': inferred(8, ['parallel.world']) }),
    // A round may hold whole groups although a micro batch does not.
    planOf({ ...run, 'rollout.generations': 32, 'parallel.data': 1 }),
  ],
  fires: [
    {
      plan: planOf({
        ...run,
        'rollout.engine': 'vllm',
        'rollout.colocated': true,
        'parallel.world': bySetting(8),
        'parallel.data': 8,
      }),
      message: 'round',
      at: 'rollout.generations',
    },
    {
      plan: planOf({ ...run, ...served, 'parallel.world': 8, 'parallel.data': 8 }),
      message: 'round',
      at: 'rollout.generations',
    },
    {
      plan: planOf({ ...run, 'parallel.data': 8 }),
      message: 'round',
      at: 'rollout.generations',
      says: ['512', '14', '8 are left over'],
      fixed: { 'batch.gradientAccumulation': 7 },
    },
    {
      plan: planOf({
        ...run,
        'parallel.data': 7,
        'batch.eval': 16,
        'schedule.evalCadence': 'steps',
        'rollout.generations': 32,
        'batch.gradientAccumulation': 2,
      }),
      message: 'evaluation',
      at: 'batch.eval',
      says: ['112'],
    },
    {
      plan: planOf({
        'batch.unit': 'completions',
        'rollout.batch': 100,
        'rollout.generations': 8,
        'parallel.data': inferred(2),
      }),
      message: 'round',
      at: 'rollout.generations',
      fixed: { 'rollout.generations': 10 },
    },
  ],
});
