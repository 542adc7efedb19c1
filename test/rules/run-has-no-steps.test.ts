import { runHasNoSteps } from '../../server/src/rules/run-has-no-steps.ts';
import { bySetting, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(runHasNoSteps, {
  quiet: [
    planOf({ 'data.examples': 1000, 'batch.global': 256, 'data.dropLast': true }),
    planOf({ 'data.examples': 100, 'batch.global': 256, 'data.dropLast': false }),
    planOf({ 'data.examples': 100, 'batch.global': 256 }),
  ],
  fires: [
    {
      plan: planOf({ 'data.examples': bySetting(100), 'batch.global': 256, 'data.dropLast': true }),
      message: 'dropped',
      at: 'batch.global',
      says: ['100', '256'],
      fixed: { 'data.dropLast': false },
    },
  ],
});
