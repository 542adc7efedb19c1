import type { JsonSchema } from '../frameworks/index.ts';
import { findAdapter } from '../frameworks/index.ts';
import { schemaAt } from '../frameworks/kit/schema-at.ts';
import { FIELD_INFO, type FieldName } from '../plan/index.ts';
import { type ConfigPath, type ConfigValue, nodeAt, placeAt } from '../text/index.ts';
import type { Analysis } from './types.ts';

export interface CompletionData {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: string;
  readonly documentation?: string;
  readonly deprecated: boolean;
  /** Text to put in place of what is being typed. */
  readonly insert: string;
  /** The span being replaced. */
  readonly start: number;
  readonly end: number;
  /** Keys that state a plan field come first. */
  readonly sortText: string;
}

/** Keys and values the schema allows at an offset. Scripts are code, where other tools complete. */
export function complete(analysis: Analysis, offset: number): readonly CompletionData[] {
  const { tree, framework, text } = analysis;
  const adapter = framework === undefined ? undefined : findAdapter(framework.id);
  if (tree === undefined || adapter?.schema === undefined) return [];
  if (tree.format === 'shell' || tree.format === 'python') return [];
  const line = lineAround(text, offset);
  const value = valueContext(line, offset);
  if (value !== undefined) {
    const place = placeAt(tree, value.keyOffset);
    return place === undefined ? [] : valuesOf(schemaAt(adapter.schema, place.path), value, tree.format);
  }
  const parent = parentPath(analysis, line, offset);
  const described = parent === undefined ? undefined : schemaAt(adapter.schema, parent);
  if (parent === undefined || described === undefined) return [];
  const word = wordBefore(text, offset);
  return keysOf(described, presentKeys(analysis, parent, offset), {
    start: word.start,
    end: word.end,
    suffix: hasColon(line, offset) ? '' : tree.format === 'toml' ? ' = ' : ': ',
    quote: tree.format === 'json' && text[word.start - 1] !== '"',
    fieldsOf: (key) => adapter.fieldsOf([...parent, key]),
  });
}

interface Line {
  readonly start: number;
  readonly text: string;
}

function lineAround(text: string, offset: number): Line {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return { start, text: text.slice(start, end === -1 ? text.length : end) };
}

interface ValueContext {
  readonly keyOffset: number;
  readonly start: number;
  readonly end: number;
}

/** The cursor stands after `key:` or `key =` on the same line: a value is being typed. */
function valueContext(line: Line, offset: number): ValueContext | undefined {
  const match = /^(\s*(?:- )?)("?[\w.-]+"?)\s*[:=]\s?/.exec(line.text);
  if (match === null || offset < line.start + match[0].length) return undefined;
  const rest = line.text.slice(match[0].length);
  const written = /^[^\s#,]*/.exec(rest)?.[0] ?? '';
  const start = line.start + match[0].length;
  if (offset > start + written.length) return undefined;
  return { keyOffset: line.start + (match[1]?.length ?? 0) + 1, start, end: start + written.length };
}

function valuesOf(described: JsonSchema | undefined, context: ValueContext, format: string): readonly CompletionData[] {
  if (described === undefined) return [];
  const isBoolean = [described.type].flat().includes('boolean');
  const values: readonly ConfigValue[] = [
    ...(described.enum ?? []),
    ...(isBoolean ? [true, false] : []),
    ...(described.examples ?? []),
  ];
  const unique = [...new Set(values.filter((value) => value !== null).map((value) => spelled(value, format)))];
  return unique.map((insert, index) => ({
    label: insert,
    kind: 'value',
    deprecated: false,
    insert,
    start: context.start,
    end: context.end,
    sortText: String(index).padStart(3, '0'),
    ...(described.description === undefined ? {} : { documentation: described.description }),
  }));
}

function spelled(value: ConfigValue, format: string): string {
  if (typeof value === 'string' && format === 'yaml')
    return /^[\w./-]+$/.test(value) && !/^(true|false|null|yes|no|on|off|[\d.]+)$/i.test(value)
      ? value
      : JSON.stringify(value);
  return JSON.stringify(value);
}

/** The map a new key would belong to: by indentation in YAML, by the tree elsewhere. */
function parentPath(analysis: Analysis, line: Line, offset: number): ConfigPath | undefined {
  const { tree, text } = analysis;
  if (tree === undefined) return undefined;
  if (tree.format !== 'yaml') return enclosingMap(analysis, offset);
  const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
  if (indent === 0) return [];
  for (let end = line.start - 1; end > 0; ) {
    const above = lineAround(text, end);
    const own = /^(\s*)([\w.-]+):\s*(#.*)?$/.exec(above.text.replace(/\r$/, ''));
    if (own !== null && (own[1]?.length ?? 0) < indent) return placeAt(tree, above.start + (own[1]?.length ?? 0))?.path;
    end = above.start - 1;
  }
  return undefined;
}

function enclosingMap(analysis: Analysis, offset: number): ConfigPath | undefined {
  const { tree } = analysis;
  const place = tree === undefined ? undefined : placeAt(tree, offset);
  if (tree === undefined) return undefined;
  if (place === undefined) return [];
  const own = nodeAt(tree, place.path);
  return own?.kind === 'map' && place.part !== 'key' ? place.path : place.path.slice(0, -1);
}

function presentKeys(analysis: Analysis, parent: ConfigPath, offset: number): ReadonlySet<string> {
  const node = analysis.tree === undefined ? undefined : nodeAt(analysis.tree, parent);
  if (node?.kind !== 'map') return new Set();
  // The key being typed is in the tree already; it must not hide itself.
  const others = node.entries.filter((entry) => offset < entry.keyRange.start || offset > entry.keyRange.end);
  return new Set(others.map((entry) => entry.key));
}

interface KeyContext {
  readonly start: number;
  readonly end: number;
  readonly suffix: string;
  readonly quote: boolean;
  readonly fieldsOf: (key: string) => readonly FieldName[];
}

function keysOf(described: JsonSchema, present: ReadonlySet<string>, context: KeyContext): readonly CompletionData[] {
  return Object.entries(described.properties ?? {})
    .filter(([key]) => !present.has(key))
    .map(([key, schema]) => {
      const [field] = context.fieldsOf(key);
      const name = context.quote ? `"${key}"` : key;
      return {
        label: key,
        kind: 'key' as const,
        deprecated: schema.deprecated === true,
        insert: `${name}${context.suffix}`,
        start: context.start,
        end: context.end,
        sortText: `${schema.deprecated === true ? '2' : field === undefined ? '1' : '0'}${key}`,
        ...(field === undefined ? {} : { detail: FIELD_INFO[field].label }),
        ...documented(schema),
      };
    });
}

function documented(schema: JsonSchema): { readonly documentation?: string } {
  const lines = [
    schema.description,
    schema.default === undefined || schema.default === null
      ? undefined
      : `Default: \`${JSON.stringify(schema.default)}\``,
  ];
  const text = lines.filter((line) => line !== undefined).join('  \n');
  return text === '' ? {} : { documentation: text };
}

function wordBefore(text: string, offset: number): { readonly start: number; readonly end: number } {
  let start = offset;
  while (start > 0 && /[\w.-]/.test(text[start - 1] ?? '')) start -= 1;
  let end = offset;
  while (end < text.length && /[\w.-]/.test(text[end] ?? '')) end += 1;
  return { start, end };
}

function hasColon(line: Line, offset: number): boolean {
  return /^[\w.-]*"?\s*[:=]/.test(line.text.slice(offset - line.start));
}
