import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const warmupRatioAboveOne = defineRule({
  id: 'warmup-ratio-above-one',
  severity: 'error',
  summary: 'Warmup as a share of the run is above one, or negative',
  since: '0.1.0',
  needs: ['schedule.warmupRatio'],
  messages: {
    above:
      'Warmup ratio {ratio} is a share of the run and lies outside 0 to 1: a number of steps belongs in another key.',
  },
  sources: [
    'transformers: src/transformers/training_args.py, warmup_ratio must lie in range [0,1]',
    'litgpt: litgpt/args.py',
  ],

  check({ 'schedule.warmupRatio': ratio }, report) {
    if (!isStated(ratio) || (ratio.value >= 0 && ratio.value <= 1)) return;
    const isStepCount = Number.isInteger(ratio.value) && ratio.value > 1;
    report({
      at: 'schedule.warmupRatio',
      message: 'above',
      data: { ratio: ratio.value },
      fixes: isStepCount
        ? [
            {
              title: `Say ${ratio.value} warmup steps instead`,
              safety: 'changes-training',
              edits: [{ unset: 'schedule.warmupRatio' }, setField('schedule.warmupSteps', ratio.value)],
            },
          ]
        : [],
    });
  },
});
