import { effectiveEpochs } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { restsOnStatement } from './support/stated.ts';

/** Up to four epochs repeated tokens are nearly as good as new ones; at sixteen a third of the compute is lost. */
const NEARLY_NEW_EPOCHS = 4;
const HALF_LOST_EPOCHS = 16;

export const dataRepeatedPastValue = defineRule({
  id: 'data-repeated-past-value',
  severity: 'warning',
  summary: 'Pretraining repeats its data past the point where it helps',
  since: '0.1.0',
  needs: ['schedule.epochs', 'run.objective', 'run.task'],
  judgesLearning: true,
  messages: {
    repeated:
      '{epochs} epochs of pretraining data are worth about {effective} epochs of new data: {share}% of the compute is lost on repeats.',
  },
  sources: ['Muennighoff et al. 2023, arXiv 2305.16264'],

  check(fields, report, context) {
    const epochs = fields['schedule.epochs'];
    if (fields['run.objective'].value !== 'pretraining' || fields['run.task'].value !== 'causal-lm') return;
    if (epochs.value <= NEARLY_NEW_EPOCHS || !restsOnStatement(context.plan.values, 'schedule.epochs')) return;
    const effective = effectiveEpochs(epochs.value);
    report({
      at: 'schedule.epochs',
      message: 'repeated',
      data: {
        epochs: Number(epochs.value.toPrecision(3)),
        effective: Number(effective.toPrecision(2)),
        share: Math.round((1 - effective / epochs.value) * 100),
      },
      severity: epochs.value > HALF_LOST_EPOCHS ? 'warning' : 'information',
      related: ['schedule.epochs'],
    });
  },
});
