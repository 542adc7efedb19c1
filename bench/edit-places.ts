import type { Analysis, FileProvider, TextEdit } from '../server/src/engine/index.ts';
import type { KeyPlace } from '../server/src/frameworks/index.ts';
import {
  type ConfigNode,
  type ConfigPath,
  type ConfigTree,
  entryAt,
  formatOf,
  nodeAt,
  parseText,
  type TextRange,
  withLoader,
} from '../server/src/text/index.ts';

/**
 * What edits change beyond the keys that they are for, in words; undefined where they keep to them. Told twice over:
 * by the text that is taken away, and by every other value of the files as it is spelt before and after.
 */
export function strayChange(
  before: Read,
  after: Read,
  places: readonly KeyPlace[],
  edits: readonly TextEdit[],
): string | undefined {
  for (const file of new Set(edits.map((edit) => edit.file))) {
    const paths = places.filter((place) => place.file === file).map(({ path }) => path);
    const old = treeOf(before, file);
    const edited = treeOf(after, file);
    if (old === undefined || edited === undefined) return `${file} cannot be read`;
    const stray = strayText(old, paths, edits) ?? strayValue(old, edited, paths);
    if (stray !== undefined) return stray;
  }
  return undefined;
}

/** A file as it was analysed, with the files it names. */
export interface Read {
  readonly analysis: Analysis;
  readonly files: FileProvider;
}

function treeOf({ analysis: { tree }, files }: Read, file: string): ConfigTree | undefined {
  if (file === tree?.file) return tree;
  const state = files.read(file);
  const format = formatOf(file);
  if (state.kind !== 'text' || format === undefined) return undefined;
  return withLoader(parseText(file, state.text, format), tree?.format === format ? tree.loader : 'yaml-1.2');
}

/** Text taken away belongs to a key the edit is for, or is the blank or empty thing in whose place a new key comes. */
function strayText(tree: ConfigTree, paths: readonly ConfigPath[], edits: readonly TextEdit[]): string | undefined {
  const own = paths.flatMap((path) => rangeOf(tree, path) ?? []);
  for (const edit of edits) {
    if (edit.file !== tree.file) continue;
    const { start, end } = taken(tree.text, edit);
    const gone = tree.text.slice(start, end);
    const isOwn = own.some((range) => range.start <= start && end <= range.end);
    if (!isOwn && !/^[\s{},~]*$|^null$/.test(gone)) return `${JSON.stringify(gone)} is taken away`;
  }
  return undefined;
}

/** The key at the path with its value, or of its nearest parent that is there and says nothing. */
function rangeOf(tree: ConfigTree, path: ConfigPath): TextRange | undefined {
  const entry = entryAt(tree, path);
  if (entry !== undefined) return { start: entry.keyRange.start, end: entry.value.range.end };
  return nodeAt(tree, path)?.range;
}

/** An edit's span without what it puts back at either end. */
function taken(text: string, edit: TextEdit): TextRange {
  let { start, end } = edit;
  let [first, last] = [0, edit.text.length];
  while (start < end && first < last && text[start] === edit.text[first]) [start, first] = [start + 1, first + 1];
  while (end > start && last > first && text[end - 1] === edit.text[last - 1]) [end, last] = [end - 1, last - 1];
  return { start, end };
}

function strayValue(old: ConfigTree, edited: ConfigTree, paths: readonly ConfigPath[]): string | undefined {
  const before = spellings(old);
  const after = spellings(edited);
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(name) === after.get(name)) continue;
    if (paths.some((path) => within(nameOf(path), name) || within(name, nameOf(path)))) continue;
    return `${name} was ${before.get(name) ?? 'absent'}, is ${after.get(name) ?? 'absent'}`;
  }
  return undefined;
}

/** Every scalar and every empty map or sequence as it is spelt, overwritten keys and both sides of an alias included. */
function spellings({ root, text, file }: ConfigTree): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  if (root !== undefined) visit(root, '');
  return all;

  function visit(node: ConfigNode, name: string): void {
    const children = childrenOf(node);
    for (const [step, child] of children) visit(child, `${name}/${step}`);
    // Values that another file states are spelt there.
    if (children.length === 0 && (node.file ?? file) === file)
      all.set(name, node.kind === 'scalar' ? text.slice(node.range.start, node.range.end) : node.kind);
  }
}

function childrenOf(node: ConfigNode): readonly (readonly [string, ConfigNode])[] {
  if (node.kind === 'scalar') return [];
  if (node.kind === 'seq') return node.items.map((item, index) => [String(index), item]);
  return node.entries.map(({ key, value, overwritten }, index) => [overwritten ? `${key}#${index}` : key, value]);
}

function nameOf(path: ConfigPath): string {
  return path.map((step) => `/${step}`).join('');
}

function within(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
