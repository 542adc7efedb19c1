import { eightBitOptimizerWithFsdp } from '../../server/src/rules/eight-bit-optimizer-with-fsdp.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(eightBitOptimizerWithFsdp, {
  quiet: [
    planOf({ 'optimizer.name': 'adamw_torch_8bit', 'sharding.engine': 'fsdp2' }),
    planOf({ 'optimizer.name': 'adamw_bnb_8bit', 'sharding.engine': 'fsdp1' }),
    planOf({ 'optimizer.name': 'adamw_bnb_8bit', 'sharding.engine': 'ddp' }),
    planOf({ 'optimizer.name': 'adamw_torch', 'sharding.engine': 'fsdp2' }),
  ],
  fires: [
    {
      plan: planOf({ 'optimizer.name': 'adamw_bnb_8bit', 'sharding.engine': 'fsdp2' }),
      message: 'sharded',
      at: 'optimizer.name',
      fixed: { 'optimizer.name': 'adamw_torch_8bit' },
    },
    {
      plan: planOf({
        'optimizer.name': 'paged_adamw_8bit',
        'sharding.engine': 'fsdp1',
        'sharding.offloadParameters': 'cpu',
      }),
      message: 'offloaded',
      at: 'optimizer.name',
    },
  ],
});
