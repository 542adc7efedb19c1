import { setField } from '../plan/index.ts';
import { HORIZON_EXPONENT, horizonFactor, stepLawOptimalBatch, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { optimizerKind } from './support/optimizer-kind.ts';
import { growthOf, isUnchanged, ownReference, severityAgainst } from './support/reference-change.ts';
import { isStated } from './support/stated.ts';

/** Four times the tokens move the optimum by a third. */
const NOTABLE_FACTOR = 4;

export const horizonChangedWithoutLr = defineRule({
  id: 'horizon-changed-without-lr',
  severity: 'information',
  summary: 'The token budget grew at the same batch and the learning rate did not move',
  since: '0.1.0',
  needs: [
    'optimizer.peakLearningRate',
    'optimizer.name',
    'schedule.totalTokens',
    'batch.tokensPerStep',
    'run.objective',
  ],
  wants: ['run.task', 'run.fromScratch', 'adapter.kind'],
  messages: {
    longer:
      'The run went from {before}B tokens in {reference} to {now}B at the same batch; below the optimal batch the best rate falls, {rate} to about {scaled}.',
  },
  sources: [
    'Bjorck et al. 2024, arXiv 2409.19913 (exponent -0.32 at a fixed batch)',
    'Li et al. 2025 (Step Law), arXiv 2503.04715 (the sign turns above the optimal batch)',
  ],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    const reference = ownReference(context);
    if (reference === undefined || !isStated(rate) || rate.value <= 0) return;
    if (!isUnchanged('optimizer.peakLearningRate', context.plan, reference.plan)) return;
    if (!isUnchanged('batch.tokensPerStep', context.plan, reference.plan)) return;
    if (trainingMethod(context.plan.values) !== 'pretraining') return;
    if (optimizerKind(fields['optimizer.name'].value) !== 'adam-like') return;
    const growth = growthOf('schedule.totalTokens', context.plan, reference.plan);
    if (growth === undefined || growth.factor < NOTABLE_FACTOR) return;
    if (fields['batch.tokensPerStep'].value >= stepLawOptimalBatch(growth.now)) return;
    const scaled = Number((rate.value * horizonFactor(growth.factor)).toPrecision(2));
    report({
      at: 'optimizer.peakLearningRate',
      message: 'longer',
      severity: severityAgainst(reference, 'information'),
      data: {
        before: Number((growth.before / 1e9).toPrecision(3)),
        now: Number((growth.now / 1e9).toPrecision(3)),
        reference: reference.label,
        rate: rate.value,
        scaled,
      },
      fixes: [
        {
          title: `Set peak learning rate ${scaled.toExponential()}: tokens to the power -${HORIZON_EXPONENT}`,
          safety: 'changes-training',
          edits: [setField('optimizer.peakLearningRate', scaled)],
        },
      ],
    });
  },
});
