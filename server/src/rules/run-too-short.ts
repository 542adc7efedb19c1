import { defineRule } from './support/define-rule.ts';
import { FEW_STEPS } from './support/trial-run.ts';

export const runTooShort = defineRule({
  id: 'run-too-short',
  severity: 'warning',
  summary: 'The epochs come to very few optimizer steps',
  since: '0.1.0',
  needs: ['schedule.totalSteps', 'schedule.epochs', 'data.examples', 'batch.global'],
  judgesLearning: true,
  messages: {
    few: '{examples} examples × {epochs} epochs in batches of {global} come to {steps} optimizer steps; published fine-tunes take hundreds.',
  },
  sources: [
    's1 (arXiv 2501.19393): 315 steps',
    'alignment-handbook: recipes/zephyr-7b-beta/dpo: 478 steps',
    'Hoffer et al. 2017, arXiv 1705.08741 (too few updates, not the batch, cost quality)',
  ],

  check(fields, report) {
    const steps = fields['schedule.totalSteps'];
    // A stated number of steps is what the person wants, a shakedown run for one.
    if (steps.origin !== 'inferred' || fields['schedule.epochs'].origin === 'inferred') return;
    if (steps.value <= 0 || steps.value >= FEW_STEPS) return;
    report({
      at: 'schedule.epochs',
      message: 'few',
      data: {
        examples: fields['data.examples'].value,
        epochs: fields['schedule.epochs'].value,
        global: fields['batch.global'].value,
        steps: steps.value,
      },
      related: ['batch.global', 'data.examples'],
    });
  },
});
