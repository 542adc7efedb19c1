import {
  learningRateCeiling,
  optimalTimescale,
  optimalWeightDecay,
  trainingMethod,
  weightDecayTimescale,
} from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { nonEmbeddingParameters } from './support/non-embedding-parameters.ts';
import { hasAdamScale } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** Thirty-five published recipes lie from 0.5 to 34 times the optimal timescale; a tenth of their shortest is out of range. */
const SHORTEST_SHARE = 0.05;

export const weightDecayForgetsRun = defineRule({
  id: 'weight-decay-forgets-run',
  severity: 'warning',
  summary: 'Weight decay is so strong that only the last tokens shape the weights',
  since: '0.1.0',
  needs: [
    'optimizer.weightDecay',
    'optimizer.peakLearningRate',
    'optimizer.name',
    'batch.tokensPerStep',
    'schedule.totalTokens',
    'model.parameterCount',
    'run.objective',
  ],
  wants: [
    'run.task',
    'run.fromScratch',
    'optimizer.mup',
    'model.activeParameterCount',
    'model.vocabSize',
    'model.hiddenSize',
  ],
  judgesLearning: true,
  messages: {
    forgets:
      "Weight decay {decay} at {rate} averages over {share} of the run's tokens; the Power Lines law puts it near {optimal}.",
  },
  sources: [
    'Wang and Aitchison 2024, arXiv 2405.13698 (timescale 1/(ηλ))',
    'Bergsma et al. 2025 (Power Lines), arXiv 2505.13738 (1.084·TPP^-0.527)',
  ],

  check(fields, report, context) {
    const decay = fields['optimizer.weightDecay'];
    const rate = fields['optimizer.peakLearningRate'];
    if (!isStated(decay) || decay.value <= 0 || rate.value <= 0 || fields['optimizer.mup']?.value === true) return;
    if (fields['run.task']?.value !== 'causal-lm' || trainingMethod(context.plan.values) !== 'pretraining') return;
    if (!hasAdamScale(fields['optimizer.name'].value)) return;
    const parameters = nonEmbeddingParameters(context.plan.values);
    const batchTokens = fields['batch.tokensPerStep'].value;
    const trainedTokens = fields['schedule.totalTokens'].value;
    // The law was fitted from a token per parameter up.
    if (parameters === undefined || parameters <= 0 || trainedTokens < parameters || batchTokens <= 0) return;
    const run = { batchTokens, learningRate: rate.value, trainedTokens };
    const shortest = SHORTEST_SHARE * optimalTimescale(trainedTokens / parameters);
    // A rate far above the laws has a finding of its own, and the decay is sound once that is mended.
    const mended = Math.min(rate.value, learningRateCeiling({ parameters, trainedTokens }));
    if (weightDecayTimescale({ ...run, learningRate: mended, weightDecay: decay.value }) >= shortest) return;
    const timescale = weightDecayTimescale({ ...run, weightDecay: decay.value });
    report({
      at: 'optimizer.weightDecay',
      message: 'forgets',
      data: {
        decay: decay.value,
        rate: rate.value,
        share: Number(timescale.toPrecision(2)),
        optimal: Number(optimalWeightDecay({ ...run, parameters }).toPrecision(2)),
      },
      related: ['optimizer.peakLearningRate', 'batch.tokensPerStep', 'schedule.totalTokens'],
    });
  },
});
