import { minLrAbovePeak } from '../../server/src/rules/min-lr-above-peak.ts';
import { inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(minLrAbovePeak, {
  quiet: [
    planOf({ 'optimizer.peakLearningRate': 3e-4, 'schedule.minLearningRate': 3e-5 }),
    // A constant rate, written so.
    planOf({ 'optimizer.peakLearningRate': 3e-4, 'schedule.minLearningRate': 3e-4 }),
    planOf({ 'optimizer.peakLearningRate': 0, 'schedule.minLearningRate': 1e-6 }),
    planOf({
      'optimizer.peakLearningRate': 3e-4,
      'schedule.minLearningRate': 1e-3,
      'schedule.kind': 'constant_with_warmup',
    }),
    planOf({ 'optimizer.peakLearningRate': 3e-4, 'schedule.minRatio': 0.1 }),
    planOf({ 'optimizer.peakLearningRate': 3e-4, 'schedule.minRatio': 0 }),
    // As good as zero, on purpose.
    planOf({ 'optimizer.peakLearningRate': 3e-4, 'schedule.minRatio': 1e-6 }),
    planOf({ 'optimizer.peakLearningRate': 3e-4, 'schedule.minLearningRate': inferred(1e-3) }),
  ],
  fires: [
    {
      plan: planOf({ 'optimizer.peakLearningRate': 3e-5, 'schedule.minLearningRate': 1e-4 }),
      message: 'above',
      at: 'schedule.minLearningRate',
      fixed: { 'schedule.minLearningRate': 3e-6 },
    },
    {
      plan: planOf({
        'optimizer.peakLearningRate': 5.89e-4,
        'schedule.minLearningRate': 1e-3,
        'schedule.kind': 'noam',
      }),
      message: 'aboveNoam',
      at: 'schedule.minLearningRate',
      severity: 'information',
      says: ['5.89e-4', '1e-3', 'never decays'],
      fixed: { 'schedule.minLearningRate': 5.89e-5 },
    },
    {
      plan: planOf({ 'optimizer.peakLearningRate': 3e-5, 'schedule.minRatio': 2 }),
      message: 'ratio',
      at: 'schedule.minRatio',
    },
    {
      plan: planOf({ 'optimizer.peakLearningRate': 1e-5, 'schedule.minRatio': 1e-8 }),
      message: 'looksLikeRate',
      at: 'schedule.minRatio',
      severity: 'information',
      says: ['1e-8', '1e-13'],
    },
  ],
});
