import { pipelineBubbleLarge } from '../../server/src/rules/pipeline-bubble-large.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(pipelineBubbleLarge, {
  quiet: [
    planOf({ 'parallel.pipeline': 8, 'batch.gradientAccumulation': 64 }),
    planOf({ 'parallel.pipeline': 8, 'batch.gradientAccumulation': 8 }),
    planOf({ 'parallel.pipeline': byDefault(1), 'batch.gradientAccumulation': 1 }),
    planOf({ 'parallel.pipeline': 8 }),
    planOf({ 'parallel.pipeline': 4, 'batch.pipelinePass': 8, 'batch.micro': 2 }),
  ],
  fires: [
    {
      // The stages run empty between the passes of a step.
      plan: planOf({
        'parallel.pipeline': 4,
        'batch.gradientAccumulation': 8,
        'batch.pipelinePass': 2,
        'batch.micro': 2,
      }),
      message: 'idle',
      at: 'parallel.pipeline',
      says: ['1 micro batch at a time', '75%'],
    },
    {
      plan: planOf({ 'parallel.pipeline': 8, 'batch.gradientAccumulation': 4 }),
      message: 'idle',
      at: 'parallel.pipeline',
      says: ['4 micro batches', '8 pipeline stages', '64%'],
      fixed: { 'batch.gradientAccumulation': 32 },
    },
    {
      plan: planOf({ 'parallel.pipeline': 8, 'parallel.virtualPipeline': 4, 'batch.gradientAccumulation': 4 }),
      message: 'idle',
      at: 'parallel.pipeline',
      says: ['30%'],
    },
  ],
});
