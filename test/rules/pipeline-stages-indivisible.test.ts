import { pipelineStagesIndivisible } from '../../server/src/rules/pipeline-stages-indivisible.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(pipelineStagesIndivisible, {
  quiet: [
    planOf({ 'model.layers': 32, 'parallel.pipeline': 4 }),
    planOf({ 'model.layers': 32, 'parallel.pipeline': 4, 'parallel.virtualPipeline': 2 }),
    planOf({ 'model.layers': 30, 'parallel.pipeline': 1 }),
  ],
  fires: [
    {
      plan: planOf({ 'model.layers': 30, 'parallel.pipeline': 4 }),
      message: 'stages',
      at: 'parallel.pipeline',
      says: ['30', '4'],
    },
    {
      plan: planOf({ 'model.layers': 32, 'parallel.pipeline': 4, 'parallel.virtualPipeline': 3 }),
      message: 'chunks',
      at: 'parallel.pipeline',
    },
    { plan: planOf({ 'model.layers': 2, 'parallel.pipeline': 4 }), message: 'fewer', at: 'parallel.pipeline' },
  ],
});
