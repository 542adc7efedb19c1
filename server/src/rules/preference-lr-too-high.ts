import { defineRule } from './support/define-rule.ts';
import { type MethodCeiling, rateAboveMethod } from './support/rate-above-method.ts';

const CEILING: MethodCeiling = { method: 'full-preference', smallestModel: 1e9 };

export const preferenceLrTooHigh = defineRule({
  id: 'preference-lr-too-high',
  severity: 'warning',
  summary: 'Preference tuning of all weights with a learning rate of fine-tuning size',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'adapter.kind', 'run.objective'],
  wants: ['model.parameterCount', 'adapter.trainableShare'],
  readsAbsence: true,
  judgesLearning: true,
  messages: {
    high: 'Peak learning rate {rate} for {objective} on all weights; published runs use 2e-7 to 1e-6 and the highest known 1e-5, above which the policy drifts off.',
  },
  sources: [
    'alignment-handbook: recipes/zephyr-7b-beta/dpo (5e-7)',
    'open-instruct: Tülu 3 DPO (8B 5e-7, 70B 2e-7)',
    'TRL: trl/trainer/dpo_config.py (1e-6)',
    'Llama 3.1 (arXiv 2407.21783), section 4.1.4 (1e-5)',
  ],

  check(fields, report, { plan }) {
    const high = rateAboveMethod(CEILING, plan);
    if (high === undefined) return;
    report({
      at: 'optimizer.peakLearningRate',
      message: 'high',
      data: { rate: high.rate, objective: fields['run.objective'].value.toUpperCase() },
      severity: high.severity,
      related: ['run.objective', 'adapter.kind', 'optimizer.name'],
    });
  },
});
