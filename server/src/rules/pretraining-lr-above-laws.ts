import { type DeepSeekShape, learningRateCeiling, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { nonEmbeddingParameters } from './support/non-embedding-parameters.ts';
import { hasAdamScale } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** At four times the optimum the loss is 4% worse, at eight times half of the runs diverge (Step Law's 1,911 runs). */
const WARNING_FACTOR = 4;
const DIVERGENCE_FACTOR = 8;

/** The largest models the divergence was seen on, with room. */
const DIVERGENCE_SEEN_PARAMETERS = 3e9;

export const pretrainingLrAboveLaws = defineRule({
  id: 'pretraining-lr-above-laws',
  severity: 'error',
  summary: 'A pretraining learning rate lies several times above the scaling laws',
  since: '0.1.0',
  needs: [
    'optimizer.peakLearningRate',
    'optimizer.name',
    'run.objective',
    'model.parameterCount',
    'schedule.totalTokens',
  ],
  wants: [
    'run.task',
    'run.fromScratch',
    'optimizer.mup',
    'model.activeParameterCount',
    'model.vocabSize',
    'model.hiddenSize',
    'model.layers',
    'model.tiedEmbeddings',
    'data.sequenceLength',
    'batch.tokensPerStep',
  ],
  judgesLearning: true,
  messages: {
    above:
      'Peak learning rate {rate} is {times} times the upper edge of the laws, {ceiling} for {billions}B parameters and {tokens}B tokens.',
    diverges:
      'Peak learning rate {rate} is {times} times the upper edge of the laws, {ceiling} here; half of the runs at eight times it diverged.',
  },
  sources: [
    'Li et al. 2025 (Step Law), arXiv 2503.04715: 1.79·N^-0.713·D^0.307',
    'DeepSeek LLM 2024, arXiv 2401.02954, eq. 1: 0.3118·C^-0.125',
    'Batchwise: server/data/recipes.json (no published recipe lies above the edge)',
  ],

  check(fields, report, context) {
    const rate = fields['optimizer.peakLearningRate'];
    if (!isStated(rate) || fields['optimizer.mup']?.value === true) return;
    if (fields['run.task']?.value !== 'causal-lm' || trainingMethod(context.plan.values) !== 'pretraining') return;
    if (!hasAdamScale(fields['optimizer.name'].value)) return;
    const parameters = nonEmbeddingParameters(context.plan.values);
    const trainedTokens = fields['schedule.totalTokens'].value;
    if (parameters === undefined || parameters <= 0 || trainedTokens <= parameters) return;
    const ceiling = learningRateCeiling({ parameters, trainedTokens, ...shapeIfKnown() });
    const times = rate.value / ceiling;
    if (times <= WARNING_FACTOR) return;
    const diverges = times > DIVERGENCE_FACTOR && parameters <= DIVERGENCE_SEEN_PARAMETERS;
    report({
      at: 'optimizer.peakLearningRate',
      message: diverges ? 'diverges' : 'above',
      data: {
        rate: rate.value,
        times: Number(times.toPrecision(2)),
        ceiling: Number(ceiling.toPrecision(2)),
        billions: (parameters / 1e9).toPrecision(3),
        tokens: (trainedTokens / 1e9).toPrecision(3),
      },
      severity: diverges ? 'error' : 'warning',
      related: ['model.parameterCount', 'schedule.totalTokens', 'optimizer.name'],
    });

    function shapeIfKnown(): { readonly shape?: DeepSeekShape } {
      const layers = fields['model.layers']?.value;
      const hiddenSize = fields['model.hiddenSize']?.value;
      const sequenceLength = fields['data.sequenceLength']?.value;
      // The law counts dense layers; a mixture of experts has more parameters per width.
      if (fields['model.activeParameterCount'] !== undefined) return {};
      if (layers === undefined || hiddenSize === undefined || sequenceLength === undefined) return {};
      return { shape: { layers, hiddenSize, sequenceLength } };
    }
  },
});
