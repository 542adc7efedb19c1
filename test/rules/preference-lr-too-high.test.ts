import { preferenceLrTooHigh } from '../../server/src/rules/preference-lr-too-high.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'dpo',
  'adapter.kind': byDefault('none'),
  'optimizer.name': 'adamw_torch',
  'model.parameterCount': 8_030_261_248,
} as const;

testRule(preferenceLrTooHigh, {
  quiet: [
    planOf({ ...run, 'optimizer.peakLearningRate': 5e-7 }),
    planOf({ ...run, 'optimizer.peakLearningRate': 5e-6 }),
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-4, 'adapter.kind': 'lora' }),
    // ORPO's loss holds the fine-tuning term, and its rates are fine-tuning's.
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-5, 'run.objective': 'orpo' }),
    planOf({ ...run, 'optimizer.peakLearningRate': 5e-5, 'model.parameterCount': 124_000_000 }),
    planOf({ ...run, 'optimizer.peakLearningRate': byDefault(5e-5) }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 2e-5 }),
      message: 'high',
      at: 'optimizer.peakLearningRate',
      says: ['2e-5', 'DPO'],
    },
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 1e-5, 'run.objective': 'kto' }),
      message: 'high',
      at: 'optimizer.peakLearningRate',
      severity: 'information',
    },
  ],
});
