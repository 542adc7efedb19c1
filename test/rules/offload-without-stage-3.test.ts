import { offloadWithoutStage3 } from '../../server/src/rules/offload-without-stage-3.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'sharding.engine': 'deepspeed' } as const;

testRule(offloadWithoutStage3, {
  quiet: [
    planOf({
      ...run,
      'sharding.zeroStage': 3,
      'sharding.offloadParameters': 'cpu',
      'sharding.offloadOptimizer': 'cpu',
    }),
    planOf({
      ...run,
      'sharding.zeroStage': 2,
      'sharding.offloadParameters': byDefault('none'),
      'sharding.offloadOptimizer': 'cpu',
    }),
    planOf({ ...run, 'sharding.zeroStage': 2, 'sharding.offloadParameters': 'none' }),
    // FSDP offloads at every sharding strategy.
    planOf({ 'sharding.engine': 'fsdp1', 'sharding.zeroStage': 2, 'sharding.offloadParameters': 'cpu' }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'sharding.zeroStage': 2, 'sharding.offloadParameters': 'cpu' }),
      message: 'parameters',
      at: 'sharding.offloadParameters',
      says: ['stage 2'],
      fixed: { 'sharding.zeroStage': 3 },
    },
    {
      plan: planOf({ ...run, 'sharding.zeroStage': 0, 'sharding.offloadOptimizer': 'cpu' }),
      message: 'optimizer',
      at: 'sharding.offloadOptimizer',
      fixed: { 'sharding.zeroStage': 2 },
    },
  ],
});
