import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const fp16WeightsWithScaler = defineRule({
  id: 'fp16-weights-with-scaler',
  severity: 'warning',
  summary: 'fp16 autocast over weights that are stored in fp16 already',
  since: '0.1.0',
  needs: ['precision.weights', 'precision.autocast', 'adapter.kind', 'sharding.engine'],
  readsAbsence: true,
  messages: {
    unscale:
      'Weights are stored in fp16 and fp16 autocast scales the loss: the scaler refuses to unscale fp16 gradients.',
  },
  sources: ['torch: torch/amp/grad_scaler.py, Attempting to unscale FP16 gradients', 'peft: issue 341'],

  check(fields, report) {
    const weights = fields['precision.weights'];
    if (weights.value !== 'fp16' || fields['precision.autocast'].value !== 'fp16' || !isStated(weights)) return;
    // Adapters are kept in fp32, and DeepSpeed and Megatron bring fp32 master weights of their own.
    if (fields['adapter.kind'].value !== 'none') return;
    if (fields['sharding.engine'].value !== 'none' && fields['sharding.engine'].value !== 'ddp') return;
    report({
      at: 'precision.weights',
      message: 'unscale',
      data: {},
      fixes: [
        {
          title: 'Store weights in fp32: autocast computes in fp16',
          safety: 'changes-training',
          edits: [setField('precision.weights', 'fp32')],
        },
      ],
    });
  },
});
