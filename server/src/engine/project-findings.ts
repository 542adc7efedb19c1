import { nearest } from '../frameworks/kit/schema-issues.ts';
import { describeKeyIssue } from '../rules/index.ts';
import { allRecipes } from '../scaling/index.ts';
import { type ConfigNode, type ParsedText, withLoader } from '../text/index.ts';
import { PROJECT_FILE } from './project-file.ts';
import type { Finding } from './types.ts';

/** What `batchwise.json` itself says in vain: published recipes that nobody knows, where they stand. */
export function projectFindings(file: string, parsed: ParsedText): readonly Finding[] {
  if (!file.endsWith(`/${PROJECT_FILE}`)) return [];
  const references = entryOf(withLoader(parsed, 'json').root, 'references');
  const entries = references?.kind === 'seq' ? references.items : [];
  return entries.flatMap((entry, index) => {
    const recipe = entryOf(entry, 'recipe');
    return recipe?.kind === 'scalar' && typeof recipe.value === 'string'
      ? unknownRecipe(file, recipe, recipe.value, `references[${index}].recipe`)
      : [];
  });
}

function unknownRecipe(file: string, node: ConfigNode, recipe: string, key: string): readonly Finding[] {
  const recipes = allRecipes();
  if (recipes.some(({ id, name }) => id === recipe || name === recipe)) return [];
  const near = nearest(
    recipe,
    recipes.flatMap(({ id, name }) => [id, name]),
  );
  const expected = near ?? 'the id or name of a published recipe';
  const data = { found: recipe, expected, reader: 'Batchwise' };
  const { rule, severity, message } = describeKeyIssue({ kind: 'not-allowed', key, data, effect: 'dropped' });
  const at = { file, ...node.range };
  const edits = near === undefined ? [] : [{ file, ...node.range, text: JSON.stringify(near) }];
  const fixes =
    near === undefined ? [] : [{ title: `Compare with ${near}`, safety: 'changes-training' as const, edits }];
  return [{ rule, severity, message, at, related: [], fixes }];
}

function entryOf(node: ConfigNode | undefined, name: string): ConfigNode | undefined {
  return node?.kind === 'map' ? node.entries.find(({ key }) => key === name)?.value : undefined;
}
