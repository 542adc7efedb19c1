import { setField } from '../plan/index.ts';
import { pipelineBubble } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const pipelineBubbleLarge = defineRule({
  id: 'pipeline-bubble-large',
  severity: 'warning',
  summary: 'Fewer micro batches than pipeline stages leave most GPUs idle',
  since: '0.1.0',
  needs: ['parallel.pipeline'],
  wants: [
    'batch.gradientAccumulation',
    'batch.pipelinePass',
    'batch.micro',
    'parallel.virtualPipeline',
    'batch.global',
  ],
  messages: {
    idle: '{micro} at a time cannot fill {stages} pipeline stages: each GPU idles {share}% of the time.',
  },
  sources: [
    'Narayanan et al. 2021, arXiv 2104.04473, section 2.2 (bubble (p-1)/(m+p-1))',
    'Hagemann et al. 2023, arXiv 2311.05610',
  ],

  check(fields, report) {
    const stages = fields['parallel.pipeline'];
    const accumulation = fields['batch.gradientAccumulation'];
    // A pipeline that runs empty between the passes of a step fills up with what one of them holds.
    const pass = fields['batch.pipelinePass']?.value;
    const micro = pass === undefined ? accumulation?.value : Math.floor(pass / (fields['batch.micro']?.value ?? 1));
    if (micro === undefined || !isStated(stages) || stages.value <= 1) return;
    if (micro <= 0 || micro >= stages.value) return;
    // Interleaving divides the bubble by the chunks a stage holds.
    const chunks = fields['parallel.virtualPipeline']?.value ?? 1;
    const bubble = pipelineBubble(stages.value, micro * chunks);
    report({
      at: 'parallel.pipeline',
      message: 'idle',
      data: {
        micro: micro === 1 ? '1 micro batch' : `${micro} micro batches`,
        stages: stages.value,
        share: Math.round(bubble * 100),
      },
      fixes:
        pass === undefined && isStated(accumulation)
          ? [
              {
                title: `Set gradient accumulation ${stages.value * 4}: ${Math.round(pipelineBubble(stages.value, stages.value * 4) * 100)}% idle`,
                safety: 'changes-training',
                edits: [setField('batch.gradientAccumulation', stages.value * 4)],
              },
            ]
          : [],
    });
  },
});
