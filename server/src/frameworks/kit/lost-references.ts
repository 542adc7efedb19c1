import type { ConfigNode, ConfigPath, ConfigTree, ScalarNode } from '../../text/index.ts';
import type { KeyIssue } from '../types.ts';

interface Placed {
  readonly node: ScalarNode;
  readonly path: ConfigPath;
}

/** `${a.b.c}` and what is between the braces, where that is a path from the root and nothing else. */
const FROM_ROOT = /\$\{([A-Za-z_]\w*)((?:\.\w+)+)\}/;

/**
 * References from the root in a file that stands below a stage of a larger config: `${model.x}` where the config has
 * the file's `model` at `training.model`.
 */
export function lostReferences(tree: ConfigTree, stage: string, keys: ReadonlySet<string>): readonly KeyIssue[] {
  if (tree.root === undefined) return [];
  return scalarsOf(tree.root).flatMap(({ node, path }): readonly KeyIssue[] => {
    const [, key, rest = ''] = FROM_ROOT.exec(node.source) ?? [];
    if (key === undefined || key === stage || !keys.has(key)) return [];
    const found = `${key}${rest}`;
    return [
      {
        kind: 'lost-reference',
        at: { file: tree.file, ...node.range },
        path,
        key: path.join('.'),
        data: { found, replacement: `${stage}.${found}` },
        effect: 'refused',
      },
    ];
  });
}

/** The scalars written in a tree with an interpolation in them; what an alias repeats is looked at once. */
function scalarsOf(root: ConfigNode): readonly Placed[] {
  const placed: Placed[] = [];
  const seen = new Set<ConfigNode>();
  const visit = (node: ConfigNode, path: ConfigPath): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'scalar') {
      if (node.source.includes('${') && node.shared !== true) placed.push({ node, path });
    } else if (node.kind === 'seq') for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    else for (const entry of node.entries) visit(entry.value, [...path, entry.key]);
  };
  visit(root, []);
  return placed;
}
