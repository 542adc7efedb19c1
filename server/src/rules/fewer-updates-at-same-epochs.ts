import { defineRule } from './support/define-rule.ts';
import { batchGrowth, isUnchanged, ownReference, severityAgainst } from './support/reference-change.ts';
import { isStated } from './support/stated.ts';

const NOTABLE_FACTOR = 4;

/** Runs that keep this many updates lose little by having fewer. */
const PLENTY_OF_STEPS = 1000;

export const fewerUpdatesAtSameEpochs = defineRule({
  id: 'fewer-updates-at-same-epochs',
  severity: 'information',
  summary: 'A larger batch at the same epochs leaves few optimizer steps',
  since: '0.1.0',
  needs: ['schedule.epochs', 'schedule.totalSteps'],
  wants: ['batch.global', 'batch.micro', 'batch.gradientAccumulation'],
  messages: {
    fewer:
      'The batch grew {factor} times against {reference} at the same {epochs} epochs: {before} optimizer steps became {now}.',
  },
  sources: ['Hoffer et al. 2017, arXiv 1705.08741', 'Shallue et al. 2019, arXiv 1811.03600'],

  check(fields, report, context) {
    const steps = fields['schedule.totalSteps'];
    const reference = ownReference(context);
    if (reference === undefined || !isStated(fields['schedule.epochs']) || steps.origin !== 'inferred') return;
    if (!isUnchanged('schedule.epochs', context.plan, reference.plan)) return;
    const growth = batchGrowth(context.plan, reference.plan);
    const before = reference.plan.values['schedule.totalSteps']?.value;
    if (growth === undefined || before === undefined || growth.factor < NOTABLE_FACTOR) return;
    if (steps.value >= PLENTY_OF_STEPS || before <= steps.value) return;
    report({
      at: 'schedule.epochs',
      message: 'fewer',
      severity: severityAgainst(reference, 'information'),
      data: {
        factor: Number(growth.factor.toPrecision(2)),
        reference: reference.label,
        epochs: fields['schedule.epochs'].value,
        before,
        now: steps.value,
      },
      related: ['batch.global', 'batch.micro', 'batch.gradientAccumulation'],
    });
  },
});
