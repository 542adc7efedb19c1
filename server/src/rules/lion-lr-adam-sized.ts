import { setField } from '../plan/index.ts';
import { bandOf, LION_FACTOR, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isLion } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

export const lionLrAdamSized = defineRule({
  id: 'lion-lr-adam-sized',
  severity: 'warning',
  summary: 'Lion runs at a learning rate of AdamW size',
  since: '0.1.0',
  needs: ['optimizer.name', 'optimizer.peakLearningRate'],
  wants: ['run.task', 'run.objective', 'adapter.kind', 'model.parameterCount', 'run.fromScratch'],
  judgesLearning: true,
  messages: {
    adamSized: "Lion at {rate}: AdamW's recipes of this kind end at {top}, and Lion takes rates 3 to 10 times smaller.",
  },
  sources: ['google/automl: lion/README.md', 'Chen et al. 2023, arXiv 2302.06675'],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    if (!isStated(rate) || !isLion(fields['optimizer.name'].value)) return;
    const method = trainingMethod(context.plan.values);
    const band = method === undefined ? undefined : bandOf(method, fields['model.parameterCount']?.value);
    if (band === undefined) return;
    const top = band.usual[1];
    if (rate.value <= top / LION_FACTOR.low) return;
    const isTenthEnough = rate.value / LION_FACTOR.high <= top / LION_FACTOR.low;
    const smaller = Number((isTenthEnough ? rate.value / LION_FACTOR.high : top / LION_FACTOR.high).toPrecision(2));
    report({
      at: 'optimizer.peakLearningRate',
      message: 'adamSized',
      data: { rate: rate.value, top },
      severity: rate.value >= top ? 'warning' : 'information',
      related: ['optimizer.name'],
      fixes: [
        {
          title: `Set peak learning rate ${smaller.toExponential()}: a tenth${isTenthEnough ? '' : ' of where AdamW ends'}, with weight decay up to ten times larger`,
          safety: 'changes-training',
          edits: [setField('optimizer.peakLearningRate', smaller)],
        },
      ],
    });
  },
});
