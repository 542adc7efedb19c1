import { findGpu } from '../facts/index.ts';
import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const bf16UnsupportedByGpu = defineRule({
  id: 'bf16-unsupported-by-gpu',
  severity: 'error',
  summary: 'bf16 on a GPU that has no bf16 units',
  since: '0.1.0',
  needs: ['precision.bf16Flag', 'hardware.gpu'],
  messages: {
    unsupported:
      '{gpu} ({architecture}) has no bf16 units: the trainer refuses bf16 here, or emulates it many times slower.',
  },
  sources: [
    'transformers: src/transformers/training_args.py, is_torch_bf16_gpu_available',
    'axolotl: src/axolotl/utils/schemas/config.py, check_compute_capability',
    'Batchwise: server/data/gpus.json',
  ],

  check({ 'precision.bf16Flag': bf16, 'hardware.gpu': name }, report) {
    const gpu = findGpu(name.value);
    if (!bf16.value || !isStated(bf16) || gpu === undefined || gpu.bf16) return;
    report({
      at: 'precision.bf16Flag',
      message: 'unsupported',
      data: { gpu: gpu.name, architecture: gpu.architecture },
      fixes: [
        {
          title: 'Use fp16 with loss scaling instead',
          safety: 'changes-training',
          edits: [setField('precision.bf16Flag', false), setField('precision.fp16Flag', true)],
        },
      ],
    });
  },
});
