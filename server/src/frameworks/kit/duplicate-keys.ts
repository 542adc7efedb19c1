import type { ConfigNode, ConfigPath, ConfigTree, MapNode } from '../../text/index.ts';
import type { KeyIssue } from '../types.ts';

/** Keys written twice in one map: every reader keeps the last, so the first has no effect. */
export function duplicateKeys(tree: ConfigTree): readonly KeyIssue[] {
  // A call that names an argument twice is no Python: what looks so comes of several calls that are read as one.
  if (tree.format === 'python') return [];
  const issues: KeyIssue[] = [];
  const visit = (node: ConfigNode, path: ConfigPath): void => {
    if (node.shared === true) return;
    if (node.kind === 'seq') for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    if (node.kind !== 'map') return;
    for (const entry of node.entries) {
      const own = [...path, entry.key];
      if (entry.overwritten === true) issues.push(duplicateOf(node, entry.key, entry.keyRange, own, tree));
      else if (entry.merged !== true) visit(entry.value, own);
    }
  };
  if (tree.root !== undefined) visit(tree.root, []);
  return issues;
}

function duplicateOf(
  map: MapNode,
  name: string,
  range: { start: number; end: number },
  path: ConfigPath,
  tree: ConfigTree,
): KeyIssue {
  const last = map.entries.find((entry) => entry.key === name && entry.overwritten === undefined);
  const first = map.entries.find((entry) => entry.keyRange.start === range.start);
  const same = first !== undefined && last !== undefined && saysSame(first.value, last.value, tree);
  return {
    kind: 'duplicate-key',
    at: { file: tree.file, ...range },
    path,
    key: path.join('.'),
    data: { first: shorten(first?.value, tree), last: shorten(last?.value, tree), same: same ? 1 : 0 },
    effect: same ? 'accepted' : 'dropped',
    ...(last === undefined
      ? {}
      : { related: [{ at: { file: tree.file, ...last.keyRange }, message: 'This one counts.' }] }),
  };
}

/** A parser of arguments takes `True` and `true` for one value. */
function saysSame(a: ConfigNode, b: ConfigNode, tree: ConfigTree): boolean {
  if (sourceOf(a, tree) === sourceOf(b, tree)) return true;
  return tree.format === 'shell' && a.kind === 'scalar' && b.kind === 'scalar' && a.value === b.value;
}

/** A scalar is told as it reads: what a script's variable stands for is not what is written in its place. */
function sourceOf(node: ConfigNode, tree: ConfigTree): string {
  if (node.kind === 'scalar' && tree.format === 'shell') return node.source;
  return tree.text.slice(node.range.start, node.range.end).trim();
}

/** Characters of a value that a message has room for. */
const LONGEST = 40;

function shorten(node: ConfigNode | undefined, tree: ConfigTree): string {
  if (node === undefined) return '';
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'seq') return 'a list';
  const source = sourceOf(node, tree);
  if (source === '') return 'nothing';
  return source.length > LONGEST ? `${source.slice(0, LONGEST)}…` : source;
}
