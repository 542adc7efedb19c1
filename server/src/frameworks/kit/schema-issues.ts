import { distance } from 'fastest-levenshtein';
import {
  type ConfigNode,
  type ConfigPath,
  type ConfigTree,
  type ConfigValue,
  entryAt,
  nodeAt,
} from '../../text/index.ts';
import type { JsonSchema, KeyIssue } from '../types.ts';
import { schemaAt } from './schema-at.ts';
import { type SchemaError, validationErrors } from './validate.ts';

export interface SchemaPolicy {
  /** What the framework does with a key it does not know; `accepted` where it may be somebody's own, so nothing is said. */
  readonly unknownKeys: 'refused' | 'dropped' | 'accepted';
  /** Scripts add keys of their own to such files, so a key is only told of where it is a known one misspelt. */
  readonly ownKeys?: boolean;
  /** Whether the framework casts text to the number its option wants (argparse, pydantic) or keeps the text. */
  readonly castsNumbers: (key: string) => boolean;
  /** Whether true and false are the numbers 1 and 0 where one is wanted, as pydantic takes them. */
  readonly castsBooleans?: boolean;
  /** What other frameworks call a top-level key of this one, too far from its name for a slip of the keyboard. */
  readonly otherNames?: Readonly<Record<string, string>>;
  /** Whether a key that the schema calls deprecated is so for this file; it always is where absent. */
  readonly deprecates?: (key: string) => boolean;
}

/** Issues of keys and values against the framework's schema. Values that are not known from the text are passed over. */
export function schemaIssues(tree: ConfigTree, schema: JsonSchema, policy: SchemaPolicy): readonly KeyIssue[] {
  // A script's own parser may take more arguments than the framework's classes know.
  if (tree.format === 'shell' || tree.format === 'python') return [];
  if (tree.root?.kind !== 'map') return [];
  const errors = validationErrors(knownValue(tree.root), schema, schema);
  const cast = castPlaces(errors, tree, policy);
  const entered = enteredPlaces(errors);
  const issues = errors
    .filter((error) => !cast.has(error.instancePath))
    .filter((error) => error.keyword === 'additionalProperties' || !entered.has(error.instancePath))
    .flatMap((error) => issueOf(error, tree, schema, policy));
  return [...onePerPlace(issues), ...deprecatedKeys(tree, schema, policy)];
}

/** Maps and lists that one branch of an `anyOf` accepted as such and looked into: the others' complaints say nothing. */
function enteredPlaces(errors: readonly SchemaError[]): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { instancePath, keyword } of errors) {
    if (keyword === 'additionalProperties') places.add(instancePath);
    for (let end = instancePath.lastIndexOf('/'); end > 0; end = instancePath.lastIndexOf('/', end - 1))
      places.add(instancePath.slice(0, end));
  }
  return places;
}

/** Values the framework turns into the number it wants: no branch of an `anyOf` may complain about them. */
function castPlaces(errors: readonly SchemaError[], tree: ConfigTree, policy: SchemaPolicy): ReadonlySet<string> {
  const places = new Set<string>();
  for (const error of errors) {
    if (error.keyword !== 'type' || !wantsNumber(expectedTypes(error))) continue;
    const path = pointerPath(error.instancePath, tree);
    const node = nodeAt(tree, path);
    if (policy.castsBooleans === true && node?.kind === 'scalar' && typeof node.value === 'boolean')
      places.add(error.instancePath);
    if (node !== undefined && numberInText(node) !== undefined && policy.castsNumbers(path.join('.')))
      places.add(error.instancePath);
  }
  return places;
}

/** The tree's values as plain data; unresolved ones are left out, so nothing is said about them. */
function knownValue(node: ConfigNode): ConfigValue | undefined {
  switch (node.kind) {
    case 'scalar':
      return node.unresolved === undefined ? node.value : undefined;
    case 'seq': {
      const items = node.items.map(knownValue);
      return items.some((item) => item === undefined) ? undefined : (items as ConfigValue[]);
    }
    case 'map': {
      const entries = node.entries
        .filter((entry) => entry.overwritten === undefined)
        .map((entry) => [entry.key, knownValue(entry.value)] as const);
      return Object.fromEntries(
        entries.filter((entry): entry is readonly [string, ConfigValue] => entry[1] !== undefined),
      );
    }
    default:
      return node satisfies never;
  }
}

function issueOf(error: SchemaError, tree: ConfigTree, schema: JsonSchema, policy: SchemaPolicy): readonly KeyIssue[] {
  const path = pointerPath(error.instancePath, tree);
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const name = String(error.params['additionalProperty'] ?? error.params['unevaluatedProperty']);
    return unknownKey([...path, name], tree, schema, policy);
  }
  const node = nodeAt(tree, path);
  if (node === undefined) return [];
  // An empty value is null, and every framework reads null as "not set".
  if (node.kind === 'scalar' && node.value === null) return [];
  const at = { file: tree.file, ...node.range };
  const dotted = path.join('.');
  if (error.keyword === 'type') return wrongType(error, node, { at, path, key: dotted }, policy);
  if (error.keyword === 'enum' || error.keyword === 'const') {
    const allowed =
      error.keyword === 'enum'
        ? (error.params['allowedValues'] as ConfigValue[])
        : [error.params['allowedValue'] as ConfigValue];
    return notAllowed(allowed, node, { at, path, key: dotted }, tree);
  }
  if (['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].includes(error.keyword)) {
    const bound = `${String(error.params['comparison'])} ${String(error.params['limit'])}`;
    return [
      { kind: 'not-allowed', at, path, key: dotted, data: { found: shown(node), expected: bound }, effect: 'refused' },
    ];
  }
  return [];
}

interface Placed {
  readonly at: KeyIssue['at'];
  readonly path: ConfigPath;
  readonly key: string;
}

function wrongType(error: SchemaError, node: ConfigNode, placed: Placed, policy: SchemaPolicy): readonly KeyIssue[] {
  const expected = expectedTypes(error);
  const number = wantsNumber(expected) ? numberInText(node) : undefined;
  if (number !== undefined) return policy.castsNumbers(placed.key) ? [] : [textNumber(node, number, placed)];
  return [
    {
      kind: 'wrong-type',
      ...placed,
      data: { found: shown(node), expected: expected.filter((type) => type !== 'null').join(' or ') },
      effect: 'refused',
    },
  ];
}

function expectedTypes(error: SchemaError): readonly string[] {
  return [error.params['type']].flat().map(String);
}

function wantsNumber(types: readonly string[]): boolean {
  return types.includes('number') || types.includes('integer');
}

function numberInText(node: ConfigNode): number | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value.trim() === '') return undefined;
  if (node.looksNumeric !== undefined) return node.looksNumeric;
  const number = Number(node.value);
  return Number.isFinite(number) ? number : undefined;
}

function textNumber(node: ConfigNode, number: number, placed: Placed): KeyIssue {
  return {
    kind: 'number-read-as-text',
    ...placed,
    data: { found: shown(node), number },
    effect: 'misread',
    mend: {
      title: `Write ${shown(node)} as a number`,
      safe: false,
      edits: [{ file: placed.at.file, path: placed.path, to: number }],
    },
  };
}

function notAllowed(
  allowed: readonly ConfigValue[],
  node: ConfigNode,
  placed: Placed,
  tree: ConfigTree,
): readonly KeyIssue[] {
  const found = shown(node);
  const words = allowed.filter((value) => value !== null).map(String);
  const near = nearest(found, words);
  const issue: KeyIssue = {
    kind: 'not-allowed',
    ...placed,
    data: { found, expected: words.length > 12 ? `${words.slice(0, 12).join(', ')}, …` : words.join(', ') },
    effect: 'refused',
  };
  if (near === undefined) return [issue];
  return [
    {
      ...issue,
      mend: { title: `Change to ${near}`, safe: false, edits: [{ file: tree.file, path: placed.path, to: near }] },
    },
  ];
}

function unknownKey(path: ConfigPath, tree: ConfigTree, schema: JsonSchema, policy: SchemaPolicy): readonly KeyIssue[] {
  const entry = entryAt(tree, path);
  if (entry === undefined || entry.merged === true || policy.unknownKeys === 'accepted') return [];
  const parent = nodeAt(tree, path.slice(0, -1));
  const siblings = Object.keys(schemaAt(schema, path.slice(0, -1))?.properties ?? {});
  const written = parent?.kind === 'map' ? new Set(parent.entries.map((sibling) => sibling.key)) : new Set<string>();
  const free = siblings.filter((name) => !written.has(name));
  const alias = path.length === 1 ? policy.otherNames?.[entry.key] : undefined;
  const near = alias !== undefined && free.includes(alias) ? alias : nearest(entry.key, free);
  const issue: KeyIssue = {
    kind: 'unknown-key',
    at: { file: tree.file, ...entry.keyRange },
    path,
    key: path.join('.'),
    data: near === undefined ? {} : { replacement: near },
    effect: policy.unknownKeys,
  };
  if (policy.ownKeys === true && (near === undefined || distance(near, entry.key) > SLIP)) return [];
  if (near === undefined) return [issue];
  return [
    { ...issue, mend: { title: `Rename to ${near}`, safe: false, edits: [{ file: tree.file, path, renameTo: near }] } },
  ];
}

/** Letters wrong in a slip of the keyboard, where a longer distance may be another word. */
const SLIP = 2;

/** The closest name within a third of its length: near enough to be a slip of the keyboard. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  const lower = name.toLowerCase();
  for (const candidate of candidates) {
    // Lengths alone rule out most of some hundred keys.
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const steps = distance(lower, candidate.toLowerCase());
    if (steps < bestDistance) [best, bestDistance] = [candidate, steps];
  }
  return best;
}

function deprecatedKeys(tree: ConfigTree, schema: JsonSchema, policy: SchemaPolicy): readonly KeyIssue[] {
  const issues: KeyIssue[] = [];
  const visit = (node: ConfigNode, path: ConfigPath): void => {
    if (node.kind !== 'map') return;
    for (const entry of node.entries) {
      if (entry.overwritten === true || entry.merged === true) continue;
      const own = [...path, entry.key];
      const described = schemaAt(schema, own);
      if (described?.deprecated === true && policy.deprecates?.(own.join('.')) !== false)
        issues.push(deprecatedKey(entry.keyRange, own, described, tree, policy.unknownKeys));
      visit(entry.value, own);
    }
  };
  if (tree.root !== undefined) visit(tree.root, []);
  return issues;
}

function deprecatedKey(
  range: { start: number; end: number },
  path: ConfigPath,
  described: JsonSchema,
  tree: ConfigTree,
  whereUnknown: SchemaPolicy['unknownKeys'],
): KeyIssue {
  const replacement = described['x-replacement'];
  const removed = described['x-removed'];
  const issue: KeyIssue = {
    kind: 'deprecated-key',
    at: { file: tree.file, ...range },
    path,
    key: path.join('.'),
    data: { ...(replacement === undefined ? {} : { replacement }), ...(removed === undefined ? {} : { removed }) },
    // Gone from the framework, it is a key like any that it does not know.
    effect: removed === undefined ? 'accepted' : whereUnknown,
  };
  // Only a sibling's name can be written in place; a replacement elsewhere in the tree is told, not offered.
  const renames =
    replacement !== undefined &&
    /^\w+$/.test(replacement) &&
    entryAt(tree, [...path.slice(0, -1), replacement]) === undefined;
  if (!renames) return issue;
  return {
    ...issue,
    // Releases before the new name took its place do not know it.
    mend: { title: `Rename to ${replacement}`, safe: false, edits: [{ file: tree.file, path, renameTo: replacement }] },
  };
}

/** `anyOf` branches each complain about the same value: one issue a place, which tells what every branch expects. */
function onePerPlace(issues: readonly KeyIssue[]): readonly KeyIssue[] {
  const kept = new Map<string, KeyIssue>();
  for (const issue of issues) {
    const place = `${issue.at.start}:${issue.at.end}`;
    const other = kept.get(place);
    kept.set(place, other === undefined ? issue : mergedIssue(other, issue));
  }
  return [...kept.values()];
}

function mergedIssue(first: KeyIssue, second: KeyIssue): KeyIssue {
  if (first.kind === second.kind && first.kind !== 'wrong-type') return first;
  const [issue, other] = first.kind === 'wrong-type' ? [second, first] : [first, second];
  const expected = [other.data['expected'], issue.data['expected']].filter((part) => part !== undefined);
  if (issue.kind !== 'not-allowed' && issue.kind !== 'wrong-type') return issue;
  return { ...issue, data: { ...issue.data, expected: [...new Set(expected)].join(' or ') } };
}

function pointerPath(pointer: string, tree: ConfigTree): ConfigPath {
  const path: (string | number)[] = [];
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(nodeAt(tree, path)?.kind === 'seq' ? Number(name) : name);
  }
  return path;
}

function shown(node: ConfigNode): string {
  if (node.kind === 'scalar') return node.source.length > 40 ? `${node.source.slice(0, 39)}…` : node.source;
  return node.kind === 'map' ? 'a mapping' : 'a list';
}
