import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const fp16WithoutLossScaling = defineRule({
  id: 'fp16-without-loss-scaling',
  severity: 'warning',
  summary: 'fp16 training without a loss scaler',
  since: '0.1.0',
  needs: ['precision.compute', 'precision.lossScaling'],
  messages: {
    unscaled: 'fp16 gradients below 6e-8 become 0, and loss scaling, which lifts them, is off.',
  },
  sources: ['Micikevicius et al. 2018, arXiv 1710.03740', 'torch: docs/source/amp.rst, Gradient Scaling'],

  check({ 'precision.compute': compute, 'precision.lossScaling': scaling }, report) {
    if (compute.value !== 'fp16' || scaling.value || !isStated(scaling)) return;
    report({
      at: 'precision.lossScaling',
      message: 'unscaled',
      data: {},
      fixes: [
        { title: 'Turn loss scaling on', safety: 'changes-training', edits: [setField('precision.lossScaling', true)] },
      ],
    });
  },
});
