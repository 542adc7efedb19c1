import { describe, expect, it } from 'vitest';
import { COMMON_DERIVATIONS, deriveValues } from '../../server/src/plan/derive.ts';
import type { Objective, PlanFields, PlanValues, Task } from '../../server/src/plan/index.ts';
import { RULES } from '../../server/src/rules/index.ts';
import { allRecipes, type Recipe, type TrainingMethod } from '../../server/src/scaling/index.ts';
import { planOf } from './plan-of.ts';
import { runRule } from './test-rule.ts';

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
};

function language(objective: Objective, more: Partial<PlanFields>): Partial<PlanFields> {
  const task: Task = 'causal-lm';
  return { 'run.task': task, 'run.objective': objective, ...more };
}

describe('published recipes', () => {
  it.each(allRecipes().map((recipe) => [recipe.id, recipe] as const))(
    '%s draws no warning and no error',
    (_id, recipe) => {
      expect(seriousFindings(recipe)).toEqual([]);
    },
  );
});

describe('recipes with a planted mistake', () => {
  const planted: readonly [string, Partial<Recipe>, string][] = [
    ['zephyr-7b-beta-sft', { peakLearningRate: 2e-4 }, 'full-finetune-lr-lora-sized'],
    ['zephyr-7b-beta-dpo', { peakLearningRate: 2e-5 }, 'preference-lr-too-high'],
    ['zephyr-7b-beta-sft-qlora', { peakLearningRate: 2e-2 }, 'learning-rate-above-band'],
    ['trl-default-grpo', { peakLearningRate: 1e-4 }, 'rl-lr-too-high'],
    ['tinyllama-1-1b', { peakLearningRate: 4e-2 }, 'pretraining-lr-above-laws'],
    ['olmo2-1b', { batchTokens: 200_000_000, globalBatch: 48_828 }, 'batch-past-critical'],
    ['nanogpt-gpt-2-124m', { weightDecay: 100 }, 'weight-decay-forgets-run'],
    ['ppo-atari', { peakLearningRate: 0.25 }, 'learning-rate-above-band'],
    ['smollm-finemath-3b', { peakLearningRate: 5e-3 }, 'learning-rate-above-band'],
  ];

  it.each(planted)('%s with %o', (id, mistake, rule) => {
    const recipe = allRecipes().find((candidate) => candidate.id === id);
    expect(recipe).toBeDefined();
    if (recipe === undefined) return;
    expect(seriousFindings({ ...recipe, ...mistake })).toContain(rule);
  });
});

function seriousFindings(recipe: Recipe): readonly string[] {
  const stated = planOf({ ...METHOD_FIELDS[recipe.method], ...numbersOf(recipe) });
  const values: PlanValues = deriveValues(stated.values, COMMON_DERIVATIONS);
  const plan = { ...stated, values };
  return RULES.flatMap((rule) => runRule(rule, { plan }))
    .filter(({ severity }) => severity === 'warning' || severity === 'error')
    .map((finding) => finding.rule);
}

function numbersOf(recipe: Recipe): Partial<PlanFields> {
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
  // Each number stands under its own field; what a recipe does not state is left out.
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)) as Partial<PlanFields>;
}
