import { type ConfigNode, type ConfigTree, nodeAt } from '../../text/index.ts';
import type { Inheritance, Parent } from './compose.ts';

/**
 * Parents named as paths under one top-level key, a text or a list of them: `_BASE_` of detectron2, `defaults` of
 * NeMo-RL, `base_config` of MaxText. Later ones override earlier ones, the file itself overrides all.
 */
export function parentsByKey(key: string, options: Pick<Inheritance, 'replaceMark'> = {}): Inheritance {
  return {
    ...options,
    key,
    parents: (tree) => {
      const node = nodeAt(tree, [key]);
      if (node === undefined) return [];
      return (node.kind === 'seq' ? node.items : [node]).flatMap(namedFile);
    },
  };
}

function namedFile(node: ConfigNode): readonly Parent[] {
  if (node.kind !== 'scalar') return [{ range: node.range, paths: [] }];
  if (node.value === null || node.value === '') return [];
  // A URL or a home folder is outside the workspace, an interpolation is known only to the run.
  const known = typeof node.value === 'string' && node.unresolved === undefined && !/^(\w+:\/\/|~)/.test(node.value);
  return [{ range: node.range, paths: known ? [String(node.value)] : [] }];
}

/** Values of a tag that stands for another file's content: `data: !include data/mix.yaml` of levanter. */
export function parentsByTag(tag: string): Inheritance {
  return {
    parents: (tree) => {
      const found: Parent[] = [];
      if (tree.text.includes(tag) && tree.root !== undefined) collectTagged(tree, tag, tree.root, [], found);
      return found;
    },
  };
}

function collectTagged(
  tree: ConfigTree,
  tag: string,
  node: ConfigNode,
  path: readonly (string | number)[],
  found: Parent[],
): void {
  if (node.shared === true) return;
  if (node.kind === 'map')
    for (const { key, value } of node.entries) collectTagged(tree, tag, value, [...path, key], found);
  if (node.kind !== 'scalar' || node.unresolved !== 'tag') return;
  // A node's range begins behind its tag.
  const before = tree.text.slice(Math.max(0, node.range.start - tag.length - 8), node.range.start).trimEnd();
  const at = before.endsWith(tag) || tree.text.startsWith(tag, node.range.start);
  if (!at) return;
  const source = node.source.startsWith(tag) ? node.source.slice(tag.length).trim() : node.source;
  found.push({ range: node.range, paths: [source], into: path, overrides: true });
}
