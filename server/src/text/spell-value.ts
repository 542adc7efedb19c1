import { readCoreNumber, readPlain } from './plain-scalar.ts';
import { spellNumber } from './spell-number.ts';
import type { ConfigNode, ConfigTree, ConfigValue, Format, Loader, ScalarNode } from './types.ts';

/** How values are written around the place of an edit. */
export interface ValueHabit {
  readonly format: Format;
  readonly loader: Loader;
  /** Inside brackets or braces, where a plain YAML scalar may hold fewer characters. */
  readonly flow: boolean;
  /** The scalar that is replaced. */
  readonly old?: ScalarNode | undefined;
  /** A small or large number of the file, whose spelling a new one follows. */
  readonly numberModel?: string | undefined;
  readonly quote: '"' | "'";
  /** Most strings of the file are quoted, whether they need it or not. */
  readonly quotesStrings: boolean;
}

/** The habit at a place of the tree, where `old` is what stands there now. */
export function habitOf(tree: ConfigTree, flow: boolean, old?: ConfigNode): ValueHabit {
  const { format, loader } = tree;
  const scalars = tree.root === undefined ? [] : ownScalars(tree.root, []);
  const strings = scalars.filter(({ value }) => typeof value === 'string');
  const quoted = strings.filter(({ style }) => style === 'single' || style === 'double');
  return {
    format,
    loader,
    flow,
    old: old?.kind === 'scalar' ? old : undefined,
    numberModel: scalars.find(isModelNumber)?.source,
    quote: quoted[0]?.style === 'single' && format !== 'json' ? "'" : '"',
    quotesStrings: quoted.length * 2 > strings.length,
  };
}

function ownScalars(node: ConfigNode, found: ScalarNode[]): ScalarNode[] {
  if (node.shared) return found;
  if (node.kind === 'scalar') found.push(node);
  else if (node.kind === 'seq') for (const item of node.items) ownScalars(item, found);
  else for (const entry of node.entries) ownScalars(entry.value, found);
  return found;
}

function isModelNumber(scalar: ScalarNode): boolean {
  const number = numberOf(scalar);
  return number !== undefined && (/[eE]/.test(scalar.source) || (number !== 0 && Math.abs(number) < 1e-3));
}

function numberOf(scalar: ScalarNode): number | undefined {
  if (typeof scalar.value === 'number' && scalar.style === 'plain') return scalar.value;
  return scalar.looksNumeric;
}

/** The value on one line, or undefined where the format cannot say it (a null in TOML). */
export function spellValue(value: ConfigValue, habit: ValueHabit): string | undefined {
  if (value === null) return spellNull(habit);
  switch (typeof value) {
    case 'boolean':
      return spellBoolean(value, habit);
    case 'number':
      return spellNumber(value, { ...habit, model: modelFor(value, habit) });
    case 'string':
      return spellString(value, habit);
    default:
      return isList(value) ? spellList(value, habit) : spellMap(value, habit);
  }
}

/** `Array.isArray` does not narrow a readonly array. */
export function isList(value: ConfigValue): value is readonly ConfigValue[] {
  return Array.isArray(value);
}

function modelFor(value: number, habit: ValueHabit): string | undefined {
  if (habit.old !== undefined && numberOf(habit.old) !== undefined) return habit.old.source;
  const needsModel = value !== 0 && Math.abs(value) < 1e-3;
  return needsModel ? habit.numberModel : undefined;
}

function spellNull({ format }: ValueHabit): string | undefined {
  return format === 'toml' ? undefined : 'null';
}

/** Keeps `True` or `yes` where the file writes so and the reader takes it for a boolean. */
function spellBoolean(value: boolean, { format, loader, old }: ValueHabit): string {
  const word = String(value);
  if (format !== 'yaml' || old === undefined || typeof old.value !== 'boolean') return word;
  const pairs = [
    ['yes', 'no'],
    ['on', 'off'],
  ] as const;
  const lower = old.source.toLowerCase();
  const pair = pairs.find((words) => words.some((known) => known === lower));
  const spelled = pair === undefined ? word : value ? pair[0] : pair[1];
  const cased = sameCase(spelled, old.source);
  return readPlain(cased, loader) === value ? cased : word;
}

function sameCase(word: string, model: string): string {
  if (model === model.toLowerCase()) return word;
  return model === model.toUpperCase() ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1);
}

function spellString(value: string, habit: ValueHabit): string {
  if (habit.format === 'json') return JSON.stringify(value);
  const style = habit.old?.style;
  if (habit.format === 'toml') {
    const literal = style === 'single' || (style === undefined && habit.quote === "'");
    return literal && isPrintable(value) && !value.includes("'") ? `'${value}'` : doubleQuoted(value);
  }
  const isString = typeof habit.old?.value === 'string';
  const unquoted = isString ? style === 'plain' || style === 'block' : !habit.quotesStrings;
  if (unquoted && isSafePlain(value, habit)) return value;
  const single = style === 'single' || (style !== 'double' && habit.quote === "'");
  return single && isPrintable(value) ? `'${value.replaceAll("'", "''")}'` : doubleQuoted(value);
}

/** JSON's escapes are all known to YAML and to TOML; a delete character must be escaped in TOML. */
function doubleQuoted(value: string): string {
  return JSON.stringify(value).replaceAll('\u007F', '\\u007F');
}

function isPrintable(value: string): boolean {
  return /^[\u0020-\u007E\u00A0-\uD7FF]*$/.test(value);
}

/** A narrow choice of plain scalars, all of which every YAML reader takes for themselves. */
const SAFE_PLAIN = /^[A-Za-z0-9_./(][A-Za-z0-9_./@+=()~-]*(?:[ :,][A-Za-z0-9_./@+=()~-]+)*$/;

function isSafePlain(value: string, { loader, flow }: ValueHabit): boolean {
  if (value.length > 200 || !SAFE_PLAIN.test(value)) return false;
  if (flow && /[,:]/.test(value)) return false;
  if (/^(?:---|\.\.\.)/.test(value)) return false;
  return readPlain(value, loader) === value && readCoreNumber(value) === undefined;
}

function spellList(value: readonly ConfigValue[], habit: ValueHabit): string | undefined {
  const items = allSpelled(value.map((item) => spellValue(item, inside(habit))));
  return items && `[${items.join(', ')}]`;
}

function spellMap(value: { readonly [key: string]: ConfigValue }, habit: ValueHabit): string | undefined {
  const between = habit.format === 'toml' ? ' = ' : ': ';
  const pairs = allSpelled(
    Object.entries(value).map(([key, item]) => {
      const spelled = spellValue(item, inside(habit));
      return spelled === undefined ? undefined : `${spellKey(key, inside(habit))}${between}${spelled}`;
    }),
  );
  if (pairs === undefined) return undefined;
  if (pairs.length === 0) return '{}';
  return habit.format === 'yaml' ? `{${pairs.join(', ')}}` : `{ ${pairs.join(', ')} }`;
}

function inside(habit: ValueHabit): ValueHabit {
  return { ...habit, flow: true, old: undefined };
}

function allSpelled(spelled: readonly (string | undefined)[]): readonly string[] | undefined {
  const known = spelled.filter((text) => text !== undefined);
  return known.length === spelled.length ? known : undefined;
}

/** A key, quoted where the format wants it or where its sibling `like` is. */
export function spellKey(key: string, habit: ValueHabit, like = ''): string {
  if (habit.format === 'json') return JSON.stringify(key);
  if (habit.format === 'toml') {
    const bare = /^[A-Za-z0-9_-]+$/.test(key) && !/^["']/.test(like);
    return bare ? key : doubleQuoted(key);
  }
  if (like.startsWith("'") && isPrintable(key)) return `'${key.replaceAll("'", "''")}'`;
  const plain = !like.startsWith('"') && /^[A-Za-z0-9_.][\w./-]*$/.test(key) && !/^(?:---|\.\.\.)/.test(key);
  // A key that reads as a number is its own text to us, but a word such as `on` would turn into a boolean.
  return plain && typeof readPlain(key, habit.loader) !== 'boolean' ? key : doubleQuoted(key);
}
