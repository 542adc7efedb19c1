import {
  type Analysis,
  analyze,
  type EarlierText,
  type FileProvider,
  type Finding,
} from '../../server/src/engine/index.ts';
import type { FieldName } from '../../server/src/plan/index.ts';
import { allRecipes, type Recipe } from '../../server/src/scaling/index.ts';
import { applyEdits } from '../../server/src/text/index.ts';
import { type ConfigWriter, type WrittenConfig, writeConfig } from './config-writer.ts';
import { MISTAKES } from './mistakes.ts';
import type { Mistake } from './plant.ts';
import { type Fields, fieldsOf } from './recipe-plan.ts';
import { CONFIG_WRITERS } from './writers/index.ts';
import { type WrittenRun, writtenRun } from './written-run.ts';

const FOLDER = '/runs';

/** What the engine makes of one recipe in one framework's words. */
export interface JudgedConfig {
  readonly recipe: string;
  readonly framework: string;
  /** The framework the file was taken for. */
  readonly recognised: string | undefined;
  /** Fields the file was read otherwise than it was meant. */
  readonly misread: readonly string[];
  /** Findings of warning or above, with their messages. */
  readonly serious: readonly string[];
  readonly text: string;
}

/** Every recipe in the words of every framework that can say all of it. */
export function judgeRecipes(): readonly JudgedConfig[] {
  return allRecipes().flatMap((recipe) =>
    CONFIG_WRITERS.flatMap((writer) => {
      const run = writtenRun(recipe, fieldsOf(recipe));
      const config = writeConfig(writer, run);
      return config === undefined ? [] : [judged(run, config)];
    }),
  );
}

function judged(run: WrittenRun, config: WrittenConfig): JudgedConfig {
  const analysis = analyse(config, config.text, []);
  return {
    recipe: run.recipe.id,
    framework: config.framework,
    recognised: analysis.framework?.id,
    misread: misread(run, analysis),
    serious: serious(analysis).map(({ rule, message }) => `${rule}: ${message}`),
    text: config.text,
  };
}

/** Numbers that must come through any framework's words unharmed. */
const HELD: readonly FieldName[] = [
  'optimizer.peakLearningRate',
  'batch.global',
  'data.sequenceLength',
  'schedule.totalSteps',
];

function misread(run: WrittenRun, analysis: Analysis): readonly string[] {
  const read = analysis.plans[0]?.plan.values;
  return HELD.filter((field) => {
    const meant = run.values[field];
    const value = read?.[field]?.value;
    return typeof meant === 'number' && (typeof value !== 'number' || Math.abs(value / meant - 1) > 1e-3);
  }).map((field) => `${field} ${run.values[field]} as ${read?.[field]?.value}`);
}

/** What became of one mistake in one recipe in the words of one framework. */
export interface PlantedText {
  readonly mistake: string;
  readonly recipe: string;
  readonly framework: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
  readonly isFound: boolean;
  /** Whether one of its fixes, applied to the text, mends it; undefined where no fix is asked for. */
  readonly isMended: boolean | undefined;
  readonly text: string;
}

/** Every mistake in every recipe, in the words of every framework that can say it; in the first `most` recipes of each. */
export function plantTexts(most = Number.POSITIVE_INFINITY): readonly PlantedText[] {
  return MISTAKES.flatMap((mistake) =>
    CONFIG_WRITERS.flatMap((writer) => {
      const rows: PlantedText[] = [];
      for (const recipe of allRecipes()) {
        const fields = fieldsOf(recipe);
        const planted = rows.length < most ? mistake.plant(recipe, fields) : undefined;
        if (planted !== undefined) rows.push(...plantedText(writer, mistake, { recipe, fields, planted }));
      }
      return rows;
    }),
  );
}

interface Planting {
  readonly recipe: Recipe;
  readonly fields: Fields;
  readonly planted: Fields;
}

function plantedText(
  writer: ConfigWriter,
  mistake: Mistake,
  { recipe, fields, planted }: Planting,
): readonly PlantedText[] {
  const config = writeConfig(writer, writtenRun(recipe, planted));
  const sound = writeConfig(writer, writtenRun(recipe, fields));
  const earlier = earlierText(writer, mistake, { recipe, fields, planted });
  // A file that reads the same with the mistake in it cannot hold it.
  if (config === undefined || earlier === undefined || isSame(config, sound)) return [];
  if (writer.unread?.some((field) => fields[field] !== planted[field]) === true) return [];
  const analysis = analyse(config, config.text, earlier);
  const rules = [...mistake.rules, ...(mistake.inOwnWords ?? [])];
  const hits = analysis.findings.filter(({ rule }) => rules.includes(rule));
  const mendable = hits.filter(({ rule }) => rule === mistake.rules[0]);
  const asksMend = mistake.fixes !== undefined && mendable.length > 0 && mistake.isBeyondMending?.(recipe) !== true;
  return [
    {
      mistake: mistake.name,
      recipe: recipe.id,
      framework: writer.framework,
      expected: rules,
      found: analysis.findings.map(({ rule }) => rule),
      isFound: hits.length > 0,
      isMended: asksMend ? mendable.some((hit) => isMended(hit, config, analysis, earlier)) : undefined,
      text: config.text,
    },
  ];
}

function isSame(one: WrittenConfig, other: WrittenConfig | undefined): boolean {
  return other !== undefined && one.text === other.text && one.project === other.project;
}

function earlierText(
  writer: ConfigWriter,
  mistake: Mistake,
  { recipe, fields }: Planting,
): readonly EarlierText[] | undefined {
  if (mistake.head === undefined) return [];
  const before = writeConfig(writer, writtenRun(recipe, mistake.head === true ? fields : mistake.head(recipe, fields)));
  return before === undefined ? undefined : [{ label: 'HEAD', kind: 'head', text: before.text }];
}

/** The finding is gone after one of its fixes, and nothing serious came in its place. */
function isMended(hit: Finding, config: WrittenConfig, before: Analysis, earlier: readonly EarlierText[]): boolean {
  const known = new Set(serious(before).map(({ rule }) => rule));
  return hit.fixes.some(({ edits }) => {
    const own = edits.filter(({ file }) => file === before.file);
    if (own.length !== edits.length || own.length === 0) return false;
    const after = analyse(config, applyEdits(config.text, own), earlier);
    return !after.findings.some(({ rule }) => rule === hit.rule) && serious(after).every(({ rule }) => known.has(rule));
  });
}

function serious({ findings }: Analysis): readonly Finding[] {
  return findings.filter(({ severity }) => severity === 'warning' || severity === 'error');
}

function analyse(config: WrittenConfig, text: string, earlier: readonly EarlierText[]): Analysis {
  const file = `${FOLDER}/${config.file}`;
  const files: FileProvider = {
    roots: [FOLDER],
    read: (name) =>
      name === `${FOLDER}/batchwise.json` ? { kind: 'text', text: config.project } : { kind: 'missing' },
  };
  return analyze({ file, text, files, settings: {}, earlier });
}
