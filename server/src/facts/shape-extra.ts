/** Reads `extra` of a model's shape: keys of any type, so each read says what it expects. */
export class Extra {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: unknown) {
    // Any object serves as a record of unknowns.
    this.#values = typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== null;
  }

  number(key: string, otherwise = 0): number {
    const value = this.#values[key];
    return typeof value === 'number' ? value : otherwise;
  }

  flag(key: string, otherwise = false): boolean {
    const value = this.#values[key];
    return typeof value === 'boolean' ? value : otherwise;
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    return typeof value === 'string' ? value : undefined;
  }

  numbers(key: string): readonly number[] {
    const value = this.#values[key];
    return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
  }

  nested(key: string): Extra {
    return new Extra(this.#values[key]);
  }
}
