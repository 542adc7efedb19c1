import { nodeAt } from './navigate.ts';
import type { ConfigNode, ConfigPath, ConfigTree, MapEntry, MapNode } from './types.ts';

/** Where a path leads in the file's own text. */
export type EditTarget =
  /** The value stands in the text: an own entry of a map, or an item of a sequence. */
  | { readonly kind: 'value'; readonly node: ConfigNode; readonly entry?: MapEntry; readonly inFlow: boolean }
  /** The map is there, the first of the missing keys is not; the others are to be made inside it. */
  | { readonly kind: 'key'; readonly map: MapNode; readonly missing: readonly string[] }
  /** A key is there with nothing behind it, where a map is to be made. */
  | { readonly kind: 'empty'; readonly entry: MapEntry; readonly missing: readonly string[]; readonly inFlow: boolean };

/** Undefined where the path runs through a shared value, a scalar, an item that is not there or a list that is not. */
export function editTarget(tree: ConfigTree, path: ConfigPath): EditTarget | undefined {
  let node = tree.root;
  let inFlow = false;
  for (const [index, step] of path.entries()) {
    if (node === undefined || node.shared || node.kind === 'scalar') return undefined;
    const isLast = index === path.length - 1;
    inFlow = node.flow;
    if (node.kind === 'seq') {
      const item: ConfigNode | undefined = typeof step === 'number' ? node.items[step] : undefined;
      if (item === undefined || (isLast && item.shared)) return undefined;
      if (isLast) return { kind: 'value', node: item, inFlow };
      node = item;
      continue;
    }
    const missing = path.slice(index).map(String);
    const entry = ownEntry(node, String(step));
    // A list that is not there would be made as a map with a number for a key.
    const needsList = path.slice(index + 1).some((inner) => typeof inner === 'number');
    if (entry === undefined) {
      if (needsList) return undefined;
      const merged = nodeAt(tree, path.slice(0, index + 1)) !== undefined;
      return merged && !isLast ? undefined : { kind: 'key', map: node, missing };
    }
    if (isLast) return { kind: 'value', node: entry.value, entry, inFlow };
    if (isBareNull(entry.value))
      return needsList ? undefined : { kind: 'empty', entry, missing: missing.slice(1), inFlow };
    node = entry.value;
  }
  return undefined;
}

export function ownEntry(map: MapNode, key: string): MapEntry | undefined {
  return map.entries.findLast((entry) => entry.key === key && !entry.merged && !entry.overwritten);
}

function isBareNull(node: ConfigNode): boolean {
  return node.kind === 'scalar' && !node.shared && node.value === null;
}

/** The value inside a map for each of the keys, from the outside in. */
export function nest<T>(keys: readonly string[], value: T, wrap: (key: string, inner: T) => T): T {
  return keys.reduceRight((inner, key) => wrap(key, inner), value);
}
