import { findGpu } from '../facts/index.ts';
import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';

export const fp8UnsupportedByGpu = defineRule({
  id: 'fp8-unsupported-by-gpu',
  severity: 'error',
  summary: 'fp8 matrix multiplications on a GPU that has none',
  since: '0.1.0',
  needs: ['precision.compute', 'hardware.gpu'],
  messages: {
    unsupported: '{gpu} ({architecture}) has no fp8 matrix units: the first fp8 multiplication fails.',
  },
  sources: [
    'axolotl: src/axolotl/utils/schemas/config.py, check_compute_capability',
    'Batchwise: server/data/gpus.json',
  ],

  check({ 'precision.compute': compute, 'hardware.gpu': name }, report) {
    const gpu = findGpu(name.value);
    if (compute.value !== 'fp8' || compute.origin === 'default' || gpu === undefined || gpu.fp8) return;
    report({
      at: 'precision.compute',
      message: 'unsupported',
      data: { gpu: gpu.name, architecture: gpu.architecture },
      fixes: [
        {
          title: 'Compute in bf16 instead',
          safety: 'changes-training',
          edits: [setField('precision.compute', 'bf16')],
        },
      ],
    });
  },
});
