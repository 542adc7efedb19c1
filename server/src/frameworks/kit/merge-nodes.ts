import type { ConfigNode, ConfigPath, MapEntry, MapNode } from '../../text/index.ts';

/** The maps merged key by key as composing frameworks do: what `over` says wins, lists and scalars are replaced whole. */
export function mergeNodes(under: ConfigNode | undefined, over: ConfigNode | undefined): ConfigNode | undefined {
  if (under === undefined || over === undefined) return over ?? under;
  if (under.kind !== 'map' || over.kind !== 'map') return over;
  const replaced = new Map(inForce(over).map((entry) => [entry.key, entry]));
  const inherited = inForce(under).map((entry): MapEntry => {
    const winner = replaced.get(entry.key);
    if (winner === undefined) return entry;
    replaced.delete(entry.key);
    return { ...winner, value: mergeNodes(entry.value, winner.value) ?? winner.value };
  });
  return { ...over, entries: [...inherited, ...replaced.values()] };
}

function inForce(map: MapNode): readonly MapEntry[] {
  return map.entries.filter((entry) => entry.overwritten === undefined);
}

/** The node with the name of its file on every part, for use in another file's tree. */
export function fromFile(node: ConfigNode, file: string, seen = new Map<ConfigNode, ConfigNode>()): ConfigNode {
  const known = seen.get(node);
  if (known !== undefined) return known;
  const result = named(node, file, seen);
  seen.set(node, result);
  return result;
}

function named(node: ConfigNode, file: string, seen: Map<ConfigNode, ConfigNode>): ConfigNode {
  const own = node.file ?? file;
  switch (node.kind) {
    case 'scalar':
      return { ...node, file: own };
    case 'seq':
      return { ...node, file: own, items: node.items.map((item) => fromFile(item, file, seen)) };
    case 'map': {
      const entries = node.entries.map((entry) => ({ ...entry, value: fromFile(entry.value, file, seen) }));
      return { ...node, file: own, entries };
    }
    default:
      return node satisfies never;
  }
}

/** The node as the value at `path` of an otherwise empty map. */
export function nestedAt(node: ConfigNode, path: ConfigPath): ConfigNode {
  return path.reduceRight<ConfigNode>(
    (value, key) => ({
      kind: 'map',
      range: value.range,
      flow: false,
      ...(value.file === undefined ? {} : { file: value.file }),
      entries: [{ key: String(key), keyRange: { start: value.range.start, end: value.range.start }, value }],
    }),
    node,
  );
}

/** The map without one of its keys. */
export function withoutKey(node: ConfigNode, key: string): ConfigNode {
  return node.kind === 'map' ? { ...node, entries: node.entries.filter((entry) => entry.key !== key) } : node;
}

/** `under` without the keys whose maps in `over` say, by a mark, that they replace what was there. */
export function withoutReplaced(
  under: ConfigNode | undefined,
  over: ConfigNode | undefined,
  mark: string,
): ConfigNode | undefined {
  if (under?.kind !== 'map' || over?.kind !== 'map') return under;
  const replaced = inForce(over).filter(({ value }) => isMarked(value, mark));
  return replaced.reduce<ConfigNode>((node, { key }) => withoutKey(node, key), under);
}

function isMarked(node: ConfigNode, mark: string): boolean {
  if (node.kind !== 'map') return false;
  return inForce(node).some(({ key, value }) => key === mark && value.kind === 'scalar' && value.value === true);
}
