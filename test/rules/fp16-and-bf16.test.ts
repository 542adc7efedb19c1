import { fp16AndBf16 } from '../../server/src/rules/fp16-and-bf16.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(fp16AndBf16, {
  quiet: [
    planOf({ 'precision.fp16Flag': byDefault(false), 'precision.bf16Flag': true }),
    planOf({ 'precision.fp16Flag': true, 'precision.bf16Flag': false }),
    planOf({ 'precision.bf16Flag': true }),
  ],
  fires: [
    {
      plan: planOf({ 'precision.fp16Flag': true, 'precision.bf16Flag': true }),
      message: 'both',
      at: 'precision.fp16Flag',
      fixed: { 'precision.fp16Flag': false, 'precision.bf16Flag': true },
    },
  ],
});
