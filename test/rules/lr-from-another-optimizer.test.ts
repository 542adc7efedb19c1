import { lrFromAnotherOptimizer } from '../../server/src/rules/lr-from-another-optimizer.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(lrFromAnotherOptimizer, {
  quiet: [
    planOf({ 'optimizer.peakLearningRate': 4e-3, 'optimizer.name': 'adamw_torch', 'run.task': 'causal-lm' }),
    planOf({
      'optimizer.peakLearningRate': 5,
      'optimizer.name': 'adamw_torch',
      'run.task': 'seq2seq',
      'schedule.kind': 'NoamAnnealing',
    }),
    planOf({
      'optimizer.peakLearningRate': 0.01,
      'optimizer.name': 'adamw_torch',
      'run.task': 'causal-lm',
      'optimizer.mup': true,
    }),
    planOf({ 'optimizer.peakLearningRate': 0.02, 'optimizer.name': 'muon', 'run.task': 'causal-lm' }),
    planOf({ 'optimizer.peakLearningRate': 0.011, 'optimizer.name': 'lamb', 'run.task': 'masked-lm' }),
    planOf({ 'optimizer.peakLearningRate': 1, 'optimizer.name': 'prodigy', 'run.task': 'diffusion' }),
    planOf({
      'optimizer.peakLearningRate': 3e-2,
      'optimizer.name': 'adamw_torch',
      'run.task': 'causal-lm',
      'adapter.kind': 'other',
    }),
    planOf({ 'optimizer.peakLearningRate': 0.02, 'optimizer.name': byDefault('adamw_torch'), 'run.task': 'causal-lm' }),
    planOf({
      'optimizer.peakLearningRate': 0.1,
      'optimizer.name': 'sgd',
      'run.task': 'image-classification',
      'run.fromScratch': true,
    }),
    planOf({
      'optimizer.peakLearningRate': 1e-4,
      'optimizer.name': 'sgd',
      'run.task': 'image-classification',
      'run.fromScratch': false,
    }),
  ],
  fires: [
    {
      plan: planOf({ 'optimizer.peakLearningRate': 0.1, 'optimizer.name': 'adamw', 'run.task': 'detection' }),
      message: 'adam',
      at: 'optimizer.peakLearningRate',
    },
    {
      plan: planOf({
        'optimizer.peakLearningRate': 0.1,
        'optimizer.name': 'adamw_torch',
        'run.task': 'classification',
      }),
      message: 'adam',
      at: 'optimizer.peakLearningRate',
      says: ['0.1'],
    },
    {
      plan: planOf({
        'optimizer.peakLearningRate': 1e-4,
        'optimizer.name': 'sgd',
        'run.task': 'image-classification',
        'run.fromScratch': true,
      }),
      message: 'sgd',
      at: 'optimizer.peakLearningRate',
    },
  ],
});
