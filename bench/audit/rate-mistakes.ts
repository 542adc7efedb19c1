import { bandOf, criticalBatch, learningRateCeiling } from '../../server/src/scaling/index.ts';
import {
  adding,
  hasHorizon,
  isAdamScale,
  isLanguage,
  isMethod,
  isOnImages,
  isPretraining,
  LARGE,
  larger,
  type Mistake,
  rate,
  scalesPastBand,
  shortRun,
  withoutTokens,
  withTokensPerStep,
} from './plant.ts';

/** Frameworks that know no share, or hold their keys to a range. */
const WARMUP_REFUSED = ['warmup-outlasts-run', 'value-not-allowed', 'settings-disagree'];

/** Slips in learning rates, batches and schedules. */
export const RATE_MISTAKES: readonly Mistake[] = [
  {
    name: 'batch × 8, learning rate as before',
    rules: ['batch-changed-without-lr'],
    plant: larger(8),
    head: true,
    fixes: 'optimizer.peakLearningRate',
    isBeyondMending: scalesPastBand(8),
  },
  {
    name: 'batch × 64, learning rate as before',
    rules: ['batch-changed-without-lr'],
    plant: larger(64),
    head: true,
    fixes: 'optimizer.peakLearningRate',
    isBeyondMending: scalesPastBand(64),
  },
  {
    name: 'LoRA’s rate in a full fine-tune',
    rules: ['full-finetune-lr-lora-sized'],
    plant: rate(2e-4, (recipe) => recipe.method === 'full-sft' && (recipe.parameterCount ?? 0) >= LARGE),
  },
  {
    name: 'fine-tuning’s rate in DPO',
    rules: ['preference-lr-too-high'],
    plant: rate(2e-5, isMethod('full-preference')),
  },
  {
    name: 'fine-tuning’s rate in reinforcement learning',
    rules: ['rl-lr-too-high'],
    plant: rate(1e-4, isMethod('full-rl')),
  },
  {
    name: 'KL coefficient a hundred times too large',
    rules: ['kl-coefficient-too-large'],
    plant: adding({ 'rollout.klCoefficient': 4 }, isMethod('full-rl', 'lora-rl')),
  },
  {
    name: 'beta of DPO a hundred times too large',
    rules: ['kl-coefficient-too-large'],
    plant: adding({ 'preference.beta': 10 }, isMethod('full-preference', 'lora-preference')),
  },
  {
    name: 'full fine-tuning’s rate in LoRA',
    rules: ['lora-lr-full-finetune-sized'],
    plant: rate(2e-6, isMethod('lora-sft')),
  },
  {
    name: 'rate a hundred times too high',
    rules: ['learning-rate-above-band', 'lr-from-another-optimizer'],
    plant: rate(5e-2, isMethod('lora-sft', 'lora-preference', 'lora-rl', 'reward-model', 'continued-pretraining')),
  },
  {
    name: 'exponent slipped in pretraining',
    rules: ['pretraining-lr-above-laws', 'lr-from-another-optimizer'],
    plant: (recipe, fields) =>
      hasHorizon(recipe)
        ? {
            ...fields,
            'optimizer.peakLearningRate':
              10 *
              learningRateCeiling({ parameters: recipe.parameterCount ?? 0, trainedTokens: recipe.trainedTokens ?? 0 }),
          }
        : undefined,
  },
  {
    name: 'SGD’s rate under Adam',
    rules: ['lr-from-another-optimizer', 'learning-rate-above-band', 'pretraining-lr-above-laws'],
    plant: rate(0.1, (recipe) => isLanguage(recipe)),
  },
  {
    name: 'SGD’s rate on images a hundred times too high',
    rules: ['sgd-lr-too-high'],
    plant: (recipe, fields) =>
      recipe.optimizer === 'sgd_momentum' && isOnImages(recipe)
        ? { ...fields, 'optimizer.peakLearningRate': recipe.peakLearningRate * 100 }
        : undefined,
    fixes: 'optimizer.peakLearningRate',
  },
  {
    name: 'AdamW’s rate under Lion',
    rules: ['lion-lr-adam-sized'],
    plant: (recipe, fields) => {
      const top = bandOf(recipe.method, recipe.parameterCount)?.usual[1];
      return top === undefined || !isAdamScale(recipe) || !isLanguage(recipe)
        ? undefined
        : { ...fields, 'optimizer.name': 'lion', 'optimizer.peakLearningRate': top };
    },
    fixes: 'optimizer.peakLearningRate',
  },
  {
    name: 'warmup beyond the run',
    rules: ['warmup-outlasts-run'],
    plant: shortRun({ 'schedule.warmupSteps': 2000 }, isLanguage),
    fixes: 'schedule.warmupSteps',
  },
  {
    name: 'warmup in percent',
    rules: ['warmup-ratio-above-one'],
    plant: adding({ 'schedule.warmupRatio': 3 }, isLanguage),
    inOwnWords: WARMUP_REFUSED,
  },
  {
    name: 'warmup steps as a share',
    rules: ['warmup-ratio-above-one'],
    plant: adding({ 'schedule.warmupRatio': 2000 }, isPretraining),
    inOwnWords: WARMUP_REFUSED,
  },
  {
    name: 'warmup stated twice',
    rules: ['warmup-given-twice'],
    plant: adding({ 'schedule.warmupRatio': 0.1, 'schedule.warmupSteps': 100 }, isLanguage),
    inOwnWords: ['settings-disagree'],
    fixes: 'schedule.warmupRatio',
  },
  {
    name: 'floor above the peak',
    rules: ['min-lr-above-peak'],
    plant: (recipe, fields) =>
      isLanguage(recipe)
        ? { ...fields, 'schedule.kind': 'cosine', 'schedule.minLearningRate': recipe.peakLearningRate * 10 }
        : undefined,
    fixes: 'schedule.minLearningRate',
  },
  {
    name: 'floor as a rate where a share is meant',
    rules: ['min-lr-above-peak'],
    plant: adding({ 'schedule.kind': 'cosine', 'schedule.minRatio': 1e-7 }, isPretraining),
  },
  {
    name: 'decay over half of the run',
    rules: ['decay-misses-run-end'],
    plant: shortRun(
      { 'schedule.kind': 'cosine', 'schedule.decaySteps': 400, 'schedule.warmupSteps': 10 },
      isPretraining,
    ),
    fixes: 'schedule.decaySteps',
  },
  {
    name: 'decay of a longer run',
    rules: ['decay-misses-run-end'],
    plant: shortRun(
      { 'schedule.kind': 'cosine', 'schedule.decaySteps': 2000, 'schedule.warmupSteps': 10 },
      isPretraining,
    ),
    fixes: 'schedule.decaySteps',
  },
  {
    name: 'forty epochs of pretraining',
    rules: ['data-repeated-past-value'],
    plant: (recipe, fields) =>
      isPretraining(recipe) ? { ...withoutTokens(fields), 'schedule.epochs': 40 } : undefined,
  },
  {
    name: 'batch past the critical one',
    rules: ['batch-past-critical'],
    plant: (recipe, fields) =>
      hasHorizon(recipe) ? withTokensPerStep(fields, 2 * criticalBatch(recipe.trainedTokens ?? 0)) : undefined,
  },
  {
    name: 'tokens where sequences are meant',
    rules: ['batch-past-critical'],
    plant: (recipe, fields) => {
      if (!hasHorizon(recipe) || recipe.batchTokens === undefined) return undefined;
      const { 'batch.tokensPerStep': _tokens, ...rest } = fields;
      return { ...rest, 'batch.global': recipe.batchTokens, 'data.sequenceLength': 2048 };
    },
  },
  {
    name: 'β2 0.95 at a tiny batch',
    rules: ['beta2-unfit-for-batch'],
    plant: (recipe, fields) =>
      isPretraining(recipe) && isAdamScale(recipe)
        ? { ...withTokensPerStep(fields, 16_384), 'optimizer.beta2': 0.95 }
        : undefined,
    fixes: 'optimizer.beta2',
  },
  {
    name: 'weight decay without its point',
    rules: ['weight-decay-forgets-run'],
    plant: (recipe, fields) =>
      hasHorizon(recipe) && recipe.batchTokens !== undefined ? { ...fields, 'optimizer.weightDecay': 1000 } : undefined,
  },
  {
    name: 'horizon × 8, learning rate as before',
    rules: ['horizon-changed-without-lr'],
    plant: (recipe, fields) =>
      hasHorizon(recipe)
        ? { ...withTokensPerStep(fields, 200_000), 'schedule.totalTokens': (recipe.trainedTokens ?? 0) * 8 }
        : undefined,
    head: (_recipe, fields) => withTokensPerStep(fields, 200_000),
    fixes: 'optimizer.peakLearningRate',
  },
];
