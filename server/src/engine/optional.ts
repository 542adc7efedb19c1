/** A property that is there only where its value is known. */
export function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  // A computed key loses its literal type; the signature restores it.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}
