import { offloadWithoutCheckpointing } from '../../server/src/rules/offload-without-checkpointing.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(offloadWithoutCheckpointing, {
  quiet: [
    planOf({ 'activations.offload': true, 'activations.checkpointing': 'full' }),
    planOf({ 'activations.offload': false, 'activations.checkpointing': 'none' }),
    planOf({ 'activations.offload': true }),
    planOf({ 'activations.offload': true, 'activations.checkpointing': byDefault('none') }, { partial: true }),
  ],
  fires: [
    {
      plan: planOf({ 'activations.offload': true, 'activations.checkpointing': byDefault('none') }),
      message: 'all',
      at: 'activations.offload',
      fixed: { 'activations.checkpointing': 'full' },
    },
  ],
});
