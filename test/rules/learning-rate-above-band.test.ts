import { learningRateAboveBand } from '../../server/src/rules/learning-rate-above-band.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'sft',
  'adapter.kind': 'lora',
  'optimizer.name': 'adamw_torch',
} as const;

testRule(learningRateAboveBand, {
  quiet: [
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-4 }),
    planOf({ ...run, 'optimizer.peakLearningRate': 1e-3 }),
    planOf({ ...run, 'optimizer.peakLearningRate': byDefault(1e-2) }),
    planOf({ ...run, 'optimizer.peakLearningRate': 1, 'optimizer.name': 'prodigy' }),
    planOf({ ...run, 'optimizer.peakLearningRate': 0.02, 'optimizer.mup': true }),
    planOf({ ...run, 'optimizer.peakLearningRate': 5, 'schedule.kind': 'NoamAnnealing' }),
    // Soft prompts are trained at up to 0.3.
    planOf({ ...run, 'optimizer.peakLearningRate': 3e-2, 'adapter.kind': 'other' }),
    planOf({ ...run, 'run.objective': 'dpo', 'optimizer.peakLearningRate': 5e-4 }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 2e-2 }),
      message: 'above',
      at: 'optimizer.peakLearningRate',
      says: ['0.02', '40 times', 'LoRA fine-tuning', '5e-5 to 5e-4'],
    },
    {
      plan: planOf({
        'run.task': 'reinforcement-learning',
        'optimizer.name': 'adam',
        'optimizer.peakLearningRate': 0.05,
      }),
      message: 'above',
      at: 'optimizer.peakLearningRate',
    },
  ],
});
