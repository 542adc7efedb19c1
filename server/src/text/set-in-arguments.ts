import type { Replacement } from './check-edit.ts';
import { nodeAt } from './navigate.ts';
import type { ConfigPath, ConfigTree, ConfigValue, MapNode } from './types.ts';

/** Writes into a command's arguments: over a value that stands there, or as a new argument behind the last one. */
export function setInArguments(
  tree: ConfigTree,
  path: ConfigPath,
  value: ConfigValue,
): readonly Replacement[] | undefined {
  const spelled = spell(value);
  if (spelled === undefined || tree.root?.kind !== 'map') return undefined;
  const node = nodeAt(tree, path);
  if (node?.kind === 'scalar') {
    // A switch has no text of its own: `--bf16` says true by standing there.
    if (node.range.start === node.range.end) return undefined;
    // Several arguments that one variable holds, none of which has a place of its own.
    if (isWrittenElsewhere(tree.text.slice(node.range.start, node.range.end), node.source)) return undefined;
    return [{ ...node.range, text: spelled }];
  }
  return node === undefined ? append(tree, tree.root, path, spelled) : undefined;
}

function isWrittenElsewhere(written: string, source: string): boolean {
  return written !== source && /\s/.test(written) && !/\s/.test(source);
}

/** Takes an argument out, with the line it stands on alone. */
export function unsetInArguments(tree: ConfigTree, path: ConfigPath): readonly Replacement[] | undefined {
  const parent = path.length === 1 ? tree.root : nodeAt(tree, path.slice(0, -1));
  const entry = parent?.kind === 'map' ? parent.entries.findLast(({ key }) => key === path.at(-1)) : undefined;
  if (entry === undefined) return undefined;
  const end = Math.max(entry.keyRange.end, entry.value.range.end);
  const before = /(?:\s*\\\r?\n)?\s*$/.exec(tree.text.slice(0, entry.keyRange.start))?.[0].length ?? 0;
  return [{ start: entry.keyRange.start - before, end, text: '' }];
}

function append(
  tree: ConfigTree,
  root: MapNode,
  path: ConfigPath,
  spelled: string,
): readonly Replacement[] | undefined {
  const places = leaves(root);
  const last = places.reduce((furthest, place) => (place.end > furthest.end ? place : furthest), {
    start: -1,
    end: -1,
  });
  if (last.end < 0) return undefined;
  const names = path.map(String);
  const first = tree.text.slice(places[0]?.start ?? 0, (places[0]?.start ?? 0) + 2);
  const isFlag = names.length === 1 ? first === '--' : names[0] === 'MODEL_ARGS';
  const own = isFlag ? `${names.length === 1 ? '--' : ''}${names.at(-1)} ${spelled}` : `${names.join('.')}=${spelled}`;
  const quoteEnd = tree.text[last.end] === '"' || tree.text[last.end] === "'" ? last.end + 1 : last.end;
  const lineStart = tree.text.lastIndexOf('\n', last.start - 1) + 1;
  const indent = /^[ \t]*/.exec(tree.text.slice(lineStart))?.[0] ?? '';
  const ownLine = /\\\r?\n[ \t]*$/.test(tree.text.slice(0, last.start));
  return [{ start: quoteEnd, end: quoteEnd, text: ownLine ? ` \\\n${indent}${own}` : ` ${own}` }];
}

/** Places of the arguments, key to value. */
function leaves(map: MapNode): readonly { readonly start: number; readonly end: number }[] {
  return map.entries.flatMap((entry) =>
    entry.value.kind === 'map'
      ? leaves(entry.value)
      : [{ start: entry.keyRange.start, end: Math.max(entry.keyRange.end, entry.value.range.end) }],
  );
}

/** A value as one shell word; what would need quoting is left alone. */
function spell(value: ConfigValue): string | undefined {
  if (typeof value === 'number')
    return Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential().replace('e+', 'e') : String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : undefined;
}
