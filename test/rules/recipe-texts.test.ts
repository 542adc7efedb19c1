import { describe, expect, it } from 'vitest';
import { judgeRecipes, plantTexts } from '../../bench/audit/written-audit.ts';
import { allRecipes } from '../../server/src/scaling/index.ts';

const judged = judgeRecipes();

/** Recipes of language models, which several frameworks can say. */
const LANGUAGE_METHODS = /^(pretraining|continued-pretraining|(full|lora)-(sft|preference|rl)|reward-model)$/;

describe('published recipes, written as config files', () => {
  it.each(judged.map((one) => [`${one.recipe} in the words of ${one.framework}`, one] as const))('%s', (_name, one) => {
    expect(one.recognised).toBe(one.framework);
    expect(one.misread).toEqual([]);
    expect(one.serious).toEqual([]);
  });

  it.each(allRecipes().filter(({ method }) => LANGUAGE_METHODS.test(method)))(
    '$id is said by two frameworks',
    ({ id }) => {
      expect(judged.filter(({ recipe }) => recipe === id).length).toBeGreaterThanOrEqual(2);
    },
  );
});

describe('mistakes planted in the files', () => {
  // All of them take a minute: npm run audit:recipes.
  const planted = plantTexts(2);

  it('are many', () => {
    expect(planted.length).toBeGreaterThan(250);
    expect(new Set(planted.map(({ mistake }) => mistake)).size).toBeGreaterThan(50);
  });

  it.each([...new Set(planted.map(({ mistake }) => mistake))])('%s', (mistake) => {
    const missed = planted
      .filter((one) => one.mistake === mistake && (!one.isFound || one.isMended === false))
      .map(({ recipe, framework, found }) => `${recipe} ${framework}: ${found.join(' ')}`);
    expect(missed).toEqual([]);
  });
});
