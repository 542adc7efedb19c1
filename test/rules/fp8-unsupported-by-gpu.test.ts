import { fp8UnsupportedByGpu } from '../../server/src/rules/fp8-unsupported-by-gpu.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(fp8UnsupportedByGpu, {
  quiet: [
    planOf({ 'precision.compute': 'fp8', 'hardware.gpu': 'H100' }),
    planOf({ 'precision.compute': 'bf16', 'hardware.gpu': 'A100' }),
    planOf({ 'precision.compute': 'fp8' }),
  ],
  fires: [
    {
      plan: planOf({ 'precision.compute': 'fp8', 'hardware.gpu': 'A100' }),
      message: 'unsupported',
      at: 'precision.compute',
      says: ['A100', 'Ampere'],
      fixed: { 'precision.compute': 'bf16' },
    },
  ],
});
