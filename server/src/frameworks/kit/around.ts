import { type ConfigNode, type ConfigPath, type ConfigTree, nodeAt, toValue } from '../../text/index.ts';
import type { Around } from '../types.ts';
import { interpolated, type MountedTree } from './interpolate.ts';

/** A dotted key path as steps; digits index sequences. A dot inside a key is written `\.`. */
export function pathOf(dotted: string): ConfigPath {
  if (dotted === '') return [];
  return dotted.split(/(?<!\\)\./).map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('\\.', '.')));
}

/** The values of a tree (or of the map at `base` in it) by dotted path, interpolations worked out. */
export function aroundOf(
  written: MountedTree,
  base: ConfigPath = [],
): Around & { node(path: string): ConfigNode | undefined } {
  const tree = interpolated(written);
  const node = (path: string): ConfigNode | undefined => nodeAt(tree, [...base, ...pathOf(path)]);
  const started = startedBy(tree);
  return {
    file: tree.file,
    ...(started === undefined ? {} : { started }),
    node,
    get: (path) => {
      const found = node(path);
      return found === undefined ? undefined : toValue(found);
    },
    has: (path) => node(path) !== undefined,
  };
}

function startedBy({ format, launches }: ConfigTree): string | undefined {
  const [launch] = launches ?? [];
  return format === 'python' ? launch?.program : launch?.started;
}
