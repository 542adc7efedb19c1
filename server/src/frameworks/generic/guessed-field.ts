import type { FieldName } from '../../plan/index.ts';

/** A field a guess may fill, with the names it goes by, and what its value may be. */
export interface GuessedField {
  readonly field: FieldName;
  /**
   * Spellings without case, dashes and underscores, where the key above must help in the form `above/name`. Earlier
   * groups are more telling: a later one counts only without them.
   */
  readonly names: readonly (readonly string[])[];
  readonly kind: 'count' | 'rate' | 'share' | 'number' | 'text';
}
