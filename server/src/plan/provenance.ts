import type { FieldName } from './fields.ts';
import type { Location } from './location.ts';

/** Where a value came from. Only `explicit` values have a place in a file. */
export type Provenance =
  /** Written in a file, at the place of the value (not of its key); `key` is the dotted key, where one key states it. */
  | { readonly origin: 'explicit'; readonly at: Location; readonly key?: string }
  /** The framework's own default; `cite` names the framework's source file it was read in. */
  | { readonly origin: 'default'; readonly cite: string }
  /** Computed from other fields of the plan, or looked up from them (a model's shape from its name). */
  | { readonly origin: 'inferred'; readonly from: readonly FieldName[]; readonly how: string }
  /** Stated outside the config: an editor setting, `batchwise.json`, a command-line flag, a launcher beside it. */
  | { readonly origin: 'setting'; readonly setting: string };

/** A value with its origin. `overridden` keeps the statements that lost, so that disagreements can be reported. */
export type Sourced<T> = {
  readonly value: T;
  readonly overridden?: readonly Sourced<T>[];
} & Provenance;

/** How a value's origin is worded for people. */
export function describeOrigin(source: Provenance): string {
  switch (source.origin) {
    case 'explicit':
      return 'written in the file';
    case 'default':
      return `default (${source.cite})`;
    case 'inferred':
      return source.how;
    case 'setting':
      return source.setting;
    default:
      return source satisfies never;
  }
}
