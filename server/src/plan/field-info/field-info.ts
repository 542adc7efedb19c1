export interface FieldInfo {
  /** The field's standard term, lower case, for labels and messages. */
  readonly label: string;
  /** Unit of a numeric value; absent where it has none. */
  readonly unit?: string;
  /** One sentence without a full stop: what the value is. */
  readonly meaning: string;
  /** Other names the field's literature uses, for search and completion. */
  readonly aliases: readonly string[];
}
