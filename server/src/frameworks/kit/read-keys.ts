import type { FieldName, Location, Sourced } from '../../plan/index.ts';
import type { ConfigNode, ConfigPath, ConfigTree, ConfigValue } from '../../text/index.ts';
import { toValue } from '../../text/index.ts';
import type { AnyKeyRow, Around, FieldValue, KeyPlace, KeyTable } from '../types.ts';
import { aroundOf, pathOf } from './around.ts';
import { FIELD_VALUE_TYPE } from './field-value-type.ts';
import { asItIs } from './key.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** A table made ready once per adapter: rows in order with their parsed paths. */
export interface PreparedKeys {
  readonly rows: readonly { readonly dotted: string; readonly path: ConfigPath; readonly row: AnyKeyRow }[];
  readonly byPath: ReadonlyMap<string, readonly FieldName[]>;
}

export function prepareKeys(table: KeyTable): PreparedKeys {
  const rows = Object.entries(table).flatMap(([dotted, entry]) =>
    asRows(entry).map((row) => ({ dotted, path: pathOf(dotted), row })),
  );
  const byPath = new Map<string, FieldName[]>();
  for (const { dotted, row } of rows) byPath.set(dotted, [...(byPath.get(dotted) ?? []), row.field]);
  return { rows, byPath };
}

function asRows(entry: AnyKeyRow | readonly AnyKeyRow[]): readonly AnyKeyRow[] {
  return 'field' in entry ? [entry] : entry;
}

/** States in `builder` what the keys under `base` say; explicit values only. Rows earlier in the table rank higher. */
export function readKeys(tree: ConfigTree, base: ConfigPath, keys: PreparedKeys, builder: PlanBuilder): void {
  const around = aroundOf(tree, base);
  for (const { dotted, path, row } of keys.rows) {
    if (row.when !== undefined && !row.when(around)) continue;
    const place: KeyPlace = { file: tree.file, path: [...base, ...path], row, around };
    const node = around.node(dotted);
    if (node !== undefined) stateNode(tree, node, place, builder);
  }
}

function stateNode(tree: ConfigTree, node: ConfigNode, place: KeyPlace, builder: PlanBuilder): void {
  const { row, around } = place;
  const value = toValue(node);
  if (value === undefined) {
    builder.obscure(row.field);
    return;
  }
  if (value === null) return;
  const read = readValue(row, value, around);
  if (read === undefined || (typeof read === 'number' && !Number.isFinite(read))) return;
  const key = place.path.join('.');
  const sourced: Sourced<FieldValue> = { value: read, origin: 'explicit', at: locationOf(tree, node), key };
  if (node.kind !== 'scalar' || node.interpolated === undefined) {
    builder.state(row.field, sourced, node.file === undefined ? place : { ...place, shared: true });
    return;
  }
  // What an expression comes to can only be changed at the one key it repeats.
  const { from } = node.interpolated;
  if (from === undefined) builder.seal(row.field);
  builder.state(row.field, sourced, from === undefined ? undefined : { ...place, path: from, shared: true });
}

/** Fills the defaults of keys that say nothing, and where an edit of such a field would go. */
export function assumeDefaults(
  tree: ConfigTree,
  base: ConfigPath,
  keys: PreparedKeys,
  builder: PlanBuilder,
  partial: boolean,
): void {
  const around = aroundOf(tree, base);
  for (const { path, row } of keys.rows) {
    const place = { file: tree.file, path: [...base, ...path], row, around };
    if (row.when !== undefined && !row.when(around)) {
      if (isWritable(row)) builder.offerLatentPlace(row.field, place);
      continue;
    }
    if (isWritable(row)) builder.offerPlace(row.field, place);
    if (partial || row.default === undefined) continue;
    const value = defaultValue(row, around);
    if (value !== undefined) builder.assume(row.field, value, row.default.cite);
  }
}

/** A row whose field can be written: its own writer, or neither reader nor writer. */
export function isWritable(row: AnyKeyRow): boolean {
  return row.write !== undefined || row.read === undefined;
}

function readValue(row: AnyKeyRow, value: ConfigValue, around: Around): FieldValue | undefined {
  return row.read === undefined ? asItIs(value, FIELD_VALUE_TYPE[row.field]) : row.read(value, around);
}

function defaultValue(row: AnyKeyRow, around: Around): FieldValue | undefined {
  const value = row.default?.value;
  return typeof value === 'function' ? value(around) : value;
}

export function locationOf(tree: ConfigTree, node: ConfigNode): Location {
  return { file: node.file ?? tree.file, start: node.range.start, end: node.range.end };
}

/** An explicit value of a node, for statements outside the tables. */
export function explicit<T>(tree: ConfigTree, node: ConfigNode, value: T): Sourced<T> {
  return { value, origin: 'explicit', at: locationOf(tree, node) };
}
