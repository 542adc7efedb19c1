import { lionLrAdamSized } from '../../server/src/rules/lion-lr-adam-sized.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'sft',
  'adapter.kind': 'lora',
  'optimizer.name': 'lion_8bit',
} as const;

testRule(lionLrAdamSized, {
  quiet: [
    planOf({ ...run, 'optimizer.peakLearningRate': 1e-4 }),
    planOf({ ...run, 'optimizer.peakLearningRate': 1e-3, 'optimizer.name': 'adamw_torch' }),
    planOf({ ...run, 'optimizer.peakLearningRate': byDefault(1e-3) }),
    planOf({ 'optimizer.name': 'lion', 'optimizer.peakLearningRate': 1e-3 }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 5e-4 }),
      message: 'adamSized',
      at: 'optimizer.peakLearningRate',
      says: ['5e-4'],
      fixed: { 'optimizer.peakLearningRate': 5e-5 },
    },
    // A tenth of this would still be of Adam's size.
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 1e-2 }),
      message: 'adamSized',
      at: 'optimizer.peakLearningRate',
      fixed: { 'optimizer.peakLearningRate': 5e-5 },
    },
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 2e-4 }),
      message: 'adamSized',
      at: 'optimizer.peakLearningRate',
      severity: 'information',
    },
  ],
});
