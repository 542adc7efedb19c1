import { loraLrFullFinetuneSized } from '../../server/src/rules/lora-lr-full-finetune-sized.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'sft',
  'adapter.kind': 'lora',
  'optimizer.name': 'adamw_torch',
  'optimizer.peakLearningRate': 2e-6,
} as const;

testRule(loraLrFullFinetuneSized, {
  quiet: [
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-5 }),
    planOf({ ...run, 'adapter.kind': 'none' }),
    planOf({ ...run, 'run.objective': 'dpo' }),
    planOf({ ...run, 'optimizer.peakLearningRate': byDefault(2e-6) }),
    planOf({ ...run, 'optimizer.name': 'lion' }),
  ],
  fires: [
    {
      plan: planOf(run),
      message: 'fullSized',
      at: 'optimizer.peakLearningRate',
      says: ['2e-6'],
      fixed: { 'optimizer.peakLearningRate': 2e-5 },
    },
  ],
});
