import { fp16WithoutLossScaling } from '../../server/src/rules/fp16-without-loss-scaling.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(fp16WithoutLossScaling, {
  quiet: [
    planOf({ 'precision.compute': 'fp16', 'precision.lossScaling': true }),
    planOf({ 'precision.compute': 'bf16', 'precision.lossScaling': false }),
    planOf({ 'precision.compute': 'fp16', 'precision.lossScaling': byDefault(false) }),
    planOf({ 'precision.compute': 'fp16' }),
  ],
  fires: [
    {
      plan: planOf({ 'precision.compute': 'fp16', 'precision.lossScaling': false }),
      message: 'unscaled',
      at: 'precision.lossScaling',
      fixed: { 'precision.lossScaling': true },
    },
  ],
});
