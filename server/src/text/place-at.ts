import type { ConfigNode, ConfigPath, ConfigTree, MapEntry, MapNode, Place, SeqNode } from './types.ts';

/**
 * What an offset of the text stands on, for hovers and completion. An end counts as inside, so that a cursor
 * behind a word is on it. In a gap of block style the column decides to which map a new line belongs.
 * Undefined where the text has no tree.
 */
export function placeAt(tree: ConfigTree, offset: number): Place | undefined {
  if (tree.root === undefined) return undefined;
  const search: Search = { text: tree.text, offset, column: columnOf(tree.text, offset), toml: tree.format === 'toml' };
  return inNode(search, tree.root, []);
}

interface Search {
  readonly text: string;
  readonly offset: number;
  readonly column: number;
  readonly toml: boolean;
}

function inNode(search: Search, node: ConfigNode, path: ConfigPath): Place {
  switch (node.kind) {
    case 'scalar':
      return { path, part: touches(search.offset, node.range) ? 'value' : 'gap', node };
    case 'map':
      return inMap(search, node, path);
    case 'seq':
      return inSeq(search, node, path);
    default:
      return node satisfies never;
  }
}

function inMap(search: Search, map: MapNode, path: ConfigPath): Place {
  const own = map.entries.filter((entry) => !entry.merged);
  const onKey = own.find((entry) => touches(search.offset, entry.keyRange));
  if (onKey !== undefined) return { path: [...path, onKey.key], part: 'key', node: onKey.value };

  // A TOML table may be spelled in several places, so there the smallest value that holds the offset is meant.
  const around = own.filter((entry) => !entry.value.shared && touches(search.offset, entry.value.range));
  const inside = around.sort((a, b) => length(a) - length(b))[0];
  if (inside !== undefined) return inNode(search, inside.value, [...path, inside.key]);

  const before = search.toml || map.flow ? undefined : own.findLast((entry) => entry.keyRange.end <= search.offset);
  if (before === undefined) return behindKey(search, own, path) ?? { path, part: 'gap', node: map };
  return afterEntry(search, map, before, path);
}

/** Right of a key's colon, with nothing but blanks between, the cursor is at the key's value. */
function behindKey(search: Search, entries: readonly MapEntry[], path: ConfigPath): Place | undefined {
  const entry = entries.findLast(({ keyRange }) => keyRange.end <= search.offset);
  if (entry === undefined) return undefined;
  const between = search.text.slice(entry.keyRange.end, search.offset);
  if (!/^["']?[ \t]*[:=][ \t]*$/.test(between)) return undefined;
  return { path: [...path, entry.key], part: 'value', node: entry.value };
}

function afterEntry(search: Search, map: MapNode, entry: MapEntry, path: ConfigPath): Place {
  const atValue = behindKey(search, [entry], path);
  if (atValue !== undefined) return atValue;

  const inner: ConfigPath = [...path, entry.key];
  const deeper = search.column > columnOf(search.text, entry.keyRange.start);
  const onLaterLine = search.text.slice(entry.keyRange.end, search.offset).includes('\n');
  if (!deeper || !onLaterLine || entry.value.shared) return { path, part: 'gap', node: map };
  if (entry.value.kind === 'scalar') {
    const open = entry.value.range.start === entry.value.range.end;
    return open ? { path: inner, part: 'gap', node: entry.value } : { path, part: 'gap', node: map };
  }
  return entry.value.flow ? { path, part: 'gap', node: map } : inNode(search, entry.value, inner);
}

function inSeq(search: Search, seq: SeqNode, path: ConfigPath): Place {
  const index = seq.items.findIndex((item) => !item.shared && touches(search.offset, item.range));
  const item = seq.items[index];
  if (item !== undefined) return inNode(search, item, [...path, index]);

  const before = seq.items.findLastIndex((candidate) => !candidate.shared && candidate.range.end <= search.offset);
  const last = seq.items[before];
  if (seq.flow || last?.kind !== 'map' || last.flow || search.toml) return { path, part: 'gap', node: seq };
  const deeper = search.column >= columnOf(search.text, last.range.start);
  return deeper ? inNode(search, last, [...path, before]) : { path, part: 'gap', node: seq };
}

function length(entry: MapEntry): number {
  return entry.value.range.end - entry.value.range.start;
}

function touches(offset: number, range: { readonly start: number; readonly end: number }): boolean {
  return range.start <= offset && offset <= range.end;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
