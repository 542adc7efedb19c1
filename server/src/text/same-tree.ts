import type { ConfigNode, MapEntry, SeqNode } from './types.ts';

/** Whether two trees hold the same values, spelling and order of keys aside. */
export function sameNode(a: ConfigNode | undefined, b: ConfigNode | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === 'scalar') return b.kind === 'scalar' && a.unresolved === b.unresolved && Object.is(a.value, b.value);
  if (a.kind === 'seq') {
    return b.kind === 'seq' && a.items.length === b.items.length && a.items.every((x, i) => sameNode(x, b.items[i]));
  }
  return b.kind === 'map' && sameEntries(inForce(a.entries), inForce(b.entries));
}

/** Whether two trees are the same but for what the path leads to, of which either may have none. */
export function sameOutside(
  a: ConfigNode | undefined,
  b: ConfigNode | undefined,
  path: readonly (string | number)[],
): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  if (a?.kind === 'seq' && b?.kind === 'seq' && typeof step === 'number') {
    if (a.items.length !== b.items.length) return false;
    return a.items.every((item, i) => (i === step ? sameOutside(item, b.items[i], rest) : sameNode(item, b.items[i])));
  }
  // A list that was missing may have become one of nothing but the path.
  if (isNothing(a) && b?.kind === 'seq') return isOnlyItem(b, step) && sameOutside(undefined, b.items[0], rest);
  // A parent that was missing, or null, may have become a map of nothing but the path, and the other way round.
  const entriesA = entriesOf(a);
  const entriesB = entriesOf(b);
  if (entriesA === undefined || entriesB === undefined) return false;
  const key = String(step);
  const childA = entriesA.get(key);
  const childB = entriesB.get(key);
  entriesA.delete(key);
  entriesB.delete(key);
  return sameEntries(entriesA, entriesB) && (rest.length === 0 || sameOutside(childA, childB, rest));
}

function isOnlyItem({ items }: SeqNode, step: string | number): boolean {
  return step === 0 && items.length === 1;
}

function isNothing(node: ConfigNode | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.value === null);
}

function entriesOf(node: ConfigNode | undefined): Map<string, ConfigNode> | undefined {
  if (node === undefined || isNothing(node)) return new Map();
  return node.kind === 'map' ? inForce(node.entries) : undefined;
}

function inForce(entries: readonly MapEntry[]): Map<string, ConfigNode> {
  const map = new Map<string, ConfigNode>();
  for (const { key, value, overwritten } of entries) if (!overwritten) map.set(key, value);
  return map;
}

function sameEntries(a: ReadonlyMap<string, ConfigNode>, b: ReadonlyMap<string, ConfigNode>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!sameNode(value, b.get(key))) return false;
  return true;
}
