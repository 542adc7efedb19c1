import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** The deepest published transformer for its width has 1,000 layers of 512; twice as deep again is a slip. */
const DEEPEST = 4;

export const layersExceedWidth = defineRule({
  id: 'layers-exceed-width',
  severity: 'warning',
  summary: 'A model has several times more layers than its hidden size',
  since: '0.1.0',
  needs: ['model.layers', 'model.hiddenSize'],
  messages: {
    deep: '{layers} layers of hidden size {hidden}: no published model comes near that depth for its width, so the two look swapped.',
  },
  sources: [
    'DeepNet, arXiv 2203.00555 (1,000 layers of 512, the deepest for its width)',
    'Batchwise: server/data/models.json (no model has more layers than a sixteenth of its hidden size)',
  ],

  check({ 'model.layers': layers, 'model.hiddenSize': hidden }, report) {
    if (!isStated(layers) || !isStated(hidden) || hidden.value <= 0) return;
    if (layers.value <= DEEPEST * hidden.value) return;
    report({
      at: 'model.layers',
      message: 'deep',
      data: { layers: layers.value, hidden: hidden.value },
      fixes: [
        {
          title: `Swap the two: ${hidden.value} layers of hidden size ${layers.value}`,
          safety: 'changes-training',
          edits: [setField('model.layers', hidden.value), setField('model.hiddenSize', layers.value)],
        },
      ],
    });
  },
});
