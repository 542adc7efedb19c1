import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const offloadWithoutStage3 = defineRule({
  id: 'offload-without-stage-3',
  severity: 'warning',
  summary: 'Offload is asked for at a ZeRO stage that cannot do it',
  since: '0.1.0',
  needs: ['sharding.engine', 'sharding.zeroStage'],
  wants: ['sharding.offloadParameters', 'sharding.offloadOptimizer'],
  messages: {
    parameters:
      'Parameter offload works at ZeRO stage 3 and this is stage {stage}: every GPU keeps all parameters and nothing is offloaded.',
    optimizer:
      'Optimizer offload works from ZeRO stage 1 on and this is stage 0: the optimizer states stay on the GPU.',
  },
  sources: [
    'DeepSpeed: deepspeed/runtime/zero/config.py, offload_param (stage 3 only), offload_optimizer (stages 1, 2, 3)',
    'accelerate: src/accelerate/utils/dataclasses.py, DeepSpeedPlugin',
  ],

  check(fields, report) {
    const stage = fields['sharding.zeroStage'];
    if (fields['sharding.engine'].value !== 'deepspeed') return;
    const parameters = fields['sharding.offloadParameters'];
    const optimizer = fields['sharding.offloadOptimizer'];
    if (stage.value < 3 && parameters !== undefined && isStated(parameters) && parameters.value !== 'none') {
      report({
        at: 'sharding.offloadParameters',
        message: 'parameters',
        data: { stage: stage.value },
        fixes: [
          {
            title: 'Set ZeRO stage 3: parameters are split and offloaded',
            safety: 'changes-training',
            edits: [setField('sharding.zeroStage', 3)],
          },
          {
            title: 'Remove parameter offload: it has no effect',
            safety: 'safe',
            edits: [setField('sharding.offloadParameters', 'none')],
          },
        ],
      });
    }
    if (stage.value === 0 && optimizer !== undefined && isStated(optimizer) && optimizer.value !== 'none') {
      report({
        at: 'sharding.offloadOptimizer',
        message: 'optimizer',
        data: {},
        fixes: [
          {
            title: 'Set ZeRO stage 2: optimizer states are split and offloaded',
            safety: 'changes-training',
            edits: [setField('sharding.zeroStage', 2)],
          },
        ],
      });
    }
  },
});
