import { describe, expect, it } from 'vitest';
import { allRecipes, bandOf, describeLearningRate, learningRateCeiling } from '../../server/src/scaling/index.ts';
import { planOf } from '../rules/plan-of.ts';

describe('published recipes', () => {
  it.each(allRecipes().map((recipe) => [recipe.id, recipe] as const))('%s is a sound row', (id, recipe) => {
    expect(id).toMatch(/^[a-z0-9-]+$/);
    expect(recipe.source).toMatch(/\S/);
    expect(['read', 'recalled']).toContain(recipe.checked);
    expect(recipe.peakLearningRate).toBeGreaterThan(0);
    for (const count of [recipe.parameterCount, recipe.globalBatch, recipe.batchTokens, recipe.sequenceLength]) {
      if (count !== undefined) expect(Number.isInteger(count) && count > 0).toBe(true);
    }
  });

  it('have ids of their own', () => {
    const ids = allRecipes().map((recipe) => recipe.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lie under the warning bound of their own band', () => {
    for (const recipe of allRecipes()) {
      if (recipe.optimizer === 'lars' || recipe.optimizer === 'adafactor' || recipe.mup === true) continue;
      const band = bandOf(recipe.method, recipe.parameterCount);
      if (band !== undefined) expect(recipe.peakLearningRate, recipe.id).toBeLessThanOrEqual(band.warnAbove);
    }
  });

  it('of pretraining lie at or under the ceiling of the absolute laws', () => {
    for (const recipe of allRecipes()) {
      if (recipe.method !== 'pretraining' || recipe.mup === true || recipe.optimizer === 'adafactor') continue;
      if (recipe.parameterCount === undefined || recipe.trainedTokens === undefined) continue;
      const ceiling = learningRateCeiling({ parameters: recipe.parameterCount, trainedTokens: recipe.trainedTokens });
      expect(recipe.peakLearningRate, recipe.id).toBeLessThanOrEqual(ceiling * 1.05);
    }
  });
});

describe('describing a learning rate', () => {
  it('names the band and the nearest recipes of the same method and size', () => {
    const described = describeLearningRate(
      planOf({
        'run.task': 'causal-lm',
        'run.objective': 'sft',
        'adapter.kind': 'none',
        'model.parameterCount': 8_030_000_000,
      }),
    );
    expect(described?.method).toBe('full-sft');
    expect(described?.band?.usual).toEqual([2e-6, 4e-5]);
    expect(described?.nearest[0]?.parameterCount).toBe(8_030_000_000);
    expect(described?.nearest.every((recipe) => recipe.method === 'full-sft')).toBe(true);
  });

  it('says nothing of a plan whose method is unknown', () => {
    expect(describeLearningRate(planOf({ 'optimizer.peakLearningRate': 1 }))).toBeUndefined();
  });
});
