import type { PendingScalar } from './pending-scalar.ts';
import { readCoreNumber, readPlain } from './plain-scalar.ts';
import type { ConfigNode, ConfigTree, Loader, MapEntry, ParsedText, ScalarNode } from './types.ts';

/**
 * The text as one reader sees it: decides what each plain scalar is. No second parse.
 * A JSON or TOML text reads the same under every loader.
 */
export function withLoader(parsed: ParsedText, loader: Loader): ConfigTree {
  const { file, text, format, root, problems, comments, launches } = parsed;
  const common = { file, text, format, problems, comments, ...(launches === undefined ? {} : { launches }) };
  if (format !== 'yaml') return { ...common, loader: format, root };
  return { ...common, loader, root: root === undefined ? undefined : resolve(root, loader, new Map()) };
}

/** Shared nodes are reached many times over and resolved once. */
type Resolved = Map<ConfigNode, ConfigNode>;

function resolve(node: ConfigNode, loader: Loader, resolved: Resolved): ConfigNode {
  if (!node.shared) return resolveContent(node, loader, resolved);
  const known = resolved.get(node);
  if (known !== undefined) return known;
  const result = resolveContent(node, loader, resolved);
  resolved.set(node, result);
  return result;
}

function resolveContent(node: ConfigNode, loader: Loader, resolved: Resolved): ConfigNode {
  switch (node.kind) {
    case 'scalar':
      // Every scalar of a parsed YAML text is pending: yaml-nodes.ts makes no other.
      return resolveScalar(node as PendingScalar, loader);
    case 'seq':
      return { ...node, items: node.items.map((item) => resolve(item, loader, resolved)) };
    case 'map':
      return { ...node, entries: node.entries.map((entry) => resolveEntry(entry, loader, resolved)) };
    default:
      return node satisfies never;
  }
}

function resolveEntry(entry: MapEntry, loader: Loader, resolved: Resolved): MapEntry {
  return { ...entry, value: resolve(entry.value, loader, resolved) };
}

function resolveScalar(pending: PendingScalar, loader: Loader): ScalarNode {
  const { tag, ...scalar } = pending;
  if (scalar.unresolved !== undefined) return scalar;
  // OmegaConf's mark of a value that must be given elsewhere, quoted or not.
  if (loader === 'omegaconf' && scalar.value === '???') return { ...scalar, unresolved: 'placeholder' };
  if (tag !== undefined && tag !== 'str') return readTagged(scalar, tag, loader);
  if (tag === 'str' || scalar.style !== 'plain') return markUnresolved(scalar);

  const value = readPlain(pending.value, loader);
  if (typeof value !== 'string') return { ...scalar, value };
  const looksNumeric = readCoreNumber(value);
  return looksNumeric === undefined ? markUnresolved(scalar) : { ...scalar, looksNumeric };
}

/** `!!float 1e5` is a number to every reader, since the tag skips the patterns. */
function readTagged(scalar: ScalarNode, tag: 'float' | 'int' | 'bool' | 'null', loader: Loader): ScalarNode {
  if (tag === 'null') return { ...scalar, value: null };

  const read = readPlain(scalar.source, loader);
  if (tag === 'bool') return typeof read === 'boolean' ? { ...scalar, value: read } : { ...scalar, unresolved: 'tag' };
  const number = typeof read === 'number' ? read : readCoreNumber(scalar.source);
  return number === undefined ? { ...scalar, unresolved: 'tag' } : { ...scalar, value: number };
}

/** Marks a string that is only known once something else has been: nothing is evaluated here. */
export function markUnresolved(scalar: ScalarNode): ScalarNode {
  const { value } = scalar;
  if (typeof value !== 'string') return scalar;
  if (value.includes('${')) return { ...scalar, unresolved: 'interpolation' };
  if (value.includes('{{') || value.includes('{%')) return { ...scalar, unresolved: 'template' };
  return scalar;
}
