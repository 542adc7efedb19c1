import { fsdpWrapsMissingLayer } from '../../server/src/rules/fsdp-wraps-missing-layer.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(fsdpWrapsMissingLayer, {
  quiet: [
    planOf({
      'sharding.wrapClasses': ['MistralDecoderLayer'],
      'model.family': 'mistral',
      'sharding.engine': 'fsdp1',
    }),
    // A class of the user's own, and a family of several kinds of layer.
    planOf({ 'sharding.wrapClasses': ['MyDecoderLayer'], 'model.family': 'mistral', 'sharding.engine': 'fsdp1' }),
    planOf({ 'sharding.wrapClasses': ['LlamaDecoderLayer'], 'model.family': 'llava', 'sharding.engine': 'fsdp1' }),
    // Without FSDP nothing is wrapped.
    planOf({ 'sharding.wrapClasses': ['LlamaDecoderLayer'], 'model.family': 'mistral', 'sharding.engine': 'ddp' }),
  ],
  fires: [
    {
      plan: planOf({
        'sharding.wrapClasses': ['LlamaDecoderLayer'],
        'model.family': 'mistral',
        'sharding.engine': 'fsdp1',
      }),
      message: 'other',
      at: 'sharding.wrapClasses',
      says: ['LlamaDecoderLayer', 'MistralDecoderLayer'],
      fixed: { 'sharding.wrapClasses': ['MistralDecoderLayer'] },
    },
    {
      plan: planOf({
        'sharding.wrapClasses': ['Qwen2DecoderLayer', 'LlamaDecoderLayer'],
        'model.family': 'qwen2',
        'sharding.engine': 'fsdp2',
      }),
      message: 'other',
      at: 'sharding.wrapClasses',
    },
  ],
});
