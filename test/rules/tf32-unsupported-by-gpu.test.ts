import { tf32UnsupportedByGpu } from '../../server/src/rules/tf32-unsupported-by-gpu.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(tf32UnsupportedByGpu, {
  quiet: [
    planOf({ 'precision.tf32': true, 'hardware.gpu': 'H100' }),
    planOf({ 'precision.tf32': false, 'hardware.gpu': 'T4' }),
    planOf({ 'precision.tf32': byDefault(true), 'hardware.gpu': 'T4' }),
  ],
  fires: [
    {
      plan: planOf({ 'precision.tf32': true, 'hardware.gpu': 'T4' }),
      message: 'unsupported',
      at: 'precision.tf32',
      says: ['T4', 'Turing'],
      fixed: { 'precision.tf32': false },
    },
  ],
});
