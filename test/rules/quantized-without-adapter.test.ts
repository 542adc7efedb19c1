import { quantizedWithoutAdapter } from '../../server/src/rules/quantized-without-adapter.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(quantizedWithoutAdapter, {
  quiet: [
    planOf({ 'adapter.quantization': 'nf4', 'adapter.kind': 'lora' }),
    planOf({ 'adapter.quantization': byDefault('none'), 'adapter.kind': byDefault('none') }),
    planOf({ 'adapter.quantization': 'fp8', 'adapter.kind': 'none' }),
    planOf({ 'adapter.quantization': 'nf4', 'adapter.kind': byDefault('none') }, { partial: true }),
  ],
  fires: [
    {
      plan: planOf({ 'adapter.quantization': 'nf4', 'adapter.kind': byDefault('none') }),
      message: 'frozen',
      at: 'adapter.quantization',
      says: ['nf4'],
      fixed: { 'adapter.kind': 'lora' },
    },
  ],
});
