import type { ModelShape } from '../facts/index.ts';
import { familyNames, LAYER_MODULES, modulePath } from './programs/module-names.ts';
import type { TrainedModules } from './tape/tape-context.ts';
import type { Workload } from './workload.ts';

/** Which modules of a model train, layer by layer. */
export interface TrainedParts {
  readonly layer: (index: number) => TrainedModules;
  /** Embedding, positions, final norm and head. */
  readonly outside: TrainedModules;
}

const NAMES_LIMIT = 200;
/** A repeated group that repeats inside itself takes exponential time on some names. */
const NESTED_REPETITION = /\([^)]*[+*{][^)]*\)[+*{]/;

const known = new WeakMap<readonly string[], Map<ModelShape, TrainedParts>>();

export function trainsAll({ lora, trained }: Pick<Workload, 'lora' | 'trained'>): boolean {
  return lora === null && trained === undefined;
}

/** All, none, or what the names ask for. */
export function trainedParts(workload: Pick<Workload, 'shape' | 'lora' | 'trained' | 'savedModules'>): TrainedParts {
  const { shape, trained } = workload;
  if (trained === undefined) {
    const whole = trainsAll(workload) ? 'all' : 'none';
    return { layer: () => whole, outside: whole };
  }
  const forShape = known.get(trained) ?? new Map<ModelShape, TrainedParts>();
  known.set(trained, forShape);
  const parts = forShape.get(shape) ?? matchedParts(workload, trained);
  forShape.set(shape, parts);
  return parts;
}

function matchedParts(
  { shape, savedModules }: Pick<Workload, 'shape' | 'savedModules'>,
  names: readonly string[],
): TrainedParts {
  const patterns = names.flatMap(readPattern);
  const matches = (name: string): boolean =>
    namesOf(shape, name).some((spelling) => patterns.some((pattern) => pattern.test(spelling)));
  const { layers, norms, embedding, positions, finalNorm } = familyNames(shape);
  const sets = new Map<string, ReadonlySet<string>>();
  const perLayer = Array.from({ length: shape.layers }, (_, index) => {
    const found = LAYER_MODULES.flatMap((name) =>
      partsOf(name, [`${layers}.${index}.${modulePath(shape, name)}`], matches),
    );
    found.push(
      ...partsOf(
        'norm',
        norms.map((norm) => `${layers}.${index}.${norm}`),
        matches,
      ),
    );
    // Layers with the same parts share one set, and so one program.
    const key = found.join(' ');
    const set = sets.get(key) ?? new Set(found);
    sets.set(key, set);
    return set;
  });
  const outside = new Set([
    ...partsOf('embed_tokens', [embedding], matches),
    ...partsOf('positions', [positions], matches),
    ...partsOf('norm', [finalNorm], matches),
    // A head that trains as a copy is tied no more.
    ...partsOf('lm_head', [shape.tiedEmbeddings && savedModules.length === 0 ? embedding : 'lm_head'], matches),
  ]);
  return { layer: (index) => perLayer[index] ?? 'none', outside };
}

/**
 * A parameter of the text model as its classes name it: beside a vision tower it is a part of its own (transformers:
 * models/qwen3_5/modeling_qwen3_5.py, Qwen3_5Model; before 4.52 the part stood outside).
 */
function namesOf(shape: ModelShape, name: string): readonly string[] {
  if (shape.extra['vision'] === undefined || !name.startsWith('model.')) return [name];
  return [name, `model.language_model.${name.slice('model.'.length)}`, `language_model.${name}`];
}

function partsOf(module: string, paths: readonly string[], matches: (name: string) => boolean): string[] {
  return ['weight', 'bias']
    .filter((part) => paths.some((path) => matches(`${path}.${part}`)))
    .map((part) => `${module}.${part}`);
}

/** A pattern as Python's `re` reads it; nothing where JavaScript cannot, or where it would take for ever. */
function readPattern(text: string): RegExp[] {
  if (text.length > NAMES_LIMIT || NESTED_REPETITION.test(text)) return [];
  try {
    return [new RegExp(text)];
  } catch {
    return [];
  }
}

/** Whether there are patterns, and all of them can be matched. */
export function readsPatterns(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => readPattern(name).length === 1);
}
