import {
  deepSeekLearningRate,
  describeLearningRate,
  LION_FACTOR,
  LORA_FACTOR,
  type Recipe,
  stepLawLearningRate,
} from '../../scaling/index.ts';
import { countText, rateText } from '../value-text.ts';
import { isPretraining, lawParameters, usesAdamScale } from './facts-of-plan.ts';
import { type Note, positive } from './note.ts';

/** Recipes named in one line. */
const NAMED_RECIPES = 3;

/** Facts on the peak learning rate: where published rates lie, what laws give, and how it moves with the batch. */
export const LEARNING_RATE_NOTES: readonly Note[] = [
  {
    id: 'learning-rate-band',
    on: ['optimizer.peakLearningRate'],
    source: 'server/data/recipes.json, each with its own source',
    text(plan) {
      if (!usesAdamScale(plan)) return undefined;
      const context = describeLearningRate(plan);
      if (context?.band === undefined) return undefined;
      const [low, high] = context.band.usual;
      const method = context.method.replaceAll('-', ' ');
      return `Published ${method} at this size uses ${rateText(low)} to ${rateText(high)}`;
    },
  },
  {
    id: 'nearest-recipes',
    on: ['optimizer.peakLearningRate', 'batch.global'],
    source: 'server/data/recipes.json',
    text(plan) {
      if (!usesAdamScale(plan) || positive(plan, 'model.parameterCount') === undefined) return undefined;
      const nearest = describeLearningRate(plan)?.nearest.slice(0, NAMED_RECIPES) ?? [];
      return nearest.length === 0 ? undefined : `Nearest published: ${nearest.map(recipeText).join('; ')}`;
    },
  },
  {
    id: 'pretraining-laws',
    on: ['optimizer.peakLearningRate'],
    source:
      'Li et al. 2025, arXiv 2503.04715; DeepSeek LLM 2024, arXiv 2401.02954; published runs lie up to 22 times below',
    text(plan) {
      const tokens = positive(plan, 'schedule.totalTokens');
      const parameters = lawParameters(plan);
      if (!isPretraining(plan) || !usesAdamScale(plan) || tokens === undefined || parameters === undefined)
        return undefined;
      const stepLaw = rateText(stepLawLearningRate(parameters, tokens));
      const deepSeek = rateText(deepSeekLearningRate(6 * parameters * tokens));
      return `For ${countText(parameters)} parameters and ${countText(tokens)} tokens Step Law gives ${stepLaw}, DeepSeek’s law ${deepSeek}`;
    },
  },
  {
    id: 'lora-factor',
    on: ['optimizer.peakLearningRate'],
    source: 'TRL: docs/source/lora_without_regret.md (fitted 9.8)',
    text(plan) {
      const rate = positive(plan, 'optimizer.peakLearningRate');
      if (rate === undefined || plan.values['adapter.kind']?.value !== 'lora') return undefined;
      return `LoRA’s best rate is about ${LORA_FACTOR} times full fine-tuning’s: this one matches ${rateText(rate / LORA_FACTOR)} on all weights`;
    },
  },
  {
    id: 'lion-factor',
    on: ['optimizer.peakLearningRate', 'optimizer.name'],
    source: 'Chen et al. 2023, arXiv 2302.06675; google/automl: lion/README.md',
    text(plan) {
      const rate = positive(plan, 'optimizer.peakLearningRate');
      if (rate === undefined || !/lion/.test(plan.values['optimizer.name']?.value ?? '')) return undefined;
      return `Lion’s rates lie ${LION_FACTOR.low} to ${LION_FACTOR.high} times below AdamW’s: this one matches ${rateText(rate * LION_FACTOR.low)} to ${rateText(rate * LION_FACTOR.high)}; it gains with large batches`;
    },
  },
  {
    id: 'mup-base-rate',
    on: ['optimizer.mup', 'optimizer.peakLearningRate'],
    source: 'Yang et al. 2022, arXiv 2203.03466',
    text(plan) {
      if (plan.values['optimizer.mup']?.value !== true) return undefined;
      return 'A base rate of maximal-update parametrisation: hidden matrices train at it over their width factor, so it is no rate to compare with others';
    },
  },
  {
    id: 'batch-scaling',
    on: ['optimizer.peakLearningRate', 'reference.scalingRule'],
    source:
      'Goyal et al. 2017, arXiv 1706.02677; Malladi et al. 2022, arXiv 2205.10287; Li et al. 2024, arXiv 2405.14578',
    text(plan) {
      const batch = positive(plan, 'batch.global');
      const rate = positive(plan, 'optimizer.peakLearningRate');
      if (batch === undefined || rate === undefined) return undefined;
      if (plan.values['optimizer.name']?.value === 'sgd')
        return `SGD scales with the batch: ${rateText(rate * 2)} at ${countText(batch * 2)}, held up to 8,192 images with warmup`;
      if (!usesAdamScale(plan)) return undefined;
      return `Adam scales with the root of the batch at most: ${rateText(rate * Math.SQRT2)} at ${countText(batch * 2)}; past the noise scale the best rate falls again`;
    },
  },
  {
    id: 'lr-batch-ratio',
    on: ['optimizer.peakLearningRate', 'batch.global'],
    source: 'SmolTulu 2024, arXiv 2412.08347',
    text(plan) {
      const batch = positive(plan, 'batch.global');
      const rate = positive(plan, 'optimizer.peakLearningRate');
      if (batch === undefined || rate === undefined || plan.values['run.fromScratch']?.value !== false)
        return undefined;
      return `Learning rate over batch is ${rateText(rate / batch)}; in fine-tunes of small models reasoning gained from higher ratios, pattern recognition from lower ones`;
    },
  },
];

function recipeText(recipe: Recipe): string {
  const batch =
    recipe.batchTokens === undefined
      ? recipe.globalBatch === undefined
        ? ''
        : ` at ${countText(recipe.globalBatch)} a step`
      : ` at ${countText(recipe.batchTokens)} tokens a step`;
  return `${recipe.name} ${rateText(recipe.peakLearningRate)}${batch} (${recipe.source})`;
}
