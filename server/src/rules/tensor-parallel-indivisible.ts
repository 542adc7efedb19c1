import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const tensorParallelIndivisible = defineRule({
  id: 'tensor-parallel-indivisible',
  severity: 'error',
  summary: 'Attention heads do not split over the tensor-parallel or Ulysses ranks',
  since: '0.1.0',
  needs: ['model.heads'],
  wants: ['parallel.tensor', 'parallel.ulysses', 'model.kvHeads'],
  messages: {
    heads: '{heads} attention heads do not divide over {ranks} {kind} ranks: each rank holds whole heads.',
    kv: '{heads} key-value heads neither divide over {ranks} tensor-parallel ranks nor repeat evenly on them.',
  },
  sources: [
    'gpt-neox: megatron/neox_arguments/arguments.py, num_attention_heads and model_parallel_size',
    'Megatron-LM: megatron/core/transformer/transformer_config.py',
    'verl: verl/models/transformers/monkey_patch.py, apply_monkey_patch',
  ],

  check(fields, report) {
    const heads = fields['model.heads'].value;
    for (const [field, kind] of [
      ['parallel.tensor', 'tensor-parallel'],
      ['parallel.ulysses', 'Ulysses'],
    ] as const) {
      const ranks = fields[field];
      if (ranks === undefined || !isStated(ranks) || ranks.value <= 1 || heads % ranks.value === 0) continue;
      report({ at: field, message: 'heads', data: { heads, ranks: ranks.value, kind }, related: ['model.heads'] });
      return;
    }
    const tensor = fields['parallel.tensor'];
    const kv = fields['model.kvHeads'];
    if (tensor === undefined || kv === undefined || !isStated(tensor) || tensor.value <= 1 || kv.value <= 0) return;
    if (kv.value % tensor.value === 0 || tensor.value % kv.value === 0) return;
    report({
      at: 'parallel.tensor',
      message: 'kv',
      data: { heads: kv.value, ranks: tensor.value },
      related: ['model.kvHeads'],
    });
  },
});
