import { bf16UnsupportedByGpu } from '../../server/src/rules/bf16-unsupported-by-gpu.ts';
import { byDefault, bySetting, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(bf16UnsupportedByGpu, {
  quiet: [
    planOf({ 'precision.bf16Flag': true, 'hardware.gpu': 'A100' }),
    planOf({ 'precision.bf16Flag': true, 'hardware.gpu': 'a GPU nobody knows' }),
    planOf({ 'precision.bf16Flag': false, 'hardware.gpu': 'T4' }),
    // A default of the framework gives way by itself on such a GPU.
    planOf({ 'precision.bf16Flag': byDefault(true), 'hardware.gpu': 'T4' }),
    planOf({ 'precision.bf16Flag': true }),
  ],
  fires: [
    {
      plan: planOf({ 'precision.bf16Flag': true, 'hardware.gpu': bySetting('V100') }),
      message: 'unsupported',
      at: 'precision.bf16Flag',
      says: ['V100', 'Volta'],
      fixed: { 'precision.bf16Flag': false, 'precision.fp16Flag': true },
    },
  ],
});
