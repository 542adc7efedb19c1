/** A function that computes once for each key object and then remembers. */
export function memoized<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const present = known.get(key);
    if (present !== undefined) return present;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
