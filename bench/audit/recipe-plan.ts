import {
  completePlan,
  type Objective,
  type PlanFields,
  type Task,
  type TrainingPlan,
} from '../../server/src/plan/index.ts';
import type { Recipe, TrainingMethod } from '../../server/src/scaling/index.ts';
import { planOf } from '../../test/rules/plan-of.ts';

export type Fields = Parameters<typeof planOf>[0];

/** What each method's recipes state beside their numbers. */
const METHOD_FIELDS: Record<TrainingMethod, Partial<PlanFields>> = {
  pretraining: language('pretraining', { 'run.fromScratch': true, 'adapter.kind': 'none' }),
  'continued-pretraining': language('pretraining', { 'run.fromScratch': false, 'adapter.kind': 'none' }),
  'full-sft': language('sft', { 'adapter.kind': 'none' }),
  'lora-sft': language('sft', { 'adapter.kind': 'lora' }),
  'full-preference': language('dpo', { 'adapter.kind': 'none' }),
  'lora-preference': language('dpo', { 'adapter.kind': 'lora' }),
  'full-rl': language('grpo', { 'adapter.kind': 'none' }),
  'lora-rl': language('grpo', { 'adapter.kind': 'lora' }),
  'reward-model': language('reward', { 'adapter.kind': 'none' }),
  'encoder-fine-tuning': { 'run.task': 'classification', 'run.fromScratch': false, 'adapter.kind': 'none' },
  'control-rl': { 'run.task': 'reinforcement-learning' },
  'self-supervised-vision': { 'run.task': 'self-supervised-vision', 'run.fromScratch': true },
  'image-classification': { 'run.task': 'image-classification', 'run.fromScratch': true, 'adapter.kind': 'none' },
  detection: { 'run.task': 'detection', 'adapter.kind': 'none' },
};

function language(objective: Objective, more: Partial<PlanFields>): Partial<PlanFields> {
  const task: Task = 'causal-lm';
  return { 'run.task': task, 'run.objective': objective, ...more };
}

/** Every field a recipe states, as if written in a file. */
export function fieldsOf(recipe: Recipe): Fields {
  const numbers: Partial<Record<keyof PlanFields, unknown>> = {
    'optimizer.name': recipe.optimizer,
    'optimizer.peakLearningRate': recipe.peakLearningRate,
    'optimizer.beta1': recipe.beta1,
    'optimizer.beta2': recipe.beta2,
    'optimizer.weightDecay': recipe.weightDecay,
    'optimizer.mup': recipe.mup,
    'model.parameterCount': recipe.parameterCount,
    'batch.global': recipe.globalBatch,
    'batch.tokensPerStep': recipe.batchTokens,
    'data.sequenceLength': recipe.sequenceLength,
    'schedule.totalTokens': recipe.trainedTokens,
    'schedule.epochs': recipe.epochs,
    'schedule.warmupSteps': recipe.warmupSteps,
    'schedule.warmupRatio': recipe.warmupRatio,
    'schedule.kind': recipe.schedule,
  };
  const stated = Object.entries(numbers).filter(([, value]) => value !== undefined);
  // Each number stands under its own field; what a recipe does not state is left out.
  return { ...METHOD_FIELDS[recipe.method], ...(Object.fromEntries(stated) as Fields) };
}

/** Fields as the plan the engine would make of them. */
export function planFrom(fields: Fields): TrainingPlan {
  return completePlan(planOf(fields));
}
