import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/**
 * Floors are published at a tenth to a hundredth of the peak, and at 1e-6 where zero is meant (lingua); a share below this
 * is as good as zero and looks like a rate.
 */
const RATE_LIKE_SHARE = 1e-6;

export const minLrAbovePeak = defineRule({
  id: 'min-lr-above-peak',
  severity: 'error',
  summary: 'The learning rate would end above its peak',
  since: '0.1.0',
  needs: [],
  wants: ['optimizer.peakLearningRate', 'schedule.minLearningRate', 'schedule.minRatio', 'schedule.kind'],
  messages: {
    above: 'The minimum learning rate {minimum} is above the peak {peak}: the decay would raise the rate.',
    aboveNoam:
      'The Noam warmup ends at {peak}, below the minimum {minimum}: the rate jumps to {minimum} there and never decays.',
    ratio: 'The final share {ratio} of the peak is above 1: the decay would raise the learning rate.',
    looksLikeRate:
      'The final share {ratio} of the peak leaves a learning rate of {minimum}; the number looks like a rate, and this key takes a share.',
  },
  sources: [
    'Megatron-LM: megatron/core/optimizer_param_scheduler.py, min_lr <= max_lr',
    'transformers: src/transformers/optimization.py, get_cosine_with_min_lr_schedule_with_warmup (min_lr_rate)',
    'NeMo: nemo/core/optim/lr_scheduler.py, NoamAnnealing (the floor holds after warmup alone)',
  ],

  check(fields, report) {
    const peak = fields['optimizer.peakLearningRate'];
    const minimum = fields['schedule.minLearningRate'];
    const ratio = fields['schedule.minRatio'];
    if (fields['schedule.kind']?.value.toLowerCase().startsWith('constant')) return;
    if (ratio !== undefined && isStated(ratio) && ratio.value > 1) {
      report({
        at: 'schedule.minRatio',
        message: 'ratio',
        data: { ratio: ratio.value },
        related: ['optimizer.peakLearningRate'],
      });
      return;
    }
    // A stated zero peak is how layer-wise recipes say that another key holds the rate.
    if (peak === undefined || peak.value <= 0) return;
    if (minimum !== undefined && isStated(minimum) && isStated(peak) && minimum.value > peak.value) {
      const tenth = Number((peak.value / 10).toPrecision(3));
      // A Noam floor holds after warmup alone, so the run is a constant one and works; wav2vec models were trained so.
      const isNoam = fields['schedule.kind']?.value.toLowerCase() === 'noam';
      report({
        at: 'schedule.minLearningRate',
        message: isNoam ? 'aboveNoam' : 'above',
        severity: isNoam ? 'information' : 'error',
        data: { minimum: minimum.value, peak: peak.value },
        related: ['optimizer.peakLearningRate'],
        fixes: [
          {
            title: `Set minimum learning rate ${tenth.toExponential()}: a tenth of the peak`,
            safety: 'changes-training',
            edits: [setField('schedule.minLearningRate', tenth)],
          },
        ],
      });
      return;
    }
    if (ratio === undefined || !isStated(ratio) || ratio.value <= 0 || ratio.value >= RATE_LIKE_SHARE) return;
    report({
      at: 'schedule.minRatio',
      message: 'looksLikeRate',
      data: { ratio: ratio.value, minimum: ratio.value * peak.value },
      severity: 'information',
      related: ['optimizer.peakLearningRate'],
    });
  },
});
