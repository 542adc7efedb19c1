import { setField } from '../plan/index.ts';
import { scaleEmaDecay } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { batchGrowth, isUnchanged, ownReference, severityAgainst } from './support/reference-change.ts';
import { isStated } from './support/stated.ts';

/** The authors of one recipe moved by twice the rule, so less than this is no finding. */
const NOTABLE_FACTOR = 4;
const GRAVE_FACTOR = 8;

export const emaDecayNotRescaled = defineRule({
  id: 'ema-decay-not-rescaled',
  severity: 'warning',
  summary: "The batch changed and the weights' moving average did not",
  since: '0.1.0',
  needs: ['optimizer.emaDecay'],
  wants: ['batch.global', 'batch.micro', 'batch.gradientAccumulation'],
  messages: {
    stale:
      'The batch went from {before} in {reference} to {now} and EMA decay stays {decay}; the same horizon in samples is {scaled}.',
  },
  sources: ['Busbridge et al. 2023, arXiv 2307.13813 (ρ becomes ρ^κ)'],

  check(fields, report, context) {
    const decay = fields['optimizer.emaDecay'];
    const reference = ownReference(context);
    if (reference === undefined || !isStated(decay) || decay.value <= 0 || decay.value >= 1) return;
    if (!isUnchanged('optimizer.emaDecay', context.plan, reference.plan)) return;
    const growth = batchGrowth(context.plan, reference.plan);
    if (growth === undefined) return;
    const change = Math.max(growth.factor, 1 / growth.factor);
    if (change < NOTABLE_FACTOR) return;
    const scaled = Number(scaleEmaDecay(decay.value, growth.factor).toPrecision(5));
    report({
      at: 'optimizer.emaDecay',
      message: 'stale',
      data: {
        before: growth.before,
        now: growth.now,
        reference: reference.label,
        decay: String(decay.value),
        scaled: String(scaled),
      },
      severity: severityAgainst(reference, change >= GRAVE_FACTOR ? 'warning' : 'information'),
      related: ['batch.global', 'batch.micro', 'batch.gradientAccumulation'],
      fixes: [
        {
          title: `Set EMA decay ${scaled}: same horizon in samples`,
          safety: 'changes-training',
          edits: [setField('optimizer.emaDecay', scaled)],
        },
      ],
    });
  },
});
