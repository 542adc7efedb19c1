import { findOptimizer } from '../facts/index.ts';
import type { TrainingPlan } from '../plan/index.ts';
import type { PanelRates } from '../protocol/index.ts';
import { describeLearningRate, type Recipe, scaleLinear, scaleSquareRoot } from '../scaling/index.ts';
import type { PlanAnalysis } from './types.ts';
import { rateText } from './value-text.ts';

const METHOD_TITLES: Readonly<Record<string, string>> = {
  pretraining: 'pretraining',
  'continued-pretraining': 'continued pretraining',
  'full-sft': 'full SFT',
  'lora-sft': 'LoRA SFT',
  'full-preference': 'preference training',
  'lora-preference': 'LoRA preference training',
  'full-rl': 'RL',
  'lora-rl': 'LoRA RL',
  'reward-model': 'reward model',
  'encoder-fine-tuning': 'encoder fine-tuning',
  'control-rl': 'control RL',
  'self-supervised-vision': 'self-supervised vision',
  'image-classification': 'image classification',
  detection: 'detection',
};

/** Learning rate against tokens a step: this plan, its version at HEAD with the rule's answer, published recipes and their band. */
export function rateChart({ plan, references }: PlanAnalysis): PanelRates | undefined {
  const here = pointOf(plan);
  if (here === undefined) return undefined;
  const head = references.find((reference) => reference.kind === 'head');
  const before = head === undefined ? undefined : pointOf(head.plan);
  const moved =
    before !== undefined && (before.tokensPerStep !== here.tokensPerStep || before.learningRate !== here.learningRate);
  const isAdam = usesAdamScale(plan);
  const context = isAdam ? describeLearningRate(plan) : undefined;
  return {
    title:
      context === undefined
        ? 'Learning rate against batch'
        : `Learning rate against batch, ${METHOD_TITLES[context.method] ?? context.method}`,
    here,
    recipes: (context?.nearest ?? []).flatMap(recipePoint),
    ...(context?.band === undefined
      ? {}
      : {
          band: {
            low: context.band.usual[0],
            high: context.band.usual[1],
            note: `where published ${METHOD_TITLES[context.method] ?? context.method} recipes lie`,
          },
        }),
    ...(moved && head !== undefined
      ? { head: { ...before, label: head.label }, scaled: scaledPoint(before, here, isAdam) }
      : {}),
  };
}

interface Point {
  readonly tokensPerStep: number;
  readonly learningRate: number;
}

function pointOf({ values }: TrainingPlan): Point | undefined {
  const tokensPerStep = values['batch.tokensPerStep']?.value;
  const learningRate = values['optimizer.peakLearningRate']?.value;
  return tokensPerStep === undefined || learningRate === undefined ? undefined : { tokensPerStep, learningRate };
}

/** What the relative rule of the optimizer's kind makes of HEAD's rate at the present batch. */
function scaledPoint(before: Point, here: Point, isAdam: boolean): Point & { readonly label: string } {
  const scale = isAdam ? scaleSquareRoot : scaleLinear;
  const learningRate = scale(before.learningRate, before.tokensPerStep, here.tokensPerStep);
  return {
    tokensPerStep: here.tokensPerStep,
    learningRate,
    label: `${isAdam ? 'square root' : 'linear'} from HEAD: ${rateText(learningRate)}`,
  };
}

function usesAdamScale(plan: TrainingPlan): boolean {
  const name = plan.values['optimizer.name']?.value;
  return name !== undefined && findOptimizer(name)?.absoluteLearningRateBandsApply === true;
}

/** A recipe's point, where its batch is published in tokens or can be told in them. */
function recipePoint(recipe: Recipe): PanelRates['recipes'] {
  const tokensPerStep =
    recipe.batchTokens ??
    (recipe.globalBatch !== undefined && recipe.sequenceLength !== undefined
      ? recipe.globalBatch * recipe.sequenceLength
      : undefined);
  return tokensPerStep === undefined
    ? []
    : [{ label: recipe.name, tokensPerStep, learningRate: recipe.peakLearningRate, source: recipe.source }];
}
