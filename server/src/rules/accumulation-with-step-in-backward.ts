import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const accumulationWithStepInBackward = defineRule({
  id: 'accumulation-with-step-in-backward',
  severity: 'error',
  summary: 'The optimizer steps inside backward, so gradients cannot be accumulated or clipped',
  since: '0.1.0',
  needs: ['optimizer.inBackward'],
  wants: ['batch.gradientAccumulation', 'optimizer.maxGradNorm'],
  messages: {
    accumulation:
      'The optimizer steps inside backward, where each gradient is gone at once: {steps} accumulation steps cannot be summed.',
    clipping:
      'The optimizer steps inside backward, where the whole gradient never exists: its norm cannot be clipped to {norm}.',
  },
  sources: ['torchtune: recipes/full_finetune_single_device.py, optimizer_in_bwd'],

  check(fields, report) {
    if (!fields['optimizer.inBackward'].value) return;
    const accumulation = fields['batch.gradientAccumulation'];
    const norm = fields['optimizer.maxGradNorm'];
    if (accumulation !== undefined && accumulation.value > 1) {
      report({
        at: 'optimizer.inBackward',
        message: 'accumulation',
        data: { steps: accumulation.value },
        related: ['batch.gradientAccumulation'],
        fixes: [
          {
            title: 'Step the optimizer after backward: all gradients are live at once',
            safety: 'changes-training',
            edits: [setField('optimizer.inBackward', false)],
          },
        ],
      });
      return;
    }
    if (norm === undefined || !isStated(norm) || norm.value <= 0) return;
    report({
      at: 'optimizer.maxGradNorm',
      message: 'clipping',
      data: { norm: norm.value },
      related: ['optimizer.inBackward'],
      fixes: [
        {
          title: 'Step the optimizer after backward: all gradients are live at once',
          safety: 'changes-training',
          edits: [setField('optimizer.inBackward', false)],
        },
      ],
    });
  },
});
