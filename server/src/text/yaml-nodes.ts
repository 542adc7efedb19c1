import { type Alias, type Document, isAlias, isMap, isPair, isScalar, type Pair, type ParsedNode } from 'yaml';
import { MAX_DEPTH, MAX_NODES } from './limits.ts';
import { markOverwritten } from './mark-overwritten.ts';
import { type CoreTag, type PendingScalar, shareNode } from './pending-scalar.ts';
import type { ConfigNode, MapEntry, ScalarStyle, TextProblem, TextRange } from './types.ts';

export interface ConvertedYaml {
  readonly root: ConfigNode | undefined;
  /** The first thing that the YAML package did not object to and we do: a missing anchor, a limit. */
  readonly problem: TextProblem | undefined;
}

/**
 * Turns the package's tree into ours, with aliases and merge keys followed.
 * An anchored value is converted once and shared by its uses, so an alias costs nothing here;
 * what it would cost whoever walks the tree is counted against `MAX_NODES`.
 */
export function convertYaml(text: string, document: Document.Parsed): ConvertedYaml {
  const conversion: Conversion = {
    text,
    anchors: new Map(),
    shared: new Map(),
    badTags: badTagStarts(text, document),
    nodes: 0,
    problem: undefined,
  };
  const root = document.contents === null ? undefined : convert(conversion, document.contents, 0);
  return { root, problem: conversion.problem };
}

interface Anchored {
  readonly node: ConfigNode;
  /** How many nodes it holds, counting what its own aliases repeat. */
  readonly nodes: number;
}

interface Conversion {
  readonly text: string;
  /** By name; `open` while the anchored value itself is being converted, so an alias to itself is seen. */
  readonly anchors: Map<string, Anchored | 'open'>;
  readonly shared: Map<ConfigNode, ConfigNode>;
  /** Where values stand whose tag the package refuses (`!!CHANGETHIS!!`). */
  readonly badTags: ReadonlySet<number>;
  nodes: number;
  problem: TextProblem | undefined;
}

function convert(conversion: Conversion, node: ParsedNode, depth: number): ConfigNode {
  if (isAlias(node)) return followAlias(conversion, node.source, spanOf(node));
  if (depth > MAX_DEPTH && !isScalar(node)) {
    note(conversion, 'limit', spanOf(node), `This is nested over ${MAX_DEPTH} levels deep, so it is not read.`);
    return unreadable(conversion.text, spanOf(node));
  }

  const before = conversion.nodes++;
  const { anchor } = node;
  if (anchor !== undefined) conversion.anchors.set(anchor, 'open');
  const converted = convertContent(conversion, node, depth);
  if (anchor !== undefined) conversion.anchors.set(anchor, { node: converted, nodes: conversion.nodes - before });
  return converted;
}

function convertContent(conversion: Conversion, node: Exclude<ParsedNode, Alias.Parsed>, depth: number): ConfigNode {
  if (isScalar(node)) return convertScalar(conversion, node);

  const range = spanOf(node);
  const flow = node.flow === true;
  // `{{ name }}` without quotes is a map of a map to YAML, and a template to whoever wrote it.
  if (flow && conversion.text.startsWith('{{', range.start)) {
    return { ...unreadable(conversion.text, range), unresolved: 'template' };
  }
  if (isMap(node)) {
    const entries = convertPairs(conversion, node.items, depth);
    return { kind: 'map', range: { start: range.start, end: endOf(conversion.text, node) }, entries, flow };
  }
  const items = node.items.map((item) => convertItem(conversion, item, depth));
  return { kind: 'seq', range: { start: range.start, end: endOf(conversion.text, node) }, items, flow };
}

function convertItem(conversion: Conversion, item: unknown, depth: number): ConfigNode {
  // A flow sequence may hold pairs, `[a: 1, b: 2]`, each a map of one key.
  if (isPair(item)) {
    const pair = asParsedPair(item);
    const entries = convertPairs(conversion, [pair], depth + 1);
    const start = pair.key.range[0];
    const end = pair.value === null ? pair.key.range[1] : pair.value.range[1];
    return { kind: 'map', range: { start, end }, entries, flow: true };
  }
  return convert(conversion, asParsedNode(item), depth + 1);
}

type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

/** The package types the items of a parsed sequence as unknown where pairs may be among them. */
function asParsedPair(pair: Pair): ParsedPair {
  return pair as ParsedPair;
}

function asParsedNode(item: unknown): ParsedNode {
  return item as ParsedNode;
}

function convertPairs(conversion: Conversion, pairs: readonly ParsedPair[], depth: number): readonly MapEntry[] {
  const own: MapEntry[] = [];
  let merged: readonly MapEntry[] = [];
  for (const pair of pairs) {
    const keyRange = spanOf(pair.key);
    if (isMergeKey(pair.key)) {
      // PyYAML: lib/yaml/constructor.py, flatten_mapping: of two merge keys the later one wins.
      const added = mergedEntries(conversion, pair.value, depth);
      merged = [...merged.filter((entry) => !added.some(({ key }) => key === entry.key)), ...added];
      continue;
    }
    const key = isScalar(pair.key) ? String(pair.key.value) : conversion.text.slice(keyRange.start, keyRange.end);
    const value =
      pair.value === null || isUnwritten(pair.value)
        ? emptyScalar(afterColon(conversion.text, keyRange.end))
        : convert(conversion, pair.value, depth + 1);
    own.push({ key, keyRange, value });
  }
  const keys = new Set(own.map((entry) => entry.key));
  const entries = markOverwritten(own);
  return merged.length === 0 ? entries : [...entries, ...merged.filter((entry) => !keys.has(entry.key))];
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

/** The entries that `<<` brings: of a list of maps, the earlier ones win. */
function mergedEntries(conversion: Conversion, value: ParsedNode | null, depth: number): readonly MapEntry[] {
  if (value === null) return [];
  const source = convert(conversion, value, depth + 1);
  const maps = source.kind === 'seq' ? source.items : [source];
  const entries = new Map<string, MapEntry>();
  for (const map of maps) {
    if (map.kind !== 'map') continue;
    for (const { key, keyRange, value: shared, overwritten } of map.entries) {
      if (overwritten || entries.has(key)) continue;
      entries.set(key, { key, keyRange, value: shareNode(shared, conversion.shared), merged: true });
    }
  }
  return [...entries.values()];
}

function followAlias(conversion: Conversion, name: string, range: TextRange): ConfigNode {
  const anchored = conversion.anchors.get(name);
  if (anchored === undefined) {
    note(conversion, 'syntax', range, `The alias *${name} has no anchor &${name} before it, so its value is unknown.`);
    return unreadable(conversion.text, range);
  }
  if (anchored === 'open') {
    note(conversion, 'limit', range, `The alias *${name} stands inside its own anchor, so its value is endless.`);
    return unreadable(conversion.text, range);
  }
  if (conversion.nodes + anchored.nodes > MAX_NODES) {
    const limit = MAX_NODES.toLocaleString('en-US');
    note(conversion, 'limit', range, `Aliases repeat over ${limit} values up to here, so the rest is not read.`);
    return unreadable(conversion.text, range);
  }
  conversion.nodes += anchored.nodes;
  return shareNode(anchored.node, conversion.shared);
}

function note(conversion: Conversion, kind: TextProblem['kind'], range: TextRange, message: string): void {
  conversion.problem ??= { kind, range, message };
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'block',
  BLOCK_FOLDED: 'block',
};

type YamlScalar = ParsedNode & { readonly type?: string; readonly value?: unknown };

function convertScalar(conversion: Conversion, node: YamlScalar): PendingScalar {
  const style = STYLES[node.type ?? 'PLAIN'] ?? 'plain';
  const start = node.range[0];
  const end = style === 'block' ? trimEnd(conversion.text, start, node.range[1]) : node.range[1];
  const value = typeof node.value === 'string' ? node.value : conversion.text.slice(start, end);
  const quotes = style === 'single' || style === 'double' ? 1 : 0;
  const source = style === 'block' ? value : conversion.text.slice(start + quotes, Math.max(start, end - quotes));
  const pending = { kind: 'scalar', range: { start, end }, value, source, style } as const;

  if (conversion.badTags.has(start)) return { ...pending, unresolved: 'tag' };
  if (node.tag === undefined || node.tag === '!') return node.tag === undefined ? pending : { ...pending, tag: 'str' };
  const tag = CORE_TAGS[node.tag];
  return tag === undefined ? { ...pending, unresolved: 'tag' } : { ...pending, tag };
}

const CORE_TAGS: Readonly<Record<string, CoreTag>> = {
  'tag:yaml.org,2002:float': 'float',
  'tag:yaml.org,2002:int': 'int',
  'tag:yaml.org,2002:str': 'str',
  'tag:yaml.org,2002:bool': 'bool',
  'tag:yaml.org,2002:null': 'null',
};

/** Where the value of each refused tag begins. Handles `%` escapes and the like by place, not by name. */
function badTagStarts(text: string, document: Document.Parsed): ReadonlySet<number> {
  const starts = new Set<number>();
  for (const error of document.errors) {
    if (error.code !== 'TAG_RESOLVE_FAILED') continue;
    const space = /[ \t]*/y;
    space.lastIndex = error.pos[1];
    space.exec(text);
    starts.add(space.lastIndex);
  }
  return starts;
}

/** A value that stands for text we do not follow: an alias without an anchor, or something over a limit. */
function unreadable(text: string, range: TextRange): PendingScalar {
  const source = text.slice(range.start, range.end);
  return { kind: 'scalar', range, value: source, source, style: 'plain', unresolved: 'interpolation' };
}

function emptyScalar(at: number): PendingScalar {
  return { kind: 'scalar', range: { start: at, end: at }, value: '', source: '', style: 'plain' };
}

/** The package puts a missing value behind the blanks that follow the colon, so before a comment or a next key. */
function isUnwritten(node: ParsedNode): boolean {
  const { range, tag } = node;
  return isScalar(node) && range[0] === range[1] && tag === undefined && node.anchor === undefined;
}

function afterColon(text: string, keyEnd: number): number {
  const colon = /[ \t]*:/y;
  colon.lastIndex = keyEnd;
  return colon.test(text) ? colon.lastIndex : keyEnd;
}

function spanOf(node: ParsedNode): TextRange {
  return { start: node.range[0], end: node.range[1] };
}

/** Where a value's own text ends: the package lets block style run on over blank lines and comments. */
function endOf(text: string, node: ParsedNode): number {
  let last: ParsedNode = node;
  for (;;) {
    const inner = lastChild(last);
    if (inner === undefined) break;
    last = inner;
  }
  // A missing last value stands behind the blanks after its colon, so they go too.
  return trimEnd(text, node.range[0], last.range[1]);
}

/** The last key or value of a block collection. */
function lastChild(node: ParsedNode): ParsedNode | undefined {
  if (isAlias(node) || isScalar(node) || node.flow === true) return undefined;
  const item = node.items.at(-1);
  if (item === undefined) return undefined;
  if (!isPair(item)) return item;
  const pair = asParsedPair(item);
  return pair.value ?? pair.key;
}

function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /\s/.test(text.charAt(at - 1))) at--;
  return at;
}
