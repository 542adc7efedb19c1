import { setField } from '../plan/index.ts';
import {
  ADAM_BATCH_EXPONENTS,
  LINEAR_SCALING_LIMIT_IMAGES,
  scaleLinear,
  scaleSquareRoot,
  stepLawOptimalBatch,
} from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { optimizerKind } from './support/optimizer-kind.ts';
import { batchGrowth, isUnchanged, ownReference, severityAgainst, writtenHere } from './support/reference-change.ts';
import { isStated } from './support/stated.ts';

/** A smaller change lies within what learning-rate tuning resolves: at 2× the loss differs by under 1%. */
const NOTABLE_FACTOR = 2;

/** From here on the cost of a stale rate is measured in percent of the loss. */
const GRAVE_FACTOR = 4;

/** Where the finding points, the first that the file writes itself. */
const PLACES = ['optimizer.peakLearningRate', 'batch.global', 'batch.gradientAccumulation', 'batch.micro'] as const;

export const batchChangedWithoutLr = defineRule({
  id: 'batch-changed-without-lr',
  severity: 'warning',
  summary: 'The global batch changed against an earlier version and the learning rate did not',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name'],
  wants: [
    'batch.global',
    'batch.micro',
    'batch.gradientAccumulation',
    'batch.tokensPerStep',
    'schedule.totalTokens',
    'run.fromScratch',
    'data.packing',
  ],
  messages: {
    squareRoot:
      '{counted} went from {before} ({reference}) to {now} and the {optimizer} learning rate stayed {rate}; the square-root rule gives {scaled} (exponents {low} to {high}).',
    linear:
      '{counted} went from {before} ({reference}) to {now} and the {optimizer} learning rate stayed {rate}; linear scaling gives {scaled}.',
    apart:
      '{counted}: {now} here and {before} in {reference}, at the learning rate {rate} in both; the {rule} rule gives {scaled} here.',
  },
  sources: [
    'Malladi et al. 2022, arXiv 2205.10287 (square root for Adam)',
    'Goyal et al. 2017, arXiv 1706.02677 (linear for SGD)',
    'Marek et al. 2025, arXiv 2507.07101, and the Step Law runs, arXiv 2503.04715 (measured exponents)',
    'Shallue et al. 2019, arXiv 1811.03600 (no rule holds everywhere)',
  ],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    const reference = ownReference(context);
    if (reference === undefined || !isStated(rate) || rate.value <= 0) return;
    if (!isUnchanged('optimizer.peakLearningRate', context.plan, reference.plan)) return;
    if (!isUnchanged('optimizer.name', context.plan, reference.plan)) return;
    const growth = batchGrowth(context.plan, reference.plan);
    if (growth === undefined) return;
    // Packed and unpacked sequences hold unlike numbers of examples, so their counts do not compare.
    if (fields['data.packing']?.value !== reference.plan.values['data.packing']?.value) return;
    const change = Math.max(growth.factor, 1 / growth.factor);
    // Files build on others for many reasons, so only a grave change sets one apart from its parent.
    if (change < (reference.kind === 'parent' ? GRAVE_FACTOR : NOTABLE_FACTOR)) return;

    const kind = optimizerKind(fields['optimizer.name'].value);
    if (kind !== 'adam-like' && kind !== 'sgd') return;
    const isLinear = kind === 'sgd' && growth.now <= LINEAR_SCALING_LIMIT_IMAGES;
    const scaledRaw = isLinear
      ? scaleLinear(rate.value, growth.before, growth.now)
      : scaleSquareRoot(rate.value, growth.before, growth.now);
    const scaled = Number(scaledRaw.toPrecision(3));
    const isUsefulTarget = growth.factor < 1 || !isPastOptimum();
    if (!isUsefulTarget) return;
    const rule = isLinear ? 'linear' : 'square-root';
    report({
      at: writtenHere(context.plan, PLACES) ?? 'optimizer.peakLearningRate',
      message: reference.kind !== 'head' ? 'apart' : isLinear ? 'linear' : 'squareRoot',
      data: {
        counted: growth.counted,
        rule,
        before: growth.before,
        now: growth.now,
        reference: reference.label,
        optimizer: fields['optimizer.name'].value,
        rate: rate.value,
        scaled,
        low: ADAM_BATCH_EXPONENTS.low,
        high: ADAM_BATCH_EXPONENTS.high,
      },
      severity: severityAgainst(reference, change >= GRAVE_FACTOR ? 'warning' : 'information'),
      related: ['batch.global', 'batch.micro', 'batch.gradientAccumulation', 'optimizer.name'],
      fixes: [
        {
          title: `Set peak learning rate ${scaled.toExponential()}: ${rule} rule for ${Number(growth.factor.toPrecision(3))} times the batch`,
          safety: 'changes-training',
          edits: [setField('optimizer.peakLearningRate', scaled)],
        },
      ],
    });

    /** Above the optimal batch of the token budget, measured rates no longer rise with the batch. */
    function isPastOptimum(): boolean {
      const tokens = fields['schedule.totalTokens']?.value;
      const perStep = fields['batch.tokensPerStep']?.value;
      if (fields['run.fromScratch']?.value !== true || tokens === undefined || perStep === undefined) return false;
      return perStep / (growth?.factor ?? 1) >= stepLawOptimalBatch(tokens);
    }
  },
});
