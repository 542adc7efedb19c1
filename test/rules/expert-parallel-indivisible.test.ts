import { expertParallelIndivisible } from '../../server/src/rules/expert-parallel-indivisible.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(expertParallelIndivisible, {
  quiet: [planOf({ 'model.experts': 128, 'parallel.expert': 8 }), planOf({ 'model.experts': 1, 'parallel.expert': 1 })],
  fires: [
    {
      plan: planOf({ 'model.experts': 60, 'parallel.expert': 8 }),
      message: 'experts',
      at: 'parallel.expert',
      says: ['60', '8'],
    },
    {
      plan: planOf({ 'model.experts': 0, 'parallel.expert': 8 }),
      message: 'dense',
      at: 'parallel.expert',
      severity: 'warning',
    },
  ],
});
