import { findOptimizer } from '../facts/index.ts';
import { type PlanReading, type Reading, recognise } from '../frameworks/index.ts';
import type { FieldName, PlanFields, Sourced, TrainingPlan } from '../plan/index.ts';
import type { ReferencePlan } from '../rules/index.ts';
import { allRecipes, type Recipe, trainingMethod } from '../scaling/index.ts';
import { formatOf, parseText, withLoader } from '../text/index.ts';
import type { WorkspaceFiles } from './linked-files.ts';
import { folderOf, joinPath } from './paths.ts';
import type { ProjectFacts, ProjectReference } from './project-file.ts';

/** What references of one file are made from. */
export interface ReferenceSources {
  readonly reading: Reading;
  readonly project: ProjectFacts | undefined;
  readonly files: WorkspaceFiles;
  /** A plan with what stands outside its config, as the analysed plan has it. */
  readonly inContext: (plan: TrainingPlan) => TrainingPlan;
}

/** Longer file names are cut, so that a message keeps to one line. */
const LONGEST_NAME = 28;

/** Fields by which a parent is the same run with other numbers; any other is another run's config to build on. */
const IDENTITY: readonly FieldName[] = [
  'model.name',
  'model.parameterCount',
  'run.task',
  'run.objective',
  'run.fromScratch',
  'adapter.kind',
];

/**
 * What relative rules may compare a plan with besides its earlier version, the surest first: what `batchwise.json` names,
 * the configs the file builds on, and published runs that start from the same checkpoint in the same way.
 */
export function standingReferences(plan: TrainingPlan, sources: ReferenceSources): readonly ReferencePlan[] {
  return [
    ...(sources.project?.references ?? []).flatMap((reference) => named(reference, plan, sources)),
    ...inherited(plan, sources),
    ...published(plan),
  ];
}

function inherited(plan: TrainingPlan, { reading, inContext }: ReferenceSources): readonly ReferencePlan[] {
  const found = reading.inherited?.plans().find((candidate) => candidate.plan.name === plan.name);
  if (found === undefined) return [];
  const parent = inContext(found.plan);
  const isSameRun = IDENTITY.every((field) => parent.values[field]?.value === plan.values[field]?.value);
  return isSameRun ? [{ label: parentLabel(reading.inherited?.files ?? []), kind: 'parent', plan: parent }] : [];
}

function parentLabel(files: readonly string[]): string {
  const [only] = files;
  return files.length === 1 && only !== undefined ? `the parent config ${fileName(only)}` : 'its parent configs';
}

function named(
  reference: ProjectReference,
  plan: TrainingPlan,
  { project, files, inContext }: ReferenceSources,
): readonly ReferencePlan[] {
  switch (reference.kind) {
    case 'config': {
      const found = configPlan(joinPath(folderOf(project?.file ?? ''), reference.path), plan.name, files);
      return found === undefined
        ? []
        : [{ label: fileName(reference.path), kind: 'named', plan: inContext(found.plan) }];
    }
    case 'recipe': {
      const recipe = allRecipes().find(({ id, name }) => id === reference.recipe || name === reference.recipe);
      return recipe === undefined
        ? []
        : [{ label: recipeLabel(recipe), kind: 'named', plan: planOfRecipe(recipe, plan) }];
    }
    case 'numbers': {
      const isOther = reference.model !== undefined && reference.model !== plan.values['model.name']?.value;
      return isOther ? [] : [{ label: cut(reference.name), kind: 'named', plan: planOfNumbers(reference, plan) }];
    }
  }
}

/** The plan of another config of the workspace: the one of the same name, or its only one. */
function configPlan(file: string | undefined, name: string, files: WorkspaceFiles): PlanReading | undefined {
  const text = file === undefined ? undefined : files.text(file);
  const format = file === undefined ? undefined : formatOf(file);
  if (file === undefined || text === undefined || format === undefined) return undefined;
  const parsed = parseText(file, text, format);
  const adapter = recognise(file, parsed)?.adapter;
  if (adapter === undefined) return undefined;
  const tree = withLoader(parsed, adapter.loader(withLoader(parsed, format === 'yaml' ? 'pyyaml' : format)));
  if (tree.root === undefined) return undefined;
  const { plans } = adapter.read({ file, tree, linked: files });
  return plans.find(({ plan }) => plan.name === name) ?? (plans.length === 1 ? plans[0] : undefined);
}

/** Published runs that start from the same checkpoint, train it in the same way and with the same optimizer. */
function published(plan: TrainingPlan): readonly ReferencePlan[] {
  const model = plan.values['model.name']?.value;
  const optimizer = plan.values['optimizer.name']?.value;
  if (model === undefined || optimizer === undefined) return [];
  const method = trainingMethod(plan.values);
  return allRecipes()
    .filter((recipe) => recipe.startsFrom === model && recipe.method === method)
    .filter((recipe) => isSameOptimizer(recipe.optimizer, optimizer))
    .map((recipe) => ({ label: recipeLabel(recipe), kind: 'recipe', plan: planOfRecipe(recipe, plan) }));
}

function planOfRecipe(recipe: Recipe, plan: TrainingPlan): TrainingPlan {
  return planOfNumbers({ ...recipe, learningRate: recipe.peakLearningRate, tokensPerStep: recipe.batchTokens }, plan, {
    'data.sequenceLength': recipe.sequenceLength,
    'schedule.epochs': recipe.epochs,
    'schedule.totalTokens': recipe.trainedTokens,
  });
}

interface Numbers {
  readonly learningRate: number;
  readonly globalBatch?: number | undefined;
  readonly tokensPerStep?: number | undefined;
  readonly optimizer?: string | undefined;
}

/** Numbers as a plan; an optimizer under another of its names counts as the plan's own. */
function planOfNumbers(
  { learningRate, globalBatch, tokensPerStep, optimizer }: Numbers,
  plan: TrainingPlan,
  more: { readonly [F in FieldName]?: PlanFields[F] | undefined } = {},
): TrainingPlan {
  const own = plan.values['optimizer.name']?.value;
  const isOwn = optimizer === undefined || (own !== undefined && isSameOptimizer(optimizer, own));
  const stated = {
    ...more,
    'optimizer.peakLearningRate': learningRate,
    'optimizer.name': isOwn ? own : optimizer,
    // Numbers that say nothing of packing are meant as the config counts.
    'data.packing': plan.values['data.packing']?.value,
    'batch.global': globalBatch,
    'batch.tokensPerStep': tokensPerStep,
  };
  const values = Object.entries(stated)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]): [string, Sourced<unknown>] => [
      field,
      { value, origin: 'setting', setting: 'the reference' },
    ]);
  return {
    name: plan.name,
    at: plan.at,
    // Each value stands under its own field in the literal above.
    values: Object.fromEntries(values) as TrainingPlan['values'],
    residents: [],
    derivations: [],
    partial: true,
  };
}

function isSameOptimizer(one: string, other: string): boolean {
  const canonical = findOptimizer(one)?.canonical;
  return one === other || (canonical !== undefined && canonical === findOptimizer(other)?.canonical);
}

function recipeLabel(recipe: Recipe): string {
  return `the recipe ${recipe.name}`;
}

function fileName(path: string): string {
  return cut(path.slice(path.lastIndexOf('/') + 1));
}

function cut(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
}
