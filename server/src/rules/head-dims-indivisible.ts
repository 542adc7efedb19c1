import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const headDimsIndivisible = defineRule({
  id: 'head-dims-indivisible',
  severity: 'error',
  summary: 'The hidden size does not split into heads, or the heads into key-value groups',
  since: '0.1.0',
  needs: ['model.heads'],
  wants: ['model.hiddenSize', 'model.headDim', 'model.kvHeads', 'model.family'],
  messages: {
    hidden:
      'Hidden size {hidden} does not divide into {heads} heads: {hidden} / {heads} = {quotient}, and a head needs a whole width.',
    groups: '{heads} query heads do not divide over {kv} key-value heads: each must serve the same number.',
  },
  sources: [
    'transformers: src/transformers/models/gpt_neox/modeling_gpt_neox.py',
    'Megatron-LM: megatron/core/transformer/transformer_config.py, __post_init__',
    'Ainslie et al. 2023 (grouped-query attention), arXiv 2305.13245',
  ],

  check(fields, report) {
    const heads = fields['model.heads'];
    const hidden = fields['model.hiddenSize'];
    const kv = fields['model.kvHeads'];
    if (heads.value <= 0 || !Number.isInteger(heads.value)) return;
    // State-space models carry head counts that they do not use.
    const family = fields['model.family']?.value.toLowerCase() ?? '';
    if (family.includes('mamba') || family.includes('rwkv')) return;

    const widthIsOpen = fields['model.headDim'] === undefined || fields['model.headDim'].origin === 'inferred';
    if (
      hidden !== undefined &&
      isStated(hidden) &&
      isStated(heads) &&
      widthIsOpen &&
      hidden.value % heads.value !== 0
    ) {
      report({
        at: 'model.heads',
        message: 'hidden',
        data: { hidden: hidden.value, heads: heads.value, quotient: (hidden.value / heads.value).toFixed(2) },
        related: ['model.hiddenSize'],
      });
      return;
    }
    if (kv === undefined || !isStated(kv) || kv.value <= 0 || heads.value % kv.value === 0) return;
    report({
      at: 'model.kvHeads',
      message: 'groups',
      data: { heads: heads.value, kv: kv.value },
      related: ['model.heads'],
    });
  },
});
