import type { MapEntry } from './types.ts';

/** Marks every entry whose key comes again later in the same map. */
export function markOverwritten(entries: readonly MapEntry[]): readonly MapEntry[] {
  const lastOf = new Map<string, number>();
  for (const [index, entry] of entries.entries()) lastOf.set(entry.key, index);
  if (lastOf.size === entries.length) return entries;
  return entries.map((entry, index) => (lastOf.get(entry.key) === index ? entry : { ...entry, overwritten: true }));
}
