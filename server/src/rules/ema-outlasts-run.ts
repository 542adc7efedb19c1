import { halfLifeSteps } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const emaOutlastsRun = defineRule({
  id: 'ema-outlasts-run',
  severity: 'information',
  summary: "The weights' moving average remembers more than half of the run",
  since: '0.1.0',
  needs: ['optimizer.emaDecay', 'schedule.totalSteps'],
  judgesLearning: true,
  messages: {
    remembers:
      'EMA decay {decay} forgets half in {half} steps and the run has {total}: unless it warms up, the average still holds early weights.',
  },
  sources: [
    'Busbridge et al. 2023, arXiv 2307.13813',
    'diffusers: src/diffusers/training_utils.py, EMAModel (decay warmup)',
  ],

  check({ 'optimizer.emaDecay': decay, 'schedule.totalSteps': total }, report) {
    if (!isStated(decay) || decay.value <= 0 || decay.value >= 1 || total.value <= 0) return;
    const half = Math.round(halfLifeSteps(decay.value));
    if (half <= total.value / 2) return;
    report({
      at: 'optimizer.emaDecay',
      message: 'remembers',
      data: { decay: String(decay.value), half, total: total.value },
    });
  },
});
