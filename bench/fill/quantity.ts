import type { FieldName } from '../../server/src/engine/index.ts';

/** Names under which files state a quantity. */
export interface Names {
  /** The value's own key. */
  readonly key: RegExp;
  /** The key right above it, where the own name tells too little. */
  readonly under?: RegExp;
  readonly value: 'count' | 'amount' | 'several' | 'rate' | 'length' | 'duration' | 'name' | 'range';
}

/** A quantity as texts state it, and the plan fields one of which then holds it. */
export interface Quantity {
  readonly id: string;
  readonly title: string;
  /** The share of files aimed at, in percent; absent where none was set. */
  readonly target?: number;
  readonly parts: readonly {
    readonly names: readonly Names[];
    /** Own names that look alike and mean something else. */
    readonly not?: RegExp;
    /** Groups in which these names are about something else. */
    readonly notUnder?: RegExp;
    readonly fields: readonly FieldName[];
  }[];
}
