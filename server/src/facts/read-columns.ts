/** A data file of server/data: column names once, then one array a row. */
export interface ColumnTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** One object a row. The row type is what the table's JSON schema (schemas/data) states; a test holds the file to it. */
export function readColumns<Row>(table: ColumnTable): Row[] {
  return table.rows.map((cells) => {
    const row: Record<string, unknown> = {};
    for (const [at, column] of table.columns.entries()) row[column] = cells[at];
    // The parse boundary of our own data files, which the schema test checks.
    return row as Row;
  });
}

/** Computes on first use and remembers: tables are parsed only by those who look something up. */
export function lazily<T>(compute: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => {
    done ??= { value: compute() };
    return done.value;
  };
}
