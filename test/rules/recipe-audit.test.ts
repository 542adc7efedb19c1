import { describe, expect, it } from 'vitest';
import { plantAll, seriousFindings } from '../../bench/audit/audit.ts';
import { allRecipes } from '../../server/src/scaling/index.ts';

describe('published recipes', () => {
  it.each(allRecipes().map((recipe) => [recipe.id, recipe] as const))(
    '%s draws no warning and no error',
    (_id, recipe) => {
      expect(seriousFindings(recipe)).toEqual([]);
    },
  );
});

describe('mistakes planted in them', () => {
  const planted = plantAll();

  it('are many', () => {
    expect(planted.length).toBeGreaterThan(1000);
    expect(new Set(planted.map((one) => one.mistake)).size).toBeGreaterThan(60);
  });

  it.each([...new Set(planted.map((one) => one.mistake))])('%s', (mistake) => {
    const missed = planted.filter((one) => one.mistake === mistake && (!one.isFound || one.isMended === false));
    expect(missed).toEqual([]);
  });
});
