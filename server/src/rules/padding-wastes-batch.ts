import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

const NOTABLE_WASTE = 0.3;
const GRAVE_WASTE = 0.6;

export const paddingWastesBatch = defineRule({
  id: 'padding-wastes-batch',
  severity: 'warning',
  summary: 'Most of every batch is padding',
  since: '0.1.0',
  needs: ['data.padToMax', 'data.packing', 'data.sequenceLength', 'data.meanTokens'],
  wants: ['model.attention'],
  messages: {
    padding:
      'Examples average {mean} tokens and are padded to {length}: {waste}% of the compute and memory is spent on padding.',
  },
  sources: ['Krell et al. 2021, arXiv 2107.02027'],

  check(fields, report) {
    const padding = fields['data.padToMax'];
    if (!padding.value || !isStated(padding) || fields['data.packing'].value) return;
    const length = fields['data.sequenceLength'].value;
    const mean = fields['data.meanTokens'].value;
    if (length <= 0 || mean <= 0) return;
    const waste = 1 - mean / length;
    if (waste < NOTABLE_WASTE) return;
    report({
      at: 'data.padToMax',
      message: 'padding',
      data: { mean, length, waste: Math.round(waste * 100) },
      severity: waste >= GRAVE_WASTE ? 'warning' : 'information',
      fixes: [
        {
          title: 'Pad to the longest example of each batch instead',
          safety: 'changes-training',
          edits: [setField('data.padToMax', false)],
        },
        {
          title: `Pack examples under flash attention: about ${Math.floor(length / mean)} to a sequence, so fewer steps an epoch`,
          safety: 'changes-training',
          // Other kernels let packed examples attend to each other.
          edits: [
            setField('data.packing', true),
            ...(fields['model.attention']?.value === 'flash' ? [] : [setField('model.attention', 'flash')]),
          ],
        },
      ],
    });
  },
});
