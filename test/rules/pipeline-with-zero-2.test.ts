import { pipelineWithZero2 } from '../../server/src/rules/pipeline-with-zero-2.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'parallel.pipeline': 4, 'sharding.zeroStage': 2, 'sharding.engine': byDefault('deepspeed') } as const;

testRule(pipelineWithZero2, {
  quiet: [
    planOf({ ...run, 'sharding.zeroStage': 1 }),
    planOf({ ...run, 'parallel.pipeline': 1 }),
    // Megatron's own sharding is another matter.
    planOf({ ...run, 'sharding.engine': 'megatron' }),
    planOf({ ...run, 'sharding.engine': 'fsdp2', 'sharding.zeroStage': 3 }),
    planOf({ ...run, 'parallel.pipeline': byDefault(4) }),
  ],
  fires: [
    {
      plan: planOf(run),
      message: 'refused',
      at: 'sharding.zeroStage',
      says: ['stage 2', '4 pipeline stages'],
      fixed: { 'sharding.zeroStage': 1 },
    },
  ],
});
