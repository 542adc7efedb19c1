import catalogue from '../../data/recipes.json';
import type { TrainingPlan } from '../plan/index.ts';
import { bandOf, type LearningRateBand } from './learning-rate-bands.ts';
import { type TrainingMethod, trainingMethod } from './training-method.ts';

/** A published training recipe: one row of server/data/recipes.json. */
export interface Recipe {
  readonly id: string;
  readonly name: string;
  readonly method: TrainingMethod;
  /** Hub name of the checkpoint that the run starts from, where no other run of note starts from it in the same way. */
  readonly startsFrom?: string;
  /** Canonical optimizer name. */
  readonly optimizer: string;
  readonly peakLearningRate: number;
  /** Parameters; non-embedding ones where the publication counts so, active ones of a mixture of experts. */
  readonly parameterCount?: number;
  /** Sequences (images, pairs) one optimizer step averages over. */
  readonly globalBatch?: number;
  readonly batchTokens?: number;
  readonly sequenceLength?: number;
  readonly trainedTokens?: number;
  readonly epochs?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly weightDecay?: number;
  readonly warmupSteps?: number;
  readonly warmupTokens?: number;
  readonly warmupRatio?: number;
  readonly schedule?: string;
  /** Base learning rate of a maximal-update parametrisation: not comparable with the others. */
  readonly mup?: boolean;
  /** A demonstration that a repository ships, not a run with a published result. */
  readonly demo?: boolean;
  /** Whether the numbers were read in the source, or recalled. */
  readonly checked: 'read' | 'recalled';
  readonly source: string;
  readonly note?: string;
}

/** All published recipes the project knows. */
export function allRecipes(): readonly Recipe[] {
  // The rows' form is held by test/scaling/recipes.test.ts; the inferred union of literal shapes is too narrow to use.
  return catalogue.recipes as readonly Recipe[];
}

/** Recipes within this factor of the plan's parameter count are of its size. */
const SIZE_DECADE = 10;

/** How many neighbours a hover or the panel shows. */
const NEIGHBOURS = 5;

/** Where published recipes of a plan's method and size sit. */
export interface LearningRateContext {
  readonly method: TrainingMethod;
  /** Absent where the optimizer's scale is not Adam's or the size is unknown. */
  readonly band: LearningRateBand | undefined;
  /** Recipes of the same method and size decade, the nearest in size first. */
  readonly nearest: readonly Recipe[];
}

/**
 * The band and the nearest published recipes of a plan, for hovers and the panel.
 * Undefined where the method is unknown. The caller decides whether the plan's optimizer is on Adam's scale.
 */
export function describeLearningRate(plan: TrainingPlan): LearningRateContext | undefined {
  const method = trainingMethod(plan.values);
  if (method === undefined) return undefined;
  const parameterCount = plan.values['model.activeParameterCount']?.value ?? plan.values['model.parameterCount']?.value;
  const comparable = allRecipes().filter((recipe) => recipe.method === method && recipe.mup !== true);
  return {
    method,
    band: bandOf(method, parameterCount),
    nearest: nearestBySize(comparable, parameterCount).slice(0, NEIGHBOURS),
  };
}

function nearestBySize(recipes: readonly Recipe[], parameterCount: number | undefined): readonly Recipe[] {
  if (parameterCount === undefined || parameterCount <= 0) return recipes;
  const distance = (recipe: Recipe) => Math.abs(Math.log((recipe.parameterCount ?? parameterCount) / parameterCount));
  return recipes
    .filter((recipe) => recipe.parameterCount !== undefined && distance(recipe) <= Math.log(SIZE_DECADE) / 2)
    .toSorted((a, b) => distance(a) - distance(b));
}
