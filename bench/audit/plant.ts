import type { FieldName } from '../../server/src/plan/index.ts';
import { bandOf, type Recipe, stepLawOptimalBatch, type TrainingMethod } from '../../server/src/scaling/index.ts';
import type { Fields } from './recipe-plan.ts';

/** A mistake people make, to be planted in recipes. */
export interface Mistake {
  readonly name: string;
  /** Any of these finds it. */
  readonly rules: readonly string[];
  /** The recipe's fields with the mistake in them; undefined where it does not apply. */
  plant(recipe: Recipe, fields: Fields): Fields | undefined;
  /** The recipe before, where the mistake is in the change; `true`: the recipe as published. */
  readonly head?: true | ((recipe: Recipe, fields: Fields) => Fields);
  /** The field that one of the fixes of the first rule mends; the finding is gone then. */
  readonly fixes?: FieldName;
  /** What a framework's own words make of it, where its keys cannot hold the mistake as such. */
  readonly inOwnWords?: readonly string[];
  /** Recipes in which any mend would be a mistake of another kind, and none is offered. */
  readonly isBeyondMending?: (recipe: Recipe) => boolean;
}

export const LARGE = 2e9;

export const isMethod =
  (...methods: readonly TrainingMethod[]) =>
  (recipe: Recipe): boolean =>
    methods.includes(recipe.method);
export const isAdamScale = (recipe: Recipe): boolean => recipe.optimizer.startsWith('adam') && recipe.mup !== true;
export const isOnImages = isMethod('self-supervised-vision', 'image-classification', 'detection');
export const isLanguage = (recipe: Recipe): boolean =>
  !isOnImages(recipe) && !isMethod('control-rl', 'encoder-fine-tuning')(recipe);

/** Adds fields to every recipe that passes. */
export const adding =
  (more: Fields, applies: (recipe: Recipe) => boolean = () => true): Mistake['plant'] =>
  (recipe, fields) =>
    applies(recipe) ? { ...fields, ...more } : undefined;

export const rate =
  (learningRate: number, applies: (recipe: Recipe) => boolean): Mistake['plant'] =>
  (recipe, fields) =>
    applies(recipe) && isAdamScale(recipe) ? { ...fields, 'optimizer.peakLearningRate': learningRate } : undefined;

/** Past the optimal batch of pretraining no larger rate helps, and no rule scales LARS or Adafactor. */
export const isScalable = (recipe: Recipe, times: number): boolean =>
  isAdamScale(recipe) &&
  (recipe.trainedTokens === undefined || (recipe.batchTokens ?? 0) * times < stepLawOptimalBatch(recipe.trainedTokens));

/** The rate that the square-root rule gives lies where another rule warns. */
export const scalesPastBand =
  (times: number) =>
  (recipe: Recipe): boolean => {
    const band = bandOf(recipe.method, recipe.parameterCount ?? LARGE);
    return band !== undefined && recipe.peakLearningRate * Math.sqrt(times) > band.noticeAbove;
  };

/** The batch `times` as large, all else as published. */
export const larger =
  (times: number): Mistake['plant'] =>
  (recipe, fields) => {
    if (recipe.globalBatch === undefined || !isScalable(recipe, times)) return undefined;
    const tokens = recipe.batchTokens === undefined ? {} : { 'batch.tokensPerStep': recipe.batchTokens * times };
    return { ...fields, 'batch.global': recipe.globalBatch * times, ...tokens };
  };

export const isPretraining = isMethod('pretraining');
export const hasHorizon = (recipe: Recipe): boolean =>
  isPretraining(recipe) &&
  isAdamScale(recipe) &&
  recipe.trainedTokens !== undefined &&
  recipe.parameterCount !== undefined;

/** A run of 1,000 steps, so that schedules have an end. */
export const SHORT: Fields = { 'schedule.totalSteps': 1000 };
export const withoutTokens = ({
  'schedule.totalTokens': _tokens,
  'schedule.epochs': _epochs,
  'schedule.warmupRatio': _ratio,
  ...rest
}: Fields): Fields => rest;

/** The batch in tokens alone, whatever the recipe counts it in. */
export const withTokensPerStep = ({ 'batch.global': _global, ...rest }: Fields, tokens: number): Fields => ({
  ...rest,
  'batch.tokensPerStep': tokens,
});

export const shortRun =
  (more: Fields, applies: (recipe: Recipe) => boolean = () => true): Mistake['plant'] =>
  (recipe, fields) =>
    applies(recipe) ? { ...withoutTokens(fields), ...SHORT, ...more } : undefined;

/** One recipe stands for mistakes that have nothing to do with the numbers of a recipe. */
export const once =
  (id: string) =>
  (recipe: Recipe): boolean =>
    recipe.id === id;
export const SFT = once('zephyr-7b-beta-sft');
export const TORCHTUNE_SFT = once('torchtune-mistral-7b-full');
export const LORA = once('zephyr-7b-beta-sft-qlora');
export const GRPO = once('trl-default-grpo');
export const PPO = once('ppo-atari');
export const TINY = once('tinyllama-1-1b');
