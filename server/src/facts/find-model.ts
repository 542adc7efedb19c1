import { allModels, otherPositions } from './model-table.ts';
import { lazily } from './read-columns.ts';
import type { ModelFacts } from './types.ts';

/**
 * The catalogue's model of a name: a hub id, a path that ends in one, a torchtune builder, a framework's size name.
 * Tries the whole name, what follows its last `/`, and the same without endings that change storage or tuning but not
 * the shape. Undefined where the catalogue does not know it: a size in a name is no evidence of a shape.
 */
export function findModel(name: string): ModelFacts | undefined {
  for (const spelling of spellings(name)) {
    const found = lookUp(spelling) ?? lookUpWithoutEndings(spelling);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Longer texts are no model names; the limit keeps lookups cheap on whatever a file holds. */
const LONGEST_NAME = 500;

/** What the name may be in the catalogue, the surest first. */
function spellings(name: string): string[] {
  const tidy = name.trim().replaceAll('\\', '/').toLowerCase();
  if (tidy === '' || tidy.length > LONGEST_NAME) return [];
  const parts = tidy
    .replace(/^(?:hf|huggingface|model):\/\//, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== 'main' && part !== 'original');
  const last = parts.at(-1);
  if (last === undefined) return [];
  return [parts.slice(-2).join('/'), ...cachedRepositories(parts), last.replace(/@.*$/, '')];
}

/** The hub's cache keeps `org/name` in a folder `models--org--name`. */
function cachedRepositories(parts: readonly string[]): string[] {
  return parts.filter((part) => part.startsWith('models--')).map((part) => part.slice(8).replaceAll('--', '/'));
}

function lookUp(spelling: string): ModelFacts | undefined {
  const { whole, tails } = index();
  return whole.get(spelling) ?? tails.get(spelling.slice(spelling.lastIndexOf('/') + 1));
}

/**
 * Endings under which a checkpoint keeps the shape of its base: other storage, another file format, a tuned copy.
 * Chat tuning may pad the vocabulary, so `-chat` and the like are left to the catalogue's aliases.
 */
const SAME_SHAPE_ENDING =
  /[-_.](?:(?:unsloth-)?bnb-(?:4|8)bit|(?:4|8)bit|int(?:4|8)|gptq(?:-int[48])?|awq(?:-int4)?|gguf|fp8(?:-dynamic)?|bf16|fp16|fp32|hf|instruct|it|qat-q4_0-(?:un)?quantized)$/;

function lookUpWithoutEndings(spelling: string): ModelFacts | undefined {
  let base = spelling;
  while (SAME_SHAPE_ENDING.test(base)) {
    base = base.replace(SAME_SHAPE_ENDING, '');
    const found = lookUp(base);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface ModelIndex {
  readonly whole: ReadonlyMap<string, ModelFacts>;
  /** By what follows the last `/`; names that two models of different shape share are left out. */
  readonly tails: ReadonlyMap<string, ModelFacts>;
}

const index = lazily((): ModelIndex => {
  const whole = new Map<string, ModelFacts>();
  const tails = new Map<string, ModelFacts | undefined>();
  for (const row of allModels()) {
    for (const name of [row.name, ...row.aliases].map((spelling) => spelling.toLowerCase())) {
      const model = withPositions(row, otherPositions().get(name));
      if (!whole.has(name)) whole.set(name, model);
      // Frameworks' own size names (`gpt-neox/125M`) say nothing without their framework.
      if (model.shape?.extra['named_after'] !== undefined) continue;
      const tail = name.slice(name.lastIndexOf('/') + 1);
      const other = tails.get(tail);
      tails.set(tail, tails.has(tail) && other !== model && !sameShape(other, model) ? undefined : (other ?? model));
    }
  }
  const unambiguous = [...tails].flatMap(([tail, model]) => (model === undefined ? [] : [[tail, model] as const]));
  return { whole, tails: new Map(unambiguous) };
});

function withPositions(model: ModelFacts, maxPositions: number | undefined): ModelFacts {
  const { shape } = model;
  return shape === undefined || maxPositions === undefined ? model : { ...model, shape: { ...shape, maxPositions } };
}

function sameShape(one: ModelFacts | undefined, other: ModelFacts): boolean {
  return one !== undefined && JSON.stringify(one.shape) === JSON.stringify(other.shape);
}
