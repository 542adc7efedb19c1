/** Reads a config.json of unknown content: each read says what it expects, and anything else counts as absent. */
export class ConfigKeys {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    // Any object serves as a record of unknowns.
    this.#values = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  }

  has(key: string): boolean {
    return typeof this.#values[key] === 'object' && this.#values[key] !== null;
  }

  /** The first of the keys that holds a whole number of at least zero. */
  number(...keys: readonly string[]): number | undefined {
    for (const key of keys) {
      const value = this.#values[key];
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    }
    return undefined;
  }

  flag(key: string, otherwise?: boolean): boolean | undefined {
    const value = this.#values[key];
    return typeof value === 'boolean' ? value : otherwise;
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    return typeof value === 'string' ? value : undefined;
  }

  /** How many entries a map or a list has. */
  size(key: string): number | undefined {
    const value = this.#values[key];
    return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
  }

  list(key: string): readonly unknown[] {
    const value = this.#values[key];
    return Array.isArray(value) ? value : [];
  }

  nested(key: string): ConfigKeys {
    return new ConfigKeys(this.#values[key]);
  }
}
