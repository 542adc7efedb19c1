import type { FieldName } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import type { AnyKeyRow, Around, FieldValue, KeyRow } from '../types.ts';

/** A row of a key table; the field fixes the types of everything else in it. */
export function key<F extends FieldName>(field: F, row: Omit<KeyRow<F>, 'field'> = {}): AnyKeyRow {
  // A union over all fields cannot be assigned from a generic member; KeyRow<F> is that member.
  return { field, ...row } as unknown as AnyKeyRow;
}

/** A framework's default with the source file it was read in. */
export function byDefault<T>(
  value: T | ((around: Around) => T | undefined),
  cite: string,
): { readonly value: T | ((around: Around) => T | undefined); readonly cite: string } {
  return { value, cite };
}

/** A default that holds only where the key is absent or null: a value that no reader knows is not the default. */
export function whereAbsent<T>(
  path: string,
  value: T | ((around: Around) => T | undefined),
  cite: string,
): { readonly value: (around: Around) => T | undefined; readonly cite: string } {
  const isAbsent = (around: Around): boolean => !around.has(path) || around.get(path) === null;
  const computed = (around: Around): T | undefined =>
    // T is a plan field's value, never a function.
    typeof value === 'function' ? (value as (around: Around) => T | undefined)(around) : value;
  return { value: (around) => (isAbsent(around) ? computed(around) : undefined), cite };
}

type Spelling<T> = readonly (readonly [ConfigValue, T])[];

/** Reads and writes by a table of (key's value, field's value); the first row of a field's value is how it is written. */
export function oneOf<T>(spellings: Spelling<T>): {
  readonly read: (value: ConfigValue) => T | undefined;
  readonly write: (to: T) => ConfigValue | undefined;
} {
  return {
    read: (value) => spellings.find(([spelling]) => sameSpelling(spelling, value))?.[1],
    write: (to) => spellings.find(([, meaning]) => meaning === to)?.[0],
  };
}

function sameSpelling(spelling: ConfigValue, value: ConfigValue): boolean {
  if (typeof spelling === 'string' && typeof value === 'string') return spelling.toLowerCase() === value.toLowerCase();
  return spelling === value;
}

/** Numbers as they are, and numbers written as text where the framework casts them. */
export function castNumber(value: ConfigValue): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value.replaceAll('_', ''));
  return Number.isFinite(number) ? number : undefined;
}

/** A number above zero; frameworks write -1 or 0 for "not set". */
export function positive(value: ConfigValue): number | undefined {
  const number = castNumber(value);
  return number !== undefined && number > 0 ? number : undefined;
}

/** Booleans as they are, and as text the way Python's argument parsers take them. */
export function castBoolean(value: ConfigValue): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  if (word === 'true' || word === 'yes' || word === '1') return true;
  if (word === 'false' || word === 'no' || word === '0') return false;
  return undefined;
}

/** How a value without a reader of its own is taken: only if it already has a plan value's type. */
export function asItIs(
  value: ConfigValue,
  expected: 'number' | 'boolean' | 'string' | 'list' | undefined,
): FieldValue | undefined {
  switch (expected) {
    case 'number':
      return castNumber(value);
    case 'boolean':
      return castBoolean(value);
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case undefined:
      return undefined;
    default:
      return expected satisfies never;
  }
}
