import { allModels, type ModelFacts } from '../../server/src/facts/index.ts';
import type { ModelShape } from '../../server/src/facts/types.ts';
import type { FieldName, PlanFields } from '../../server/src/plan/index.ts';
import type { Recipe } from '../../server/src/scaling/index.ts';
import { isOnImages } from './plant.ts';
import type { Fields } from './recipe-plan.ts';

/** Plain values by field. */
export type Values = { readonly [F in FieldName]?: PlanFields[F] | undefined };

/** A recipe with every number that a config file needs: a model, a batch split over GPUs, a length in steps. */
export interface WrittenRun {
  readonly recipe: Recipe;
  /** What is to be said, the split batch and the steps included. */
  readonly values: Values;
  readonly model: ModelFacts & { readonly shape: ModelShape };
  /** GPUs of the run. */
  readonly ranks: number;
}

const USUAL_LENGTH = 2048;
const USUAL_RANKS = 8;
const MOST_RANKS = 64;
const MOST_SAMPLES_A_RANK = 4;
const USUAL_SIZE = 7e9;

/** Said by the choice of model, by the file's kind, or by other numbers together. */
const IMPLIED: ReadonlySet<FieldName> = new Set<FieldName>([
  'run.task',
  'run.objective',
  'run.fromScratch',
  'model.parameterCount',
  'model.family',
  'model.maxPositions',
  'batch.tokensPerStep',
]);

/** Said outside the config: in `batchwise.json`. */
const OUTSIDE: ReadonlySet<FieldName> = new Set<FieldName>([
  'hardware.gpu',
  'parallel.world',
  'parallel.nodes',
  'data.examples',
  'data.meanTokens',
]);

/** A recipe's fields as a run of a certain model on a certain number of GPUs. */
export function writtenRun(recipe: Recipe, fields: Fields): WrittenRun {
  // Recipes and the mistakes in them are plain values; origins other than the file are for tests of single rules.
  const values = fields as Values;
  const sequence = values['data.sequenceLength'] ?? USUAL_LENGTH;
  const tokens = values['batch.tokensPerStep'];
  const told =
    values['batch.global'] ?? (tokens === undefined ? undefined : Math.max(1, Math.round(tokens / sequence)));
  const isSplit = values['batch.micro'] !== undefined || values['batch.gradientAccumulation'] !== undefined;
  const onImages = isOnImages(recipe);
  const mostRanks = onImages ? USUAL_RANKS : MOST_RANKS;
  const ranks = values['parallel.world'] ?? values['parallel.data'] ?? ranksFor(told, values, mostRanks);
  // Images are small: a rank takes its whole share at once.
  const mostSamples = onImages ? Number.POSITIVE_INFINITY : MOST_SAMPLES_A_RANK;
  const split = told === undefined || isSplit ? {} : splitBatch(told, ranks / modelRanks(values), mostSamples);
  const global = told === undefined || isSplit ? {} : { 'batch.global': told };
  const length =
    values['model.maxPositions'] === undefined && tokens === undefined ? {} : { 'data.sequenceLength': sequence };
  return {
    recipe,
    values: { ...values, ...global, ...split, ...length, ...stepsOf(values, told, sequence) },
    model: modelFor(recipe, values),
    ranks,
  };
}

/** Fields that a file of the run has to say. */
export function fieldsToSay({ values }: WrittenRun): readonly FieldName[] {
  // Object.keys forgets the type of the keys.
  const fields = Object.keys(values) as FieldName[];
  return fields.filter((field) => values[field] !== undefined && !IMPLIED.has(field) && !OUTSIDE.has(field));
}

/** `batchwise.json` beside the config: GPUs and the data set. */
export function projectFile({ values, ranks }: WrittenRun): string {
  const dataset = { examples: values['data.examples'], meanTokens: values['data.meanTokens'] };
  const hardware = { gpu: values['hardware.gpu'], gpus: ranks, nodes: values['parallel.nodes'] };
  return JSON.stringify({ hardware, dataset });
}

function modelRanks(values: Values): number {
  return (values['parallel.tensor'] ?? 1) * (values['parallel.pipeline'] ?? 1);
}

function ranksFor(global: number | undefined, values: Values, most: number): number {
  if (global === undefined) return USUAL_RANKS * modelRanks(values);
  let ranks = 1;
  while (ranks < most && global % (ranks * 2) === 0) ranks *= 2;
  return ranks * modelRanks(values);
}

function splitBatch(global: number, ranks: number, most: number): Values {
  const perRank = global / ranks;
  let micro = 1;
  while (micro < most && perRank % (micro * 2) === 0) micro *= 2;
  return { 'batch.micro': micro, 'batch.gradientAccumulation': perRank / micro };
}

/** Frameworks count steps, recipes tokens. */
function stepsOf(values: Values, global: number | undefined, sequence: number): Values {
  const tokens = values['schedule.totalTokens'];
  if (tokens === undefined || global === undefined) return {};
  return { 'schedule.totalTokens': undefined, 'schedule.totalSteps': Math.round(tokens / (global * sequence)) };
}

/** Hub names of the models that recipes train, where their size alone would not tell. */
const FAMILIES: readonly (readonly [RegExp, RegExp])[] = [
  [/zephyr-7b|mistral/, /mistralai\/Mistral-7B-v0\.1/],
  [/starchat2/, /starcoder2-15b/],
  [/smollm/, /SmolLM/],
  [/openr1|olympiccoder|open-r1|qwen/, /Qwen2\.5-\d/],
  [/olmo-2/, /OLMo-2/],
  [/pythia|gpt-neox/, /EleutherAI\/(pythia|gpt-neox-20b)/],
  [/hf-trainer|roberta/, /roberta-base/],
];

/** Dense decoders of which any framework can state the shape. */
const PLAIN_FAMILIES: ReadonlySet<string> = new Set(['llama', 'gpt_neox', 'mistral', 'qwen2', 'qwen3']);

/** The catalogue's model for a recipe: one of its own family, else the plain decoder nearest in size. */
function modelFor(recipe: Recipe, values: Values): WrittenRun['model'] {
  const wanted = FAMILIES.find(([id]) => id.test(recipe.id))?.[1];
  const size = values['model.parameterCount'] ?? USUAL_SIZE;
  const family = values['model.family'];
  const usable = allModels().flatMap((model) =>
    model.shape !== undefined && model.shape.experts <= 1 && model.totalParameters !== undefined
      ? [{ ...model, shape: model.shape, size: model.totalParameters }]
      : [],
  );
  const positions = values['model.maxPositions'];
  const candidates = usable
    .filter(({ shape }) => positions === undefined || shape.maxPositions === positions)
    .filter(({ name, shape }) =>
      family !== undefined ? shape.family === family : (wanted?.test(name) ?? PLAIN_FAMILIES.has(shape.family)),
    );
  const [nearest] = candidates.sort((one, other) => apart(one.size, size) - apart(other.size, size));
  if (nearest === undefined) throw new Error(`The catalogue has no model for ${recipe.id}.`);
  return nearest;
}

function apart(one: number, other: number): number {
  return Math.abs(Math.log(one / other));
}
