import { checkEdit, type Replacement } from './check-edit.ts';
import { nodeAt, toValue } from './navigate.ts';
import { sameOutside } from './same-tree.ts';
import { setInArguments } from './set-in-arguments.ts';
import { setInBraces } from './set-in-braces.ts';
import { setInCall } from './set-in-call.ts';
import { setInToml } from './set-in-toml.ts';
import { setInYaml } from './set-in-yaml.ts';
import type { ConfigPath, ConfigTree, ConfigValue, TextEdit } from './types.ts';

/**
 * The smallest edits after which the path reads as the value, under the same loader, and nothing else has changed.
 * An existing value keeps its place and the file's spelling of numbers and quotes; a new key comes behind its last
 * sibling; missing parents are made. No edits where the path reads so already. Undefined where it cannot be done
 * soundly: a broken text, a value that other places share, a parent that is no map, a null in TOML.
 */
export function setValue(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly TextEdit[] | undefined {
  if (path.length === 0 || tree.problems.length > 0) return undefined;
  if (reads(tree, path, value)) return [];

  return checkEdit(
    tree,
    replacementsFor(tree, path, value),
    (after) => reads(after, path, value) && sameOutside(tree.root, after.root, path),
  );
}

function replacementsFor(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly Replacement[] | undefined {
  switch (tree.format) {
    case 'yaml':
      return setInYaml(tree, path, value);
    case 'json':
      return setInBraces(tree, path, value);
    case 'toml':
      return setInToml(tree, path, value);
    case 'shell':
      return setInArguments(tree, path, value);
    case 'python':
      return setInCall(tree, path, value);
    default:
      return tree.format satisfies never;
  }
}

function reads(tree: ConfigTree, path: ConfigPath, value: ConfigValue): boolean {
  const node = nodeAt(tree, path);
  const read = node === undefined ? undefined : toValue(node);
  return read !== undefined && sameValue(read, value);
}

function sameValue(a: ConfigValue, b: ConfigValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    // Zero and minus zero are one number to every reader; NaN is itself.
    return a === b || Object.is(a, b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const entries = Object.entries(a);
  const others = new Map(Object.entries(b));
  return (
    entries.length === others.size &&
    entries.every(([key, item]) => {
      const other = others.get(key);
      return other !== undefined && sameValue(item, other);
    })
  );
}
