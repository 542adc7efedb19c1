import { bandOf, type TrainingMethod, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { hasAdamScale } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** Methods this rule speaks for, as its message names them. The others have a rule of their own. */
const SPOKEN_FOR: Partial<Record<TrainingMethod, string>> = {
  'continued-pretraining': 'continued pretraining',
  'lora-sft': 'LoRA fine-tuning',
  'lora-preference': 'LoRA preference tuning',
  'lora-rl': 'LoRA reinforcement learning',
  'reward-model': 'reward-model training',
  'encoder-fine-tuning': 'encoder fine-tuning',
  'control-rl': 'policies on control tasks',
};

export const learningRateAboveBand = defineRule({
  id: 'learning-rate-above-band',
  severity: 'warning',
  summary: 'Peak learning rate lies far above every published recipe of the method',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'run.task'],
  wants: ['model.parameterCount', 'run.objective', 'adapter.kind', 'optimizer.mup', 'schedule.kind'],
  judgesLearning: true,
  messages: {
    above: 'Peak learning rate {rate} is {times} times the top of what {method} is published with, {low} to {high}.',
  },
  sources: ['Batchwise: server/data/recipes.json', 'Batchwise: server/src/scaling/learning-rate-bands.ts'],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    if (!isStated(rate) || fields['optimizer.mup']?.value === true) return;
    // A Noam schedule multiplies the stated rate by 1/√width, so the number is no rate.
    if (fields['schedule.kind']?.value.toLowerCase().includes('noam')) return;
    const method = trainingMethod(context.plan.values);
    const name = method === undefined ? undefined : SPOKEN_FOR[method];
    if (method === undefined || name === undefined || !hasAdamScale(fields['optimizer.name'].value)) return;
    const band = bandOf(method, fields['model.parameterCount']?.value);
    if (band === undefined || rate.value <= band.warnAbove) return;
    const [low, high] = band.usual;
    report({
      at: 'optimizer.peakLearningRate',
      message: 'above',
      data: { rate: rate.value, times: Math.round(rate.value / high), method: name, low, high },
      related: ['run.objective', 'adapter.kind', 'optimizer.name'],
    });
  },
});
