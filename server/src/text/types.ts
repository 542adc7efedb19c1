/**
 * A parsed config: a tree whose every node has the range of its own text.
 * Parsing never fails: it yields a tree and problems. Offsets are UTF-16 code units, ends are exclusive.
 */

/** File formats. A format says how text becomes a tree; a loader says what a plain scalar means. */
export type Format = 'yaml' | 'json' | 'toml' | 'shell' | 'python';

/**
 * The reader a framework loads its config with. They disagree on plain scalars:
 * PyYAML reads `1e-5` as a string, `70_000` as an integer and `on` as true; YAML 1.2 the other way round;
 * OmegaConf is PyYAML with its own float pattern and `${…}`.
 */
export type Loader = 'pyyaml' | 'omegaconf' | 'yaml-1.2' | 'json' | 'toml' | 'shell' | 'python';

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Steps from the root: map keys and sequence indices. */
export type ConfigPath = readonly (string | number)[];

/** A plain value: what `set` takes, and what a node amounts to under its loader. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

export type ScalarStyle = 'plain' | 'single' | 'double' | 'block';

export interface ScalarNode {
  readonly kind: 'scalar';
  /** Covers the scalar as written, quotes included. Empty, after the colon, where a key has no value. */
  readonly range: TextRange;
  /** The value the loader reads. */
  readonly value: string | number | boolean | null;
  /** The text as written, without quotes. */
  readonly source: string;
  readonly style: ScalarStyle;
  /**
   * The value is not known from the text: an `${…}` interpolation that could not be resolved, a Jinja template,
   * a custom tag, OmegaConf's `???` for "given elsewhere". `value` is then the raw text and must not be read as a value.
   */
  readonly unresolved?: 'interpolation' | 'template' | 'tag' | 'placeholder';
  /** The value was worked out from an `${…}` in the text; `from` is the key it repeats, where it repeats just one. */
  readonly interpolated?: { readonly from?: ConfigPath };
  /** The loader reads a string, but the text is a number to YAML 1.2 readers (`1e-5` under PyYAML). */
  readonly looksNumeric?: number;
  /** Reached through an alias or a merge key: its text belongs to another place, and other uses share it. */
  readonly shared?: true;
  /** The file whose text the range is of, where the node was inherited from another file than the tree's own. */
  readonly file?: string;
}

export interface MapEntry {
  readonly key: string;
  readonly keyRange: TextRange;
  readonly value: ConfigNode;
  /** A later entry of the same map has this key too, so this one has no effect. */
  readonly overwritten?: true;
  /** The entry comes from a merge key (`<<`), not from this map's own text. */
  readonly merged?: true;
}

export interface MapNode {
  readonly kind: 'map';
  readonly range: TextRange;
  /** In file order, duplicates kept, merged entries last and only where no own entry has their key. */
  readonly entries: readonly MapEntry[];
  readonly flow: boolean;
  readonly shared?: true;
  /** As in `ScalarNode`. */
  readonly file?: string;
}

export interface SeqNode {
  readonly kind: 'seq';
  readonly range: TextRange;
  readonly items: readonly ConfigNode[];
  readonly flow: boolean;
  readonly shared?: true;
  /** As in `ScalarNode`. */
  readonly file?: string;
}

export type ConfigNode = ScalarNode | MapNode | SeqNode;

export interface TextProblem {
  readonly range: TextRange;
  /** House style: the fact, then the consequence; a full stop at the end. */
  readonly message: string;
  /** `limit`: the file is over a stated size, depth or alias limit and was not (wholly) read. */
  readonly kind: 'syntax' | 'limit';
}

export interface Comment extends TextRange {
  /** The comment's text without its marker, trimmed. */
  readonly text: string;
}

/** A number somebody wrote, with its place. */
export interface PlacedNumber {
  readonly value: number;
  readonly range: TextRange;
}

/** One command of a shell script that starts a training run, or one call of a Python file that sets one up. */
export interface Launch {
  /** `torchrun`, `accelerate`, `deepspeed`, `python`, …; for Python the class that is called. */
  readonly program: string;
  /** The script or module started. */
  readonly started: string | undefined;
  readonly nodes?: PlacedNumber;
  readonly gpusPerNode?: PlacedNumber;
  /** All processes, where the launcher states them together. */
  readonly processes?: PlacedNumber;
  /** A number of nodes or processes is given and not known from the text (`--nnodes $NNODES`), so no default holds. */
  readonly sizeUnknown?: true;
  /** The launcher's own options, which stand before what it starts; names with underscores. */
  readonly options?: MapNode;
  /** Config files among the arguments, as written. */
  readonly configs: readonly { readonly path: string; readonly range: TextRange }[];
  /** Config files in a folder that is not known from the text (`$ROOT/configs/a.yml`): the path from there on. */
  readonly unplaced?: readonly { readonly path: string; readonly range: TextRange }[];
  /** Its arguments as a config: flags and Hydra overrides; for Python the keywords. */
  readonly root: MapNode;
  /** Further arguments come from outside the text (`**kwargs`), so absent ones prove nothing. */
  readonly open?: true;
}

/** A text parsed once, before any reader's dialect: `withLoader` makes a `ConfigTree` of it. */
export interface ParsedText {
  readonly file: string;
  readonly text: string;
  readonly format: Format;
  /** As in `ConfigTree`, but plain YAML scalars still hold their text as a string. */
  readonly root: ConfigNode | undefined;
  readonly problems: readonly TextProblem[];
  readonly comments: readonly Comment[];
  /** Scripts only: the runs they start, the one that `root` holds first. */
  readonly launches?: readonly Launch[];
}

export interface ConfigTree {
  readonly file: string;
  readonly text: string;
  readonly format: Format;
  /** The reader that was applied. A JSON or TOML text has one reading, so there it is `json` or `toml`, whatever was asked. */
  readonly loader: Loader;
  /** Absent where the text is empty or nothing of it could be read. */
  readonly root: ConfigNode | undefined;
  readonly problems: readonly TextProblem[];
  readonly comments: readonly Comment[];
  readonly launches?: readonly Launch[];
}

/** Replace `[start, end)` of `file` by `text`. */
export interface TextEdit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What an offset of the text stands on. */
export interface Place {
  /** The key or value under the offset; in a gap, the map or sequence that a new line here would belong to. */
  readonly path: ConfigPath;
  readonly part: 'key' | 'value' | 'gap';
  /** The node at `path`, where there is one. */
  readonly node?: ConfigNode;
}

/*
 * Functions of this layer (text/index.ts):
 *
 * parseText(file, text, format): ParsedText         parse once, without a dialect
 * withLoader(parsed, loader): ConfigTree            resolve plain scalars as that reader does, cheaply, no second parse
 * formatOf(file, languageId?): Format | undefined   from the file's name or the editor's language
 * nodeAt(tree, path): ConfigNode | undefined        the node in force (the last of duplicate keys, merges followed)
 * entryAt(tree, path): MapEntry | undefined         likewise, with its key's range
 * placeAt(tree, offset): Place | undefined           what the cursor is on
 * toValue(node): ConfigValue | undefined            plain value; undefined if anything in it is unresolved
 * setValue(tree, path, value): readonly TextEdit[] | undefined     smallest span; undefined where it cannot be done soundly
 * unsetValue(tree, path): readonly TextEdit[] | undefined
 * renameKey(tree, path, newKey): readonly TextEdit[] | undefined
 * applyEdits(text, edits): string
 * isEmpty(node): boolean                             a null, an empty string, an empty map or sequence
 */
