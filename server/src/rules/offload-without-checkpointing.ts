import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const offloadWithoutCheckpointing = defineRule({
  id: 'offload-without-checkpointing',
  severity: 'warning',
  summary: 'Activations are offloaded without being checkpointed',
  since: '0.1.0',
  needs: ['activations.offload', 'activations.checkpointing'],
  readsAbsence: true,
  messages: {
    all: 'Activation offload without checkpointing sends every stored activation to host memory and back: trainers refuse it or crawl.',
  },
  sources: [
    'torchtune: recipes/full_finetune_single_device.py, enable_activation_offloading',
    'axolotl: src/axolotl/utils/schemas/validation.py, check_activation_offloading_wo_gc',
  ],

  check({ 'activations.offload': offload, 'activations.checkpointing': checkpointing }, report) {
    if (!offload.value || !isStated(offload) || checkpointing.value !== 'none') return;
    report({
      at: 'activations.offload',
      message: 'all',
      data: {},
      fixes: [
        {
          title: 'Checkpoint activations too: one input per layer travels, the rest is computed again',
          safety: 'safe',
          edits: [setField('activations.checkpointing', 'full')],
        },
      ],
    });
  },
});
