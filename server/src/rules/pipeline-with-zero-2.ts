import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const pipelineWithZero2 = defineRule({
  id: 'pipeline-with-zero-2',
  severity: 'error',
  summary: "DeepSpeed's pipeline runs with ZeRO stages that it refuses",
  since: '0.1.0',
  needs: ['parallel.pipeline', 'sharding.zeroStage', 'sharding.engine'],
  messages: {
    refused:
      "ZeRO stage {stage} beside {stages} pipeline stages: DeepSpeed's pipeline takes stage 1 at most and refuses to start.",
  },
  sources: ['DeepSpeed: deepspeed/runtime/pipe/engine.py, PipelineEngine.__init__'],

  check({ 'parallel.pipeline': stages, 'sharding.zeroStage': stage, 'sharding.engine': engine }, report) {
    if (engine.value !== 'deepspeed' || stage.value < 2 || stages.value <= 1) return;
    if (!isStated(stages) || !isStated(stage)) return;
    report({
      at: 'sharding.zeroStage',
      message: 'refused',
      data: { stage: stage.value, stages: stages.value },
      fixes: [
        {
          title: 'Set ZeRO stage 1: optimizer states stay split, gradients no longer',
          safety: 'changes-training',
          edits: [setField('sharding.zeroStage', 1)],
        },
      ],
      related: ['parallel.pipeline', 'sharding.engine'],
    });
  },
});
