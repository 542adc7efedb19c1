import { nodeAt } from './navigate.ts';
import type { ConfigNode, ConfigPath, ConfigTree, MapEntry, MapNode } from './types.ts';

/** Where a path leads in the file's own text. */
export type EditTarget =
  /** The value stands in the text: an own entry of a map, or an item of a sequence. */
  | { readonly kind: 'value'; readonly node: ConfigNode; readonly entry?: MapEntry; readonly inFlow: boolean }
  /** The map is there, the first of the missing keys is not; the others are to be made inside it. */
  | { readonly kind: 'key'; readonly map: MapNode; readonly missing: ConfigPath }
  /** A key is there with nothing behind it, where a map is to be made. */
  | { readonly kind: 'empty'; readonly entry: MapEntry; readonly missing: ConfigPath; readonly inFlow: boolean };

/** Undefined where the path runs through a shared value, a scalar, or an item that is not there: a list can be made with its first item alone. */
export function editTarget(tree: ConfigTree, path: ConfigPath): EditTarget | undefined {
  let node = tree.root;
  let inFlow = false;
  const isToml = tree.format === 'toml';
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
    const missing = [String(step), ...path.slice(index + 1)];
    const entry = ownEntry(node, String(step));
    // TOML has headers for the items of a list, which are not made here.
    const refused = (inner: string | number): boolean => typeof inner === 'number' && (inner > 0 || isToml);
    const canMake = !missing.some(refused);
    if (entry === undefined) {
      if (!canMake) return undefined;
      const merged = nodeAt(tree, path.slice(0, index + 1)) !== undefined;
      return merged && !isLast ? undefined : { kind: 'key', map: node, missing };
    }
    if (isLast) return { kind: 'value', node: entry.value, entry, inFlow };
    if (isBareNull(entry.value))
      return canMake ? { kind: 'empty', entry, missing: missing.slice(1), inFlow } : undefined;
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

/** The value inside a map for each of the keys, from the outside in, and a list of one for each number. */
export function nest<T>(keys: ConfigPath, value: T, wrap: (key: string | number, inner: T) => T): T {
  return keys.reduceRight((inner, key) => wrap(key, inner), value);
}
