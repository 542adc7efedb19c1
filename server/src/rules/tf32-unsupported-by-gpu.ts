import { findGpu } from '../facts/index.ts';
import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const tf32UnsupportedByGpu = defineRule({
  id: 'tf32-unsupported-by-gpu',
  severity: 'error',
  summary: 'TF32 on a GPU that has none',
  since: '0.1.0',
  needs: ['precision.tf32', 'hardware.gpu'],
  messages: {
    unsupported: '{gpu} ({architecture}) has no TF32 mode, which begins with Ampere: the trainer refuses the flag.',
  },
  sources: [
    'transformers: src/transformers/training_args.py, --tf32 requires Ampere or a newer GPU arch',
    'Batchwise: server/data/gpus.json',
  ],

  check({ 'precision.tf32': tf32, 'hardware.gpu': name }, report) {
    const gpu = findGpu(name.value);
    if (!tf32.value || !isStated(tf32) || gpu === undefined || gpu.tf32) return;
    report({
      at: 'precision.tf32',
      message: 'unsupported',
      data: { gpu: gpu.name, architecture: gpu.architecture },
      fixes: [
        {
          title: 'Turn TF32 off: nothing changes on this GPU',
          safety: 'safe',
          edits: [setField('precision.tf32', false)],
        },
      ],
    });
  },
});
