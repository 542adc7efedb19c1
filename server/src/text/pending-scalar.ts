import type { ConfigNode, ScalarNode } from './types.ts';

/** The tags of YAML's core schema, which say what a scalar is whatever the reader. */
export type CoreTag = 'float' | 'int' | 'str' | 'bool' | 'null';

/** A scalar before a loader was chosen: `value` is its text, with escapes and folding undone. */
export interface PendingScalar extends ScalarNode {
  readonly value: string;
  readonly tag?: CoreTag;
}

/** The node as its aliases see it: the same, marked as shared all through. Each is copied once. */
export function shareNode(node: ConfigNode, copies: Map<ConfigNode, ConfigNode>): ConfigNode {
  if (node.shared) return node;
  const known = copies.get(node);
  if (known !== undefined) return known;

  const copy = copyShared(node, copies);
  copies.set(node, copy);
  return copy;
}

function copyShared(node: ConfigNode, copies: Map<ConfigNode, ConfigNode>): ConfigNode {
  switch (node.kind) {
    case 'scalar':
      return { ...node, shared: true };
    case 'seq':
      return { ...node, items: node.items.map((item) => shareNode(item, copies)), shared: true };
    case 'map': {
      const entries = node.entries.map((entry) => ({ ...entry, value: shareNode(entry.value, copies) }));
      return { ...node, entries, shared: true };
    }
    default:
      return node satisfies never;
  }
}
