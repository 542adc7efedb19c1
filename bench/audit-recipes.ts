/**
 * npm run audit:recipes [-- --all]
 *
 * Every published recipe draws no warning and no error, and mistakes planted in it draw the right finding and, where
 * there is one, a fix that mends it. First in the words of real frameworks: each recipe is written as a config file of
 * every framework that can say it, read back by the engine, and its mistakes are mended by text edits. Then as bare plans,
 * for what no such file can say. Prints a line a mistake (--all: a line a recipe, too) and fails on a miss.
 */
import { allRecipes } from '../server/src/scaling/index.ts';
import { plantAll, seriousFindings } from './audit/audit.ts';
import { MISTAKES } from './audit/mistakes.ts';
import { judgeRecipes, plantTexts } from './audit/written-audit.ts';

/** One mistake in one recipe, in a file or as a bare plan. */
interface Row {
  readonly mistake: string;
  readonly recipe: string;
  readonly framework?: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
  readonly isFound: boolean;
  readonly isMended: boolean | undefined;
}

const judged = judgeRecipes();
const alarms = [
  ...judged.flatMap(({ recipe, framework, recognised, misread, serious }) => [
    ...(recognised === framework ? [] : [`${recipe} in ${framework} is taken for ${recognised ?? 'nothing'}`]),
    ...[...misread, ...serious].map((what) => `${recipe} in ${framework}: ${what}`),
  ]),
  ...allRecipes().flatMap((recipe) => seriousFindings(recipe).map((rule) => `${recipe.id} as a plan: ${rule}`)),
];
const inText: readonly Row[] = plantTexts();
const asPlans: readonly Row[] = plantAll();
const missed = [...inText, ...asPlans].filter((row) => !row.isFound || row.isMended === false);

if (process.argv.includes('--all')) printRecipes();
printMistakes();
for (const one of missed)
  console.log(
    `MISSED ${one.mistake} in ${one.recipe}, ${one.framework ?? 'as a plan'}: ${one.isFound ? 'no fix mends it' : `found ${one.found.join(', ') || 'nothing'}`}`,
  );
for (const alarm of alarms) console.log(`FALSE ALARM ${alarm}`);
console.log(
  `${allRecipes().length} recipes, ${judged.length} config files of ${new Set(judged.map(({ framework }) => framework)).size} frameworks, ${alarms.length} false alarms; ${summary(inText)} in files, ${summary(asPlans)} in plans, ${missed.length} missed.`,
);
if (missed.length > 0 || alarms.length > 0) process.exitCode = 1;

function printRecipes(): void {
  for (const { id } of allRecipes()) {
    const frameworks = judged.filter(({ recipe }) => recipe === id).map(({ framework }) => framework);
    console.log(`${id.padEnd(34)}${frameworks.join(' ') || 'as a plan alone'}`);
  }
}

function printMistakes(): void {
  console.log(
    `${'mistake'.padEnd(50)}${'rule'.padEnd(36)}${'files'.padStart(6)}${'mended'.padStart(10)}${'plans'.padStart(7)}${'mended'.padStart(10)}  frameworks`,
  );
  for (const { name, rules } of MISTAKES) {
    const files = inText.filter((row) => row.mistake === name);
    const plans = asPlans.filter((row) => row.mistake === name);
    const frameworks = [...new Set(files.map((row) => row.framework))].join(' ');
    console.log(
      `${name.padEnd(50)}${(rules[0] ?? '').padEnd(36)}${String(files.length).padStart(6)}${mended(files).padStart(10)}${String(plans.length).padStart(7)}${mended(plans).padStart(10)}  ${frameworks}`,
    );
  }
}

function mended(rows: readonly Row[]): string {
  const asked = rows.filter((row) => row.isMended !== undefined);
  return asked.length === 0 ? '–' : `${asked.filter((row) => row.isMended).length}/${asked.length}`;
}

function summary(rows: readonly Row[]): string {
  return `${rows.length} planted mistakes of ${new Set(rows.map(({ mistake }) => mistake)).size} kinds`;
}
