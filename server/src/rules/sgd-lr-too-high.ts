import { setField, type Task } from '../plan/index.ts';
import { SGD_RATES } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { optimizerKind } from './support/optimizer-kind.ts';
import { isStated, restsOnStatement } from './support/stated.ts';

/** Published rates for one batch lie within a factor of ten of each other; ten times the highest is no choice any more. */
const FAR_ABOVE = 10;

/** Rates are not made smaller for ever: tiny batches run at what sixteen images take. */
const SMALLEST_BATCH = 16;

/** Momentum multiplies the rate by 1 / (1 − momentum), and the published rates go with 0.9. */
const USUAL_MOMENTUM = 0.9;

export const sgdLrTooHigh = defineRule({
  id: 'sgd-lr-too-high',
  severity: 'warning',
  summary: 'SGD trains on images at a rate far above what the batch is published with',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'run.task', 'batch.global'],
  wants: ['optimizer.momentum', 'run.fromScratch', 'adapter.kind', 'reference.baseLearningRate', 'batch.unit'],
  judgesLearning: true,
  messages: {
    high: 'Peak learning rate {rate} for {batch} images a step is {times} times what SGD is published with there, {usual}: training falls apart.',
  },
  sources: [
    'Goyal et al. 2017, arXiv 1706.02677 (0.1 for 256 images, scaled linearly)',
    'detectron2: configs/Base-RCNN-FPN.yaml (0.02 for 16 images)',
    'ultralytics: ultralytics/cfg/default.yaml (0.01 for 64 images)',
  ],

  check(fields, report, { plan }) {
    const rate = fields['optimizer.peakLearningRate'];
    const batch = fields['batch.global'].value;
    const usual = usualRate(fields['run.task'].value, batch);
    if (usual === undefined || optimizerKind(fields['optimizer.name'].value) !== 'sgd') return;
    if (!restsOnStatement(plan.values, 'optimizer.peakLearningRate')) return;
    // A head on frozen features takes rates of 30.
    if (fields['run.task'].value === 'image-classification' && fields['run.fromScratch']?.value !== true) return;
    if ((fields['adapter.kind']?.value ?? 'none') !== 'none') return;
    const momentum = fields['optimizer.momentum']?.value ?? USUAL_MOMENTUM;
    const allowed = FAR_ABOVE * Math.max(1, (1 - momentum) / (1 - USUAL_MOMENTUM));
    if (rate.value <= allowed * highestRate(batch)) return;
    const base = fields['reference.baseLearningRate'];
    const lowered = Number((rate.value / 10 ** Math.round(Math.log10(rate.value / usual))).toPrecision(3));
    report({
      at: base !== undefined && isStated(base) ? 'reference.baseLearningRate' : 'optimizer.peakLearningRate',
      message: 'high',
      data: {
        rate: rate.value,
        batch,
        times: Number((rate.value / usual).toPrecision(2)),
        usual: Number(usual.toPrecision(2)),
      },
      related: ['batch.global', 'optimizer.name'],
      fixes: isStated(rate)
        ? [
            {
              title: `Set peak learning rate ${lowered}: the same digits where published runs lie`,
              safety: 'changes-training',
              edits: [setField('optimizer.peakLearningRate', lowered)],
            },
          ]
        : [],
    });
  },
});

/** What a task's SGD recipe would take for a batch; undefined for tasks without one. */
function usualRate(task: Task, batch: number): number | undefined {
  const perImage = SGD_RATES.find((row) => row.task === task)?.perImage;
  return perImage === undefined || batch <= 0 ? undefined : perImage * Math.max(batch, SMALLEST_BATCH);
}

/** The highest published rate of any task, for a batch. */
function highestRate(batch: number): number {
  return Math.max(...SGD_RATES.map(({ perImage }) => perImage)) * Math.max(batch, SMALLEST_BATCH);
}
