import type { AST } from 'toml-eslint-parser';
import { MAX_DEPTH } from './limits.ts';
import type { ConfigNode, MapEntry, MapNode, ScalarNode, TextRange } from './types.ts';
import { markUnresolved } from './with-loader.ts';

/** The tree of a TOML text: headers and dotted keys become maps, `[[name]]` a sequence of maps. */
export function tomlTree(text: string, program: AST.TOMLProgram): ConfigNode | undefined {
  const top = program.body[0];
  if (top.body.length === 0) return undefined;

  const root = newTable({ start: 0, end: text.trimEnd().length });
  for (const statement of top.body) {
    if (statement.type === 'TOMLKeyValue') addKeyValue(text, root, statement);
    else addTable(text, root, statement);
  }
  return finish(root);
}

/** A map in the making. TOML names one table in several places, so its range grows as they are met. */
interface Table {
  readonly kind: 'table';
  start: number;
  end: number;
  readonly children: Map<string, Child>;
}

interface TableList {
  readonly kind: 'tables';
  readonly items: Table[];
}

interface Child {
  readonly keyRange: TextRange;
  readonly value: Table | TableList | ConfigNode;
}

function newTable(range: TextRange): Table {
  return { kind: 'table', ...range, children: new Map() };
}

function addTable(text: string, root: Table, table: AST.TOMLTable): void {
  const [start, end] = table.range;
  const keys = table.key.keys;
  let parent = root;
  for (const [index, key] of keys.entries()) {
    const list = table.kind === 'array' && index === keys.length - 1;
    parent = list ? appendTable(parent, key, { start, end }) : openTable(parent, key, { start, end });
  }
  for (const statement of table.body) addKeyValue(text, parent, statement);
}

function addKeyValue(text: string, table: Table, statement: AST.TOMLKeyValue): void {
  const keys = statement.key.keys;
  const [start, end] = statement.range;
  let parent = table;
  for (const key of keys.slice(0, -1)) parent = openTable(parent, key, { start, end });
  const last = keys.at(-1);
  if (last === undefined) return;
  parent.children.set(nameOf(last), { keyRange: toRange(last), value: convert(text, statement.value, 0) });
}

/** The table of that name, made or grown. The parser has already refused a name that is something else. */
function openTable(parent: Table, key: AST.TOMLBare | AST.TOMLQuoted, range: TextRange): Table {
  const known = parent.children.get(nameOf(key))?.value;
  const table = known?.kind === 'tables' ? known.items.at(-1) : known;
  if (table?.kind !== 'table') {
    const made = newTable(range);
    parent.children.set(nameOf(key), { keyRange: toRange(key), value: made });
    return made;
  }
  table.start = Math.min(table.start, range.start);
  table.end = Math.max(table.end, range.end);
  return table;
}

function appendTable(parent: Table, key: AST.TOMLBare | AST.TOMLQuoted, range: TextRange): Table {
  const made = newTable(range);
  const known = parent.children.get(nameOf(key))?.value;
  if (known?.kind === 'tables') known.items.push(made);
  else parent.children.set(nameOf(key), { keyRange: toRange(key), value: { kind: 'tables', items: [made] } });
  return made;
}

function finish(table: Table): MapNode {
  const entries: MapEntry[] = [];
  for (const [key, { keyRange, value }] of table.children) entries.push({ key, keyRange, value: finishChild(value) });
  return { kind: 'map', range: { start: table.start, end: table.end }, entries, flow: false };
}

function finishChild(value: Child['value']): ConfigNode {
  if (value.kind === 'table') return finish(value);
  if (value.kind !== 'tables') return value;
  const items = value.items.map(finish);
  const start = items[0]?.range.start ?? 0;
  return { kind: 'seq', range: { start, end: items.at(-1)?.range.end ?? start }, items, flow: false };
}

function convert(text: string, node: AST.TOMLContentNode, depth: number): ConfigNode {
  const range = toRange(node);
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  switch (node.type) {
    case 'TOMLValue':
      return convertValue(text, node, range);
    case 'TOMLArray': {
      const items = node.elements.map((element) => convert(text, element, depth + 1));
      return { kind: 'seq', range, items, flow: true };
    }
    case 'TOMLInlineTable': {
      const table = newTable(range);
      for (const statement of node.body) addKeyValue(text, table, statement);
      return { ...finish(table), flow: true };
    }
    default:
      return node satisfies never;
  }
}

function convertValue(text: string, node: AST.TOMLValue, range: TextRange): ScalarNode {
  const written = text.slice(range.start, range.end);
  switch (node.kind) {
    case 'string': {
      const source = written.replace(/^("""|'''|"|')([\s\S]*)\1$/, '$2');
      const style = node.multiline ? 'block' : node.style === 'basic' ? 'double' : 'single';
      return markUnresolved({ kind: 'scalar', range, value: node.value, source, style });
    }
    case 'integer':
    case 'float':
    case 'boolean':
      return { kind: 'scalar', range, value: node.value, source: written, style: 'plain' };
    case 'offset-date-time':
    case 'local-date-time':
    case 'local-date':
    case 'local-time':
      return { kind: 'scalar', range, value: written, source: written, style: 'plain' };
    default:
      return node satisfies never;
  }
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function toRange(node: AST.TOMLNode): TextRange {
  return { start: node.range[0], end: node.range[1] };
}
