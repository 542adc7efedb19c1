import { checkEdit } from './check-edit.ts';
import { ownEntry } from './edit-target.ts';
import { nodeAt } from './navigate.ts';
import { sameNode, sameOutside } from './same-tree.ts';
import { habitOf, spellKey } from './spell-value.ts';
import type { ConfigNode, ConfigPath, ConfigTree, TextEdit } from './types.ts';

/**
 * The edit that gives the last key of the path another name, with its value and all else unchanged.
 * Undefined where the map has that name already, where a merge brings the key, or where its name stands in
 * several places.
 */
export function renameKey(tree: ConfigTree, path: ConfigPath, newKey: string): readonly TextEdit[] | undefined {
  if (tree.problems.length > 0) return undefined;
  const parentPath = path.slice(0, -1);
  const parent = nodeAt(tree, parentPath);
  const key = path.at(-1);
  if (key === undefined || parent?.kind !== 'map' || parent.shared) return undefined;
  if (key === newKey) return [];
  const entry = ownEntry(parent, String(key));
  if (entry === undefined || parent.entries.some((other) => other.key === newKey)) return undefined;

  const written = tree.text.slice(entry.keyRange.start, entry.keyRange.end);
  const text = spellKey(newKey, habitOf(tree, parent.flow), written);
  return checkEdit(tree, [{ ...entry.keyRange, text }], (after) => {
    const renamed = nodeAt(after, parentPath);
    return (
      sameOutside(tree.root, after.root, parentPath) &&
      sameNode(entry.value, nodeAt(after, [...parentPath, newKey])) &&
      sameNode(without(parent, String(key)), renamed === undefined ? undefined : without(renamed, newKey))
    );
  });
}

function without(node: ConfigNode, key: string): ConfigNode {
  if (node.kind !== 'map') return node;
  return { ...node, entries: node.entries.filter((entry) => entry.key !== key) };
}
