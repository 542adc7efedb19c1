import picomatch from 'picomatch';
import type { Severity } from '../rules/index.ts';
import { parseText, toValue, withLoader } from '../text/index.ts';
import type { WorkspaceFiles } from './linked-files.ts';
import { optional } from './optional.ts';
import { folderOf } from './paths.ts';

export const PROJECT_FILE = 'batchwise.json';

/** What `batchwise.json` says about one config: hardware, data set, severities, and rules suppressed by file. */
export interface ProjectFacts {
  /** The project file itself, for origins. */
  readonly file: string;
  readonly gpu?: string;
  readonly gpus?: number;
  readonly nodes?: number;
  readonly examples?: number;
  readonly meanTokens?: number;
  readonly tokens?: number;
  readonly framework?: string;
  readonly severities: Readonly<Record<string, Severity | 'off'>>;
  readonly suppressions: readonly { readonly rule: string; readonly reason?: string }[];
  /** What relative rules compare the config with, in the order of the file. */
  readonly references: readonly ProjectReference[];
}

/** Another config of the workspace, a published recipe by id or name, or numbers of one's own. */
export type ProjectReference =
  | { readonly kind: 'config'; readonly path: string }
  | { readonly kind: 'recipe'; readonly recipe: string }
  | {
      readonly kind: 'numbers';
      readonly name: string;
      readonly model: string | undefined;
      readonly learningRate: number;
      readonly globalBatch: number | undefined;
      readonly tokensPerStep: number | undefined;
      readonly optimizer: string | undefined;
    };

/** The nearest `batchwise.json` from the config's folder upwards, read for that config; undefined where there is none. */
export function projectFactsFor(file: string, files: WorkspaceFiles): ProjectFacts | undefined {
  for (const folder of files.foldersUp()) {
    const candidate = `${folder}/${PROJECT_FILE}`;
    const text = files.text(candidate);
    if (text === undefined) continue;
    const root = withLoader(parseText(candidate, text, 'json'), 'json').root;
    const value = root === undefined ? undefined : toValue(root);
    return factsOf(candidate, isRecord(value) ? value : {}, file);
  }
  return undefined;
}

function factsOf(projectFile: string, project: Record<string, unknown>, file: string): ProjectFacts {
  const relative = decodeURI(file.slice(folderOf(projectFile).length + 1));
  const matching = listOf(project['overrides']).filter((override) => matches(override['files'], relative));
  // Later overrides win, as in every tool with such a list.
  const layers = [project, ...matching];
  const suppressed = listOf(project['suppressions']).filter((entry) => matches(entry['files'], relative));
  return {
    file: projectFile,
    ...optional(
      'gpu',
      last(layers, (layer) => text(recordOf(layer['hardware'])['gpu'])),
    ),
    ...optional(
      'gpus',
      last(layers, (layer) => count(recordOf(layer['hardware'])['gpus'])),
    ),
    ...optional(
      'nodes',
      last(layers, (layer) => count(recordOf(layer['hardware'])['nodes'])),
    ),
    ...optional(
      'examples',
      last(layers, (layer) => count(recordOf(layer['dataset'])['examples'])),
    ),
    ...optional(
      'meanTokens',
      last(layers, (layer) => count(recordOf(layer['dataset'])['meanTokens'])),
    ),
    ...optional(
      'tokens',
      last(layers, (layer) => count(recordOf(layer['dataset'])['tokens'])),
    ),
    ...optional(
      'framework',
      last(layers, (layer) => text(layer['framework'])),
    ),
    severities: Object.assign({}, ...layers.map((layer) => severitiesOf(layer['rules']))),
    suppressions: suppressed.flatMap((entry) => {
      const rule = text(entry['rule']);
      return rule === undefined ? [] : [{ rule, ...optional('reason', text(entry['reason'])) }];
    }),
    references: listOf(project['references'])
      .filter((entry) => entry['files'] === undefined || matches(entry['files'], relative))
      .flatMap(referenceOf),
  };
}

function referenceOf(entry: Record<string, unknown>): readonly ProjectReference[] {
  const path = text(entry['config']);
  const recipe = text(entry['recipe']);
  const name = text(entry['name']);
  const learningRate = count(entry['learningRate']);
  if (path !== undefined) return [{ kind: 'config', path }];
  if (recipe !== undefined) return [{ kind: 'recipe', recipe }];
  if (name === undefined || learningRate === undefined) return [];
  return [
    {
      kind: 'numbers',
      name,
      model: text(entry['model']),
      learningRate,
      globalBatch: count(entry['globalBatch']),
      tokensPerStep: count(entry['tokensPerStep']),
      optimizer: text(entry['optimizer']),
    },
  ];
}

const SEVERITIES: readonly string[] = ['off', 'hint', 'information', 'warning', 'error'];

function severitiesOf(value: unknown): Record<string, Severity | 'off'> {
  const entries = Object.entries(recordOf(value)).filter(([, severity]) => SEVERITIES.includes(String(severity)));
  // The filter above is the check of the word.
  return Object.fromEntries(entries) as Record<string, Severity | 'off'>;
}

function matches(patterns: unknown, relative: string): boolean {
  const globs = [patterns].flat().filter((pattern): pattern is string => typeof pattern === 'string');
  return globs.some((glob) => picomatch.isMatch(relative, glob.includes('/') ? glob : `**/${glob}`, { dot: true }));
}

function last<T>(
  layers: readonly Record<string, unknown>[],
  read: (layer: Record<string, unknown>) => T | undefined,
): T | undefined {
  return layers.map(read).findLast((value) => value !== undefined);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
