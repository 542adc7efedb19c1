import type { FieldName } from '../../plan/index.ts';
import type { AnyKeyRow, Around, JsonSchema, KeyTable } from '../types.ts';

/** The other spelling of a dotted key: only its first step may be written with hyphens. */
export function hyphened(dotted: string): string {
  const [first = '', ...rest] = dotted.split('.');
  return [first.replaceAll('_', '-'), ...rest].join('.');
}

/** Looks up keys by their name with underscores, however the file spells them. */
export function eitherSpelling(around: Around): Around {
  return {
    file: around.file,
    get: (path) => around.get(path) ?? around.get(hyphened(path)),
    has: (path) => around.has(path) || around.has(hyphened(path)),
  };
}

/** The table with every key in both spellings; what no spelling states is written as the file spells the rest. */
export function inBothSpellings(table: KeyTable): KeyTable {
  const both: Record<string, readonly AnyKeyRow[]> = {};
  for (const [dotted, entry] of Object.entries(table)) {
    const rows: readonly AnyKeyRow[] = 'field' in entry ? [entry] : entry;
    const other = hyphened(dotted);
    if (other === dotted) {
      both[dotted] = rows.map((row) => looking(row, () => true));
      continue;
    }
    both[dotted] = rows.map((row) => looking(row, (around) => !writesHyphens(around, dotted, other)));
    both[other] = rows.map((row) => looking(row, (around) => writesHyphens(around, dotted, other)));
  }
  return both;
}

function writesHyphens(around: Around, dotted: string, other: string): boolean {
  if (around.has(other)) return true;
  return !around.has(dotted) && (around.has('num-layers') || around.has('train-iters'));
}

/** The row with its own look-ups in either spelling. */
function looking(row: AnyKeyRow, spelt: (around: Around) => boolean): AnyKeyRow {
  const { read, write, when, default: usual } = row;
  const value = usual?.value;
  return {
    field: row.field satisfies FieldName,
    ...(read === undefined ? {} : { read: (raw, around) => read(raw, eitherSpelling(around)) }),
    ...(write === undefined ? {} : { write: (to, around) => write(to, eitherSpelling(around)) }),
    ...(usual === undefined
      ? {}
      : {
          default: { ...usual, value: typeof value === 'function' ? (around) => value(eitherSpelling(around)) : value },
        }),
    when: (around) => spelt(around) && (when === undefined || when(eitherSpelling(around))),
  } as AnyKeyRow; // A default's value is the row's own field's, which the compiler cannot follow through the spread.
}

/** The schema with every top-level key in both spellings. */
export function schemaInBothSpellings(schema: JsonSchema): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const [name, described] of Object.entries(schema.properties ?? {})) {
    properties[name] = described;
    properties[name.replaceAll('_', '-')] = described;
  }
  return { ...schema, properties };
}
