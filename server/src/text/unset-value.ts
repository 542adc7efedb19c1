import { checkEdit, type Replacement } from './check-edit.ts';
import { type FlowCollection, insertion, removeFlowItem } from './flow-edit.ts';
import { nodeAt } from './navigate.ts';
import { sameOutside } from './same-tree.ts';
import { unsetInArguments } from './set-in-arguments.ts';
import { colonAfter, valueRange } from './set-in-yaml.ts';
import { beforeOnLine, lineEnd, lineStart, nextLine } from './text-lines.ts';
import type { ConfigPath, ConfigTree, MapEntry, MapNode, TextEdit, TextRange } from './types.ts';

/**
 * The edits that take a key out of its map, with its line and the comment behind it; every duplicate goes too.
 * No edits where the key is not there. Undefined where it cannot be done soundly: a broken text, a key that a merge
 * brings, a TOML table, an item of a sequence.
 */
export function unsetValue(tree: ConfigTree, path: ConfigPath): readonly TextEdit[] | undefined {
  if (path.length === 0 || tree.problems.length > 0) return undefined;
  if (nodeAt(tree, path) === undefined) return [];

  return checkEdit(
    tree,
    removalsFor(tree, path),
    (after) => nodeAt(after, path) === undefined && sameOutside(tree.root, after.root, path),
  );
}

function removalsFor(tree: ConfigTree, path: ConfigPath): readonly Replacement[] | undefined {
  if (tree.format === 'shell') return unsetInArguments(tree, path);
  if (tree.format === 'python') return undefined;
  const parent = nodeAt(tree, path.slice(0, -1));
  if (parent?.kind !== 'map' || parent.shared) return undefined;
  const key = String(path.at(-1));
  const own = parent.entries.filter((entry) => !entry.merged);
  const removed = own.filter((entry) => entry.key === key);
  if (removed.length === 0) return undefined;

  if (parent.flow) return removed.length === 1 ? removeFromFlow(tree, own, parent, key) : undefined;
  if (tree.format === 'toml') return combined(removed.map((entry) => removeStatement(tree.text, entry)));
  const isWhole = removed.length === parent.entries.length && parent !== tree.root && !hasMergeKey(tree.text, parent);
  return isWhole ? emptyBlock(tree, path, parent) : combined(removed.map((entry) => removeLines(tree, parent, entry)));
}

/** A merge key whose entries are all overridden leaves no trace in the tree. */
function hasMergeKey(text: string, map: MapNode): boolean {
  return /(?:^|\n)\s*<<\s*:/.test(text.slice(map.range.start, map.range.end));
}

function removeFromFlow(tree: ConfigTree, own: readonly MapEntry[], map: MapNode, key: string) {
  const items: TextRange[] = [];
  for (const entry of own) {
    const range = tree.format === 'yaml' ? valueRange(tree.text, entry) : entry.value.range;
    if (range === undefined) return undefined;
    items.push({ start: entry.keyRange.start, end: range.end });
  }
  const collection: FlowCollection = { text: tree.text, format: tree.format, range: map.range, items };
  return removeFlowItem(
    collection,
    own.findIndex((entry) => entry.key === key),
  );
}

/** A block must keep something: when its only key goes, braces take its place on the parent's line. */
function emptyBlock(tree: ConfigTree, path: ConfigPath, map: MapNode): readonly Replacement[] | undefined {
  const { text } = tree;
  const outer = nodeAt(tree, path.slice(0, -2));
  const name = path.at(-2);
  if (outer?.kind === 'seq') return [{ ...map.range, text: '{}' }];
  const holder =
    outer?.kind === 'map' ? outer.entries.findLast(({ key, merged }) => key === name && !merged) : undefined;
  const colon = holder === undefined ? undefined : colonAfter(text, holder);
  if (colon === undefined) return undefined;
  if (text.slice(colon, map.range.start).trim() === '') return [{ start: colon, end: map.range.end, text: ' {}' }];
  return [insertion(colon, ' {}'), wholeLines(text, map.range)];
}

function removeLines(tree: ConfigTree, map: MapNode, entry: MapEntry): Replacement | undefined {
  const { text } = tree;
  const value = valueRange(text, entry);
  if (value === undefined) return undefined;
  const range = { start: entry.keyRange.start, end: Math.max(value.end, entry.keyRange.end) };
  const before = beforeOnLine(text, range.start);
  if (before.trim() === '') return wholeLines(text, range);

  // The first key of an item stands behind a dash, which the next key takes over.
  if (!/^[\s-]*$/.test(before) || map.range.start !== entry.keyRange.start) return undefined;
  const next = nextLine(text, range.end);
  const blanks = /^\s*/.exec(text.slice(next))?.[0].length ?? 0;
  return { start: range.start, end: next + blanks, text: '' };
}

/** One `key = value` of TOML. A table's own text lies in several places and is left alone. */
function removeStatement(text: string, entry: MapEntry): Replacement | undefined {
  if (entry.value.kind === 'map' && !entry.value.flow) return undefined;
  if (entry.value.kind === 'seq' && !entry.value.flow) return undefined;
  return wholeLines(text, { start: entry.keyRange.start, end: entry.value.range.end });
}

/** Deletes the lines; the last line of a text without a final break takes the break before it along. */
function wholeLines(text: string, range: TextRange): Replacement {
  const start = lineStart(text, range.start);
  const end = nextLine(text, range.end);
  if (end < text.length || text.endsWith('\n') || start === 0) return { start, end, text: '' };
  return { start: lineEnd(text, Math.max(0, lineStart(text, start - 1))), end, text: '' };
}

function combined(replacements: readonly (Replacement | undefined)[]): readonly Replacement[] | undefined {
  const known = replacements.filter((replacement) => replacement !== undefined);
  return known.length === replacements.length ? known : undefined;
}
