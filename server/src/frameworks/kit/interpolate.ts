import type { ConfigNode, ConfigPath, ConfigTree, ConfigValue, MapNode, ScalarNode } from '../../text/index.ts';
import { toValue } from '../../text/index.ts';
import { type Piece, piecesOf } from './interpolation-syntax.ts';
import { callResolver } from './resolvers.ts';

/** A tree whose file may be a part of a composed config. */
export interface MountedTree extends ConfigTree {
  /** Where the whole config has this file's root, so `${training.model.x}` is found in the file mounted at `training`. */
  readonly mount?: ConfigPath;
  /** Where in the file the config has its root, so `${lr}` is found beside it in the `parameters` of a launcher's file. */
  readonly inner?: ConfigPath;
}

/** References that lead to references; beyond that a value stays unknown. */
const MAX_HOPS = 32;

/** Nodes that one reference may repeat, against texts that double themselves. */
const MAX_REPEATED = 5_000;

/**
 * The tree with every `${…}` worked out that its own values determine, as OmegaConf would. A value that was found so
 * keeps the place of the expression. What hangs on keys the tree lacks, on cycles or on unknown resolvers stays
 * unresolved. Readers other than OmegaConf have no interpolation, so their trees are returned as they are.
 */
export function interpolated(tree: MountedTree): MountedTree {
  if (tree.loader !== 'omegaconf' || tree.root === undefined) return tree;
  const known = results.get(tree.root);
  if (known !== undefined) return { ...tree, root: known };
  const root = new Interpolator(tree.root, tree.mount ?? [], tree.inner ?? []).resolve(tree.root, [], 0);
  results.set(tree.root, root);
  results.set(root, root);
  return { ...tree, root };
}

const results = new WeakMap<ConfigNode, ConfigNode>();

class Interpolator {
  private readonly root: ConfigNode;
  private readonly mount: ConfigPath;
  private readonly inner: ConfigPath;
  private readonly done = new Map<ConfigNode, ConfigNode>();
  private readonly active = new Set<ConfigNode>();
  private readonly sizes = new Map<ConfigNode, number>();
  private readonly children = new Map<MapNode, ReadonlyMap<string, ConfigNode>>();

  constructor(root: ConfigNode, mount: ConfigPath, inner: ConfigPath) {
    this.root = root;
    this.mount = mount;
    this.inner = inner;
  }

  /** The node with all in it worked out; a node that is being worked out already stays as it is. */
  resolve(node: ConfigNode, path: ConfigPath, hops: number): ConfigNode {
    const known = this.done.get(node);
    if (known !== undefined) return known;
    if (this.active.has(node)) return node;
    this.active.add(node);
    const result = this.resolved(node, path, hops);
    this.active.delete(node);
    this.done.set(node, result);
    return result;
  }

  private resolved(node: ConfigNode, path: ConfigPath, hops: number): ConfigNode {
    switch (node.kind) {
      case 'scalar':
        return node.unresolved === 'interpolation' ? (this.scalar(node, path, hops) ?? node) : node;
      case 'seq':
        return { ...node, items: node.items.map((item, index) => this.resolve(item, [...path, index], hops)) };
      case 'map':
        return {
          ...node,
          entries: node.entries.map((entry) => ({
            ...entry,
            value: this.resolve(entry.value, [...path, entry.key], hops),
          })),
        };
      default:
        return node satisfies never;
    }
  }

  private scalar(node: ScalarNode, path: ConfigPath, hops: number): ConfigNode | undefined {
    if (hops > MAX_HOPS || typeof node.value !== 'string') return undefined;
    const pieces = piecesOf(node.value.trim());
    const [piece, ...more] = pieces ?? [];
    if (pieces === undefined || piece === undefined || (piece.kind === 'text' && more.length === 0)) return undefined;
    // An alias has its text in one place and its meaning in several, so what is relative to it is not one value.
    const at = node.shared === true ? undefined : path;
    if (more.length === 0 && piece.kind === 'reference') return this.reference(node, piece.path, at, hops);
    const value = more.length === 0 ? this.pieceValue(piece, at, hops) : this.joined(pieces, at, hops);
    if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
    return withValue(node, value, {});
  }

  /** A text that is one reference takes the target's value, type and all. */
  private reference(
    node: ScalarNode,
    path: readonly Piece[],
    at: ConfigPath | undefined,
    hops: number,
  ): ConfigNode | undefined {
    const target = this.target(path, at, hops);
    if (target === undefined) return undefined;
    const found = this.resolve(target.node, target.path, hops + 1);
    if (found.kind !== 'scalar') return this.sizeOf(found) > MAX_REPEATED ? undefined : { ...found, shared: true };
    if (found.unresolved !== undefined) return { ...node, unresolved: found.unresolved };
    const from = found.interpolated === undefined ? target.path : found.interpolated.from;
    return withValue(node, found.value, from === undefined ? {} : { from });
  }

  private target(pieces: readonly Piece[], at: ConfigPath | undefined, hops: number) {
    const dotted = this.joined(pieces, at, hops + 1);
    const path = dotted === undefined ? undefined : this.absolute(dotted, at);
    const node = path === undefined ? undefined : this.walk(path, hops);
    return path === undefined || node === undefined ? undefined : { path, node };
  }

  /** The steps from this tree's root; relative ones start at the map the expression stands in. */
  private absolute(dotted: string, at: ConfigPath | undefined): ConfigPath | undefined {
    const dots = /^\.*/.exec(dotted)?.[0].length ?? 0;
    const steps = dotted
      .slice(dots)
      .replaceAll(/\[([^\]]*)\]/g, '.$1')
      .split('.')
      .filter((step) => step !== '');
    if (dots > 0)
      return at === undefined || dots > at.length ? undefined : [...at.slice(0, at.length - dots), ...steps];
    const mounted = this.mount.every((step, index) => steps[index] === step);
    return mounted ? [...this.inner, ...steps.slice(this.mount.length)] : undefined;
  }

  private walk(path: ConfigPath, hops: number): ConfigNode | undefined {
    let node: ConfigNode | undefined = this.root;
    for (const [index, step] of path.entries()) {
      node = node === undefined ? undefined : this.child(node, step);
      const inner = index < path.length - 1;
      if (inner && node?.kind === 'scalar' && node.unresolved !== undefined)
        node = this.resolve(node, path.slice(0, index + 1), hops + 1);
    }
    return node;
  }

  private child(node: ConfigNode, step: string | number): ConfigNode | undefined {
    if (node.kind === 'scalar') return undefined;
    if (node.kind === 'seq') return /^\d+$/.test(String(step)) ? node.items[Number(step)] : undefined;
    let index = this.children.get(node);
    if (index === undefined) {
      const inForce = node.entries.filter((entry) => entry.overwritten === undefined);
      index = new Map(inForce.map((entry) => [entry.key, entry.value]));
      this.children.set(node, index);
    }
    return index.get(String(step));
  }

  private pieceValue(piece: Piece, at: ConfigPath | undefined, hops: number): ConfigValue | undefined {
    if (piece.kind === 'text') return piece.text;
    if (piece.kind === 'reference') return this.valueAt(piece.path, at, hops);
    if (piece.name === 'oc.select' || piece.name === 'oc.deprecated') return this.selected(piece.args, at, hops);
    const args: ConfigValue[] = [];
    for (const pieces of piece.args) {
      const [only, ...more] = pieces;
      const value =
        more.length === 0 && only !== undefined ? this.pieceValue(only, at, hops) : this.joined(pieces, at, hops);
      if (value === undefined) {
        // What the environment is asked for matters not, only the fallback behind it.
        if (piece.name !== 'oc.env' || args.length > 0) return undefined;
        args.push('');
      } else args.push(value);
    }
    return callResolver(piece.name, args);
  }

  private selected(
    [key, fallback]: readonly (readonly Piece[])[],
    at: ConfigPath | undefined,
    hops: number,
  ): ConfigValue | undefined {
    if (key === undefined) return undefined;
    const target = this.target(key, at, hops);
    if (target !== undefined) return toValue(this.resolve(target.node, target.path, hops + 1));
    // A key whose whole branch is elsewhere may well be there; only one that this file could hold is known to be absent.
    const branch = this.joined(key, at, hops)?.split('.')[0];
    if (fallback === undefined || branch === undefined) return undefined;
    if (branch !== '' && this.child(this.root, branch) === undefined) return undefined;
    const text = this.joined(fallback, at, hops);
    return text === undefined ? undefined : plainArgument(text);
  }

  private valueAt(path: readonly Piece[], at: ConfigPath | undefined, hops: number): ConfigValue | undefined {
    const target = this.target(path, at, hops);
    return target === undefined ? undefined : toValue(this.resolve(target.node, target.path, hops + 1));
  }

  /** Pieces side by side make a text. */
  private joined(pieces: readonly Piece[], at: ConfigPath | undefined, hops: number): string | undefined {
    if (hops > MAX_HOPS) return undefined;
    const values = pieces.map((piece) => this.pieceValue(piece, at, hops));
    const known = values.filter((value) => value !== undefined && (typeof value !== 'object' || value === null));
    return known.length === values.length ? known.map(pythonText).join('') : undefined;
  }

  private sizeOf(node: ConfigNode): number {
    if (node.kind === 'scalar') return 1;
    const known = this.sizes.get(node);
    if (known !== undefined) return known;
    const inside = node.kind === 'seq' ? node.items : node.entries.map((entry) => entry.value);
    const size = inside.reduce((total, item) => total + this.sizeOf(item), 1);
    this.sizes.set(node, size);
    return size;
  }
}

function withValue(
  { unresolved: _, looksNumeric: __, ...node }: ScalarNode,
  value: ScalarNode['value'],
  interpolated: NonNullable<ScalarNode['interpolated']>,
): ScalarNode {
  return { ...node, value, interpolated };
}

/** A bare argument of a resolver, as OmegaConf's grammar types it. */
function plainArgument(text: string): ConfigValue {
  const word = { true: true, false: false, null: null, none: null }[text.toLowerCase()];
  if (word !== undefined) return word;
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : text;
}

/** A value inside a longer text, as Python writes it. */
function pythonText(value: ConfigValue | undefined): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  return value === null ? 'None' : String(value);
}
