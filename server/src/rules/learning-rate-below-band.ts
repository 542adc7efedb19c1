import { bandOf, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { hasAdamScale } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** This far below the lowest published rate of a method a rate is a slip of the exponent, not a choice. */
const FAR_BELOW = 50;

/** No published Adam run of any method was found below: reinforcement learning and preference tuning go down to it. */
const LOWEST_RATE = 1e-7;

/** Where the method is unknown, half of the lowest rate is far enough below. */
const BELOW_ALL = LOWEST_RATE / 2;

export const learningRateBelowBand = defineRule({
  id: 'learning-rate-below-band',
  severity: 'warning',
  summary: 'Peak learning rate is so small that the weights hardly move',
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name'],
  wants: ['model.parameterCount', 'run.task', 'run.objective', 'adapter.kind', 'schedule.kind', 'optimizer.mup'],
  judgesLearning: true,
  messages: {
    below:
      'Peak learning rate {rate} is {times} times below the lowest rate published for such runs, {low}: the weights hardly move.',
  },
  sources: [
    'Batchwise: server/data/recipes.json',
    'Batchwise: server/src/scaling/learning-rate-bands.ts',
    'DeepSpeedExamples: a 1-bit Adam recipe at 1e-8 was mended to 4e-4',
  ],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    // Zero is written where another key says the rate, or to train nothing on purpose.
    if (!isStated(rate) || rate.value <= 0 || fields['optimizer.mup']?.value === true) return;
    if (fields['schedule.kind']?.value.toLowerCase().includes('noam')) return;
    if (!hasAdamScale(fields['optimizer.name'].value)) return;
    const method = trainingMethod(context.plan.values);
    const band = method === undefined ? undefined : bandOf(method, fields['model.parameterCount']?.value);
    const low = band === undefined ? LOWEST_RATE : band.usual[0];
    if (rate.value >= (band === undefined ? BELOW_ALL : low / FAR_BELOW)) return;
    report({
      at: 'optimizer.peakLearningRate',
      message: 'below',
      data: { rate: rate.value, times: Math.round(low / rate.value), low },
      related: ['optimizer.name', 'run.objective', 'adapter.kind'],
    });
  },
});
