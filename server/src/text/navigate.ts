import type { ConfigNode, ConfigPath, ConfigTree, ConfigValue, MapEntry } from './types.ts';

/** The node in force at the path: the last of duplicate keys, merge keys followed. The empty path is the root. */
export function nodeAt(tree: ConfigTree, path: ConfigPath): ConfigNode | undefined {
  let node = tree.root;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = childAt(node, step);
  }
  return node;
}

/** The map entry in force at the path. Nothing where the path is empty or ends in a sequence. */
export function entryAt(tree: ConfigTree, path: ConfigPath): MapEntry | undefined {
  const key = path.at(-1);
  if (key === undefined) return undefined;
  const parent = nodeAt(tree, path.slice(0, -1));
  return parent === undefined ? undefined : entryOf(parent, key);
}

function childAt(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === 'seq') return typeof step === 'number' ? node.items[step] : undefined;
  return entryOf(node, step)?.value;
}

function entryOf(node: ConfigNode, step: string | number): MapEntry | undefined {
  if (node.kind !== 'map') return undefined;
  const key = String(step);
  return node.entries.findLast((entry) => entry.key === key && !entry.overwritten);
}

/** The plain value that a node amounts to, or undefined where anything in it is unresolved. */
export function toValue(node: ConfigNode): ConfigValue | undefined {
  switch (node.kind) {
    case 'scalar':
      return node.unresolved === undefined ? node.value : undefined;
    case 'seq':
      return allOf(node.items.map(toValue));
    case 'map': {
      const inForce = node.entries.filter((entry) => !entry.overwritten);
      const values = allOf(inForce.map((entry) => toValue(entry.value)));
      // A key named `__proto__` is a key like any other, which an assignment would lose.
      return values && Object.fromEntries(values.map((value, index) => [inForce[index]?.key ?? '', value]));
    }
    default:
      return node satisfies never;
  }
}

function allOf(values: readonly (ConfigValue | undefined)[]): readonly ConfigValue[] | undefined {
  const known: ConfigValue[] = [];
  for (const value of values) {
    if (value === undefined) return undefined;
    known.push(value);
  }
  return known;
}

/** A null, an empty string, an empty map or an empty sequence: a key that says nothing. */
export function isEmpty(node: ConfigNode): boolean {
  switch (node.kind) {
    case 'scalar':
      return node.unresolved === undefined && (node.value === null || node.value === '');
    case 'seq':
      return node.items.length === 0;
    case 'map':
      return node.entries.length === 0;
    default:
      return node satisfies never;
  }
}
