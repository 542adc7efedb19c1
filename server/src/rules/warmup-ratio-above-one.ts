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
      'Warmup is {ratio} times as long as the run, so the learning rate never reaches its peak; a share lies between 0 and 1.',
    negative: 'Warmup ratio {ratio} is a share of the run and lies below 0.',
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
      message: ratio.value < 0 ? 'negative' : 'above',
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
