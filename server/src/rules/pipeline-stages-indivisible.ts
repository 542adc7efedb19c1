import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const pipelineStagesIndivisible = defineRule({
  id: 'pipeline-stages-indivisible',
  severity: 'warning',
  summary: 'Layers do not split evenly over the pipeline stages',
  since: '0.1.0',
  needs: ['model.layers', 'parallel.pipeline'],
  wants: ['parallel.virtualPipeline', 'parallel.unevenStages'],
  messages: {
    stages:
      '{layers} layers do not divide over {stages} pipeline stages: the launcher refuses, or the longest stage sets the pace.',
    chunks: '{layers} layers do not divide over {stages} pipeline stages of {chunks} chunks each.',
    fewer: '{layers} layers cannot fill {stages} pipeline stages.',
  },
  sources: [
    'Megatron-LM: megatron/training/arguments.py, validate_args',
    'Megatron-LM: megatron/core/transformer/transformer_config.py',
  ],

  check(fields, report) {
    const layers = fields['model.layers'].value;
    const stages = fields['parallel.pipeline'];
    if (!isStated(stages) || stages.value <= 1) return;
    // Stages with layer counts of their own are laid out by hand.
    if (fields['parallel.unevenStages']?.value === true) return;
    const chunks = fields['parallel.virtualPipeline']?.value ?? 1;
    if (layers < stages.value) {
      report({
        at: 'parallel.pipeline',
        message: 'fewer',
        data: { layers, stages: stages.value },
        severity: 'warning',
      });
      return;
    }
    if (layers % stages.value !== 0) {
      report({ at: 'parallel.pipeline', message: 'stages', data: { layers, stages: stages.value } });
      return;
    }
    if (chunks <= 1 || layers % (stages.value * chunks) === 0) return;
    report({
      at: 'parallel.pipeline',
      message: 'chunks',
      data: { layers, stages: stages.value, chunks },
      related: ['parallel.virtualPipeline', 'model.layers'],
    });
  },
});
