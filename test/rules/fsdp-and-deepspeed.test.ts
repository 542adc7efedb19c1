import { fsdpAndDeepspeed } from '../../server/src/rules/fsdp-and-deepspeed.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(fsdpAndDeepspeed, {
  quiet: [
    planOf({ 'sharding.fsdpConfig': 'full_shard' }),
    planOf({ 'sharding.deepspeedConfig': 'zero3.json', 'sharding.fsdpConfig': '' }),
  ],
  fires: [
    {
      plan: planOf({ 'sharding.fsdpConfig': 'full_shard', 'sharding.deepspeedConfig': 'zero3.json' }),
      message: 'both',
      at: 'sharding.fsdpConfig',
      fixed: { 'sharding.fsdpConfig': null },
    },
  ],
});
