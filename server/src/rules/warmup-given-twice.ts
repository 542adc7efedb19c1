import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const warmupGivenTwice = defineRule({
  id: 'warmup-given-twice',
  severity: 'warning',
  summary: 'Warmup is stated both in steps and as a share of the run',
  since: '0.1.0',
  needs: ['schedule.warmupSteps', 'schedule.warmupRatio'],
  messages: {
    twice:
      'Warmup is {steps} steps here and {ratio} of the run there: only one holds, and which one depends on the framework and its version.',
  },
  sources: [
    'axolotl: src/axolotl/utils/schemas/validation.py, check_warmup',
    'litgpt: litgpt/args.py, TrainArgs.__post_init__',
    'transformers: src/transformers/training_args.py, get_warmup_steps (steps win in version 4; version 5 reads the ratio as the steps)',
  ],

  check({ 'schedule.warmupSteps': steps, 'schedule.warmupRatio': ratio }, report) {
    if (!isStated(steps) || !isStated(ratio)) return;
    // Zero is how recipes spell "not this one".
    if (steps.value === 0 || ratio.value === 0) return;
    report({
      at: 'schedule.warmupRatio',
      message: 'twice',
      data: { steps: steps.value, ratio: ratio.value },
      fixes: [
        {
          title: `Remove the ratio: warmup stays ${steps.value} steps`,
          safety: 'changes-training',
          edits: [{ unset: 'schedule.warmupRatio' }],
        },
        {
          title: `Remove the steps: warmup becomes ${ratio.value} of the run`,
          safety: 'changes-training',
          edits: [{ unset: 'schedule.warmupSteps' }],
        },
      ],
    });
  },
});
