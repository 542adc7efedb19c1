/**
 * npm run audit:recipes [-- --all]
 *
 * Every published recipe draws no warning and no error, and mistakes planted in them draw the right finding and, where
 * there is one, a fix that mends them. Prints a line a mistake (--all: a line a recipe, too) and fails on a miss.
 */
import { allRecipes } from '../server/src/scaling/index.ts';
import { type Planted, plantAll, seriousFindings } from './audit/audit.ts';

const falseAlarms = allRecipes().flatMap((recipe) => seriousFindings(recipe).map((rule) => `${recipe.id}: ${rule}`));
const planted = plantAll();
const missed = planted.filter((one) => !one.isFound || one.isMended === false);

console.log(
  'mistake                                             rule                                  recipes  found  mended',
);
for (const [name, rows] of groupedByMistake(planted)) {
  const asked = rows.filter((row) => row.isMended !== undefined);
  const mended = asked.length === 0 ? '–' : `${asked.filter((row) => row.isMended).length}/${asked.length}`;
  const found = rows.filter((row) => row.isFound).length;
  console.log(
    `${name.padEnd(52)}${(rows[0]?.expected[0] ?? '').padEnd(38)}${String(rows.length).padStart(7)}${String(found).padStart(7)}${mended.padStart(8)}`,
  );
}
for (const one of missed)
  console.log(
    `MISSED ${one.mistake} in ${one.recipe}: ${one.isFound ? 'no fix mends it' : `found ${one.found.join(', ') || 'nothing'}`}`,
  );
for (const alarm of falseAlarms) console.log(`FALSE ALARM ${alarm}`);
console.log(
  `${allRecipes().length} recipes, ${falseAlarms.length} false alarms; ${planted.length} planted mistakes of ${groupedByMistake(planted).size} kinds, ${planted.length - missed.length} found and mended.`,
);
if (missed.length > 0 || falseAlarms.length > 0) process.exitCode = 1;

function groupedByMistake(rows: readonly Planted[]): ReadonlyMap<string, readonly Planted[]> {
  const groups = new Map<string, Planted[]>();
  for (const row of rows) groups.set(row.mistake, [...(groups.get(row.mistake) ?? []), row]);
  return groups;
}
