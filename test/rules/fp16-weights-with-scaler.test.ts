import { fp16WeightsWithScaler } from '../../server/src/rules/fp16-weights-with-scaler.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'precision.weights': 'fp16',
  'precision.autocast': 'fp16',
  'adapter.kind': byDefault('none'),
  'sharding.engine': byDefault('none'),
} as const;

testRule(fp16WeightsWithScaler, {
  quiet: [
    planOf({ ...run, 'precision.weights': 'fp32' }),
    planOf({ ...run, 'precision.autocast': 'off' }),
    planOf({ ...run, 'adapter.kind': 'lora' }),
    planOf({ ...run, 'sharding.engine': 'deepspeed' }),
    planOf({ ...run, 'precision.weights': byDefault('fp16') }),
    planOf(run, { partial: true }),
  ],
  fires: [{ plan: planOf(run), message: 'unscale', at: 'precision.weights', fixed: { 'precision.weights': 'fp32' } }],
});
