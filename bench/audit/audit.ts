import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { type Fix, type ReferencePlan, RULES, type RuleFinding } from '../../server/src/rules/index.ts';
import { allRecipes, type Recipe } from '../../server/src/scaling/index.ts';
import { applyEdits, runRule } from '../../test/rules/test-rule.ts';
import { MISTAKES } from './mistakes.ts';
import type { Mistake } from './plant.ts';
import { type Fields, fieldsOf, planFrom } from './recipe-plan.ts';

/** Findings of warning or above that a published recipe draws. */
export function seriousFindings(recipe: Recipe): readonly string[] {
  return findingsOf(planFrom(fieldsOf(recipe)), [])
    .filter(({ severity }) => severity === 'warning' || severity === 'error')
    .map((finding) => finding.rule);
}

/** What became of one mistake planted in one recipe. */
export interface Planted {
  readonly mistake: string;
  readonly recipe: string;
  readonly expected: readonly string[];
  /** What was found; empty where the mistake went unnoticed. */
  readonly found: readonly string[];
  readonly isFound: boolean;
  /** Whether one of its fixes mends it; undefined where no fix is asked for. */
  readonly isMended: boolean | undefined;
}

/** Every mistake in every recipe it can be made in. */
export function plantAll(): readonly Planted[] {
  return MISTAKES.flatMap((mistake) =>
    allRecipes().flatMap((recipe) => {
      const fields = fieldsOf(recipe);
      const planted = mistake.plant(recipe, fields);
      return planted === undefined ? [] : [plantedOne(mistake, recipe, fields, planted)];
    }),
  );
}

function plantedOne(mistake: Mistake, recipe: Recipe, fields: Fields, planted: Fields): Planted {
  const plan = planFrom(planted);
  const references = headOf(mistake, recipe, fields);
  const findings = findingsOf(plan, references);
  const hits = findings.filter((finding) => mistake.rules.includes(finding.rule));
  return {
    mistake: mistake.name,
    recipe: recipe.id,
    expected: mistake.rules,
    found: findings.map((finding) => finding.rule),
    isFound: hits.length > 0,
    isMended: mistake.fixes === undefined ? undefined : hits.some((hit) => isMended(hit, mistake, plan, references)),
  };
}

function headOf(mistake: Mistake, recipe: Recipe, fields: Fields): readonly ReferencePlan[] {
  if (mistake.head === undefined) return [];
  const before = mistake.head === true ? fields : mistake.head(recipe, fields);
  return [{ label: 'HEAD', kind: 'head', plan: planFrom(before) }];
}

function isMended(
  hit: RuleFinding,
  mistake: Mistake,
  plan: TrainingPlan,
  references: readonly ReferencePlan[],
): boolean {
  const touches = (fix: Fix) => fix.edits.some((edit) => ('set' in edit ? edit.set : edit.unset) === mistake.fixes);
  return hit.fixes
    .filter(touches)
    .some((fix) => !findingsOf(applyEdits(plan, fix.edits), references).some(({ rule }) => rule === hit.rule));
}

function findingsOf(plan: TrainingPlan, references: readonly ReferencePlan[]): readonly RuleFinding[] {
  return RULES.flatMap((rule) => runRule(rule, { plan, references }));
}
