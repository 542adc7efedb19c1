import type { ConfigNode, ConfigPath, ConfigTree, TextRange } from '../../text/index.ts';
import type { Link, ReadContext } from '../types.ts';
import type { MountedTree } from './interpolate.ts';
import { fromFile, mergeNodes, nestedAt, withoutKey, withoutReplaced } from './merge-nodes.ts';

/** Another file that a config is composed with, as the config names it. */
export interface Parent {
  /** The text that names it. */
  readonly range: TextRange;
  /** As a path from the naming file's folder, spellings in order of likelihood; none where it is not known from the text. */
  readonly paths: readonly string[];
  /** Where its content goes in the naming file's tree; the root where absent. */
  readonly into?: ConfigPath;
  /** `into` is as the naming file says, whatever the parent says of itself. */
  readonly fixed?: boolean;
  /** Its absence is no mistake to the framework. */
  readonly optional?: boolean;
  /** It holds the framework's defaults, which nobody chose together, so nothing is held against them. */
  readonly defaults?: boolean;
  /** It comes after the naming file's own content and so overrides it. */
  readonly overrides?: boolean;
}

/** How a framework's files name the files they build on. */
export interface Inheritance {
  /** The top-level key that names parents, which is no part of the config itself. */
  readonly key?: string;
  /** The parents in order, later ones over earlier ones. `into` is where the naming file itself goes in the whole. */
  readonly parents: (tree: ConfigTree, into: ConfigPath) => readonly Parent[];
  /** A key that, true inside a top-level map, drops what parents say there: `_override_` of NeMo-RL. */
  readonly replaceMark?: string;
  /** Where a parent says that it goes, from the root of the whole. */
  readonly package?: (tree: ConfigTree) => ConfigPath | undefined;
}

/** A file with everything it builds on. */
export interface Composition {
  /** Parts that came from other files carry the file's name. */
  readonly tree: MountedTree;
  /** A file it builds on could not be read, so absent keys prove nothing. */
  readonly partial: boolean;
  readonly links: readonly Link[];
  /** What the file builds on, without its own content; only where all of it was read. */
  readonly base?: { readonly tree: MountedTree; readonly files: readonly string[] };
}

/** Files under one another; the deepest published recipes have three or four. */
const MAX_DEPTH = 12;

/** Files one config may build on in all, against files that name each other many times over. */
const MAX_FILES = 64;

/** Reads a file's parents, their parents and so on, and merges them: children over parents. */
export function compose(context: ReadContext, inheritance: Inheritance): Composition {
  const composer = new Composer(context, inheritance);
  const { tree } = context;
  const parents = inheritance.parents(tree, []);
  if (parents.length === 0 || tree.root === undefined) return { tree, partial: false, links: [] };
  const layers = composer.layers(tree, parents, [], [tree.file]);
  const composition = {
    tree: { ...tree, root: composer.merged([...layers.under, tree.root, ...layers.over]) },
    partial: composer.partial,
    links: composer.links,
  };
  const base = composer.merged([...layers.under, ...layers.over]);
  if (composer.partial || base === undefined || parents.every((parent) => parent.defaults === true)) return composition;
  return {
    ...composition,
    base: { tree: { ...tree, root: base }, files: composer.links.map(({ target }) => target) },
  };
}

/** What a file's parents hold, in the order of merging: under its own content, and over it. */
interface Layers {
  readonly under: readonly (ConfigNode | undefined)[];
  readonly over: readonly (ConfigNode | undefined)[];
}

class Composer {
  partial = false;
  readonly links: Link[] = [];
  private readonly context: ReadContext;
  private readonly inheritance: Inheritance;
  private filesLeft = MAX_FILES;

  constructor(context: ReadContext, inheritance: Inheritance) {
    this.context = context;
    this.inheritance = inheritance;
  }

  /** `chain` holds the files being read, outermost first; `into` is where the tree's content will go in the whole. */
  layers(tree: ConfigTree, parents: readonly Parent[], into: ConfigPath, chain: readonly string[]): Layers {
    const nodes = (which: readonly Parent[]): readonly (ConfigNode | undefined)[] =>
      which.map((parent) => this.parentNode(tree, parent, into, chain));
    const under = nodes(parents.filter((parent) => parent.overrides !== true));
    const over = nodes(parents.filter((parent) => parent.overrides === true));
    return { under, over };
  }

  merged(layers: readonly (ConfigNode | undefined)[]): ConfigNode | undefined {
    const mark = this.inheritance.replaceMark;
    return layers.reduce<ConfigNode | undefined>(
      (below, above) => mergeNodes(mark === undefined ? below : withoutReplaced(below, above, mark), above),
      undefined,
    );
  }

  private parentNode(
    tree: ConfigTree,
    parent: Parent,
    into: ConfigPath,
    chain: readonly string[],
  ): ConfigNode | undefined {
    const read = this.read(tree, parent, chain);
    const parentInto = read === undefined ? undefined : this.placeOf(read, parent, into);
    if (read === undefined || parentInto === undefined) {
      if (parent.optional !== true || parent.paths.length === 0) this.partial = true;
      return undefined;
    }
    const whole = [...into, ...parentInto];
    const nested = this.inheritance.parents(read, whole);
    const { under, over } = this.layers(read, nested, whole, [...chain, read.file]);
    const root = this.merged([...under, read.root, ...over]);
    if (root === undefined) return undefined;
    const content = this.inheritance.key === undefined ? root : withoutKey(root, this.inheritance.key);
    return nestedAt(fromFile(content, read.file), parentInto);
  }

  /** Steps from the naming file's place; none where the parent puts itself outside of it. */
  private placeOf(read: ConfigTree, parent: Parent, into: ConfigPath): ConfigPath | undefined {
    const own = parent.fixed === true ? undefined : this.inheritance.package?.(read);
    if (own === undefined) return parent.into ?? [];
    return into.every((step, index) => own[index] === step) ? own.slice(into.length) : undefined;
  }

  /** The parent's text, unless it is missing, names itself in the end, or too many were read. */
  private read(tree: ConfigTree, { range, paths }: Parent, chain: readonly string[]): ConfigTree | undefined {
    const { linked } = this.context;
    const tried = paths.map((path) => ({ path, ...linked.resolve(tree.file, path) }));
    const hit = tried.find(({ found }) => found) ?? tried[0];
    if (hit === undefined) return undefined;
    if (chain.length === 1) this.links.push({ range, target: hit.file, found: hit.found });
    if (!hit.found || chain.includes(hit.file) || chain.length > MAX_DEPTH || this.filesLeft === 0) return undefined;
    this.filesLeft -= 1;
    const opened = linked.open(tree.file, hit.path, tree.loader);
    return opened !== undefined && opened.problems.length === 0 ? opened : undefined;
  }
}
