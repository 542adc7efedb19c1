import { learningRateBelowBand } from '../../server/src/rules/learning-rate-below-band.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const RATE = 'optimizer.peakLearningRate';

testRule(learningRateBelowBand, {
  quiet: [
    planOf({ [RATE]: 1e-7, 'optimizer.name': 'adamw_torch' }),
    // Zero stands for a rate that is given elsewhere.
    planOf({ [RATE]: 0, 'optimizer.name': 'adamw_torch' }),
    planOf({ [RATE]: byDefault(1e-9), 'optimizer.name': 'adamw_torch' }),
    planOf({ [RATE]: 1e-8, 'optimizer.name': 'sgd' }),
    planOf({ [RATE]: 1e-8, 'optimizer.name': 'adam', 'schedule.kind': 'NoamAnnealing' }),
    planOf({
      [RATE]: 1e-7,
      'optimizer.name': 'adamw_torch',
      'run.task': 'causal-lm',
      'run.objective': 'dpo',
      'adapter.kind': 'none',
      'model.parameterCount': 7e9,
    }),
  ],
  fires: [
    {
      plan: planOf({ [RATE]: 1e-8, 'optimizer.name': 'OneBitAdam' }),
      message: 'below',
      at: RATE,
      says: ['1e-8', '10 times', '1e-7'],
    },
    {
      plan: planOf({
        [RATE]: 1e-7,
        'optimizer.name': 'adamw_torch',
        'run.task': 'causal-lm',
        'run.objective': 'sft',
        'adapter.kind': 'lora',
      }),
      message: 'below',
      at: RATE,
      says: ['500 times'],
    },
  ],
});
