import type { FieldName, Location, PlanEdit, PlanFields, TrainingPlan } from '../plan/index.ts';
import type { ConfigPath, ConfigTree, ConfigValue, Launch, Loader, TextRange } from '../text/index.ts';

/** Why a file is taken for a framework's. The adapter with the highest score wins; below `MINIMUM_SCORE` nobody does. */
export interface Evidence {
  /** 0 to 100: 90 and more for keys nobody else has, 50 for a telling combination, 30 for a file name alone. */
  readonly score: number;
  /** What was seen, for "why is this file an Axolotl config?". */
  readonly reasons: readonly string[];
}

export const MINIMUM_SCORE = 40;

export interface Recognisable {
  /** Path or URI of the file, forward slashes. */
  readonly file: string;
  readonly tree: ConfigTree;
}

/** What a key says about one plan field. */
export interface KeyRow<F extends FieldName = FieldName> {
  readonly field: F;
  /** The field's value for the key's value; undefined: it says nothing (null, "auto"). Absent: the value as it is, if of the right type. */
  readonly read?: (value: ConfigValue, around: Around) => PlanFields[F] | undefined;
  /**
   * The key's value for a field's value; undefined: it cannot be said with this key. Absent together with `read`: as it is.
   * A row with `read` and without `write` cannot be fixed.
   */
  readonly write?: (to: PlanFields[F], around: Around) => ConfigValue | undefined;
  /** The framework's own value where the key is absent (or null), with the source file it was read in. */
  readonly default?: {
    readonly value: PlanFields[F] | ((around: Around) => PlanFields[F] | undefined);
    readonly cite: string;
  };
  /** The key is not looked at (nor its default taken) unless this holds. */
  readonly when?: (around: Around) => boolean;
}

/** Any plan field's value. */
export type FieldValue = PlanFields[FieldName];

/** A row with its field's type forgotten: what a key table holds. Built with `key(…)`, where `field`, `read` and `write` agree. */
export interface AnyKeyRow {
  readonly field: FieldName;
  readonly read?: (value: ConfigValue, around: Around) => FieldValue | undefined;
  readonly write?: (to: FieldValue, around: Around) => ConfigValue | undefined;
  readonly default?: {
    readonly value: FieldValue | ((around: Around) => FieldValue | undefined);
    readonly cite: string;
  };
  readonly when?: (around: Around) => boolean;
}

/** From dotted key path (relative to the plan's own map) to the fields it states, in order of precedence per field. */
export type KeyTable = Readonly<Record<string, AnyKeyRow | readonly AnyKeyRow[]>>;

/** The values beside a key: how one row looks at others. */
export interface Around {
  /** Path or URI of the file, forward slashes: folders tell what a recipe is for. */
  readonly file: string;
  /** Scripts only: the class whose arguments they are (`SFTConfig`), or the script that gets them (`sft.py`). */
  readonly started?: string;
  /** The plain value at a dotted path from the plan's own map; undefined where absent or unresolved. */
  get(path: string): ConfigValue | undefined;
  /** Whether the key is written at all, even without a value or with an unresolved one. */
  has(path: string): boolean;
}

/** What one reading of a file and the files it names came to. */
export interface Reading {
  readonly plans: readonly PlanReading[];
  readonly issues: readonly KeyIssue[];
  readonly links: readonly Link[];
  /** The files this one builds on, and the plans it would have without its own content; only where all were read. */
  readonly inherited?: { readonly files: readonly string[]; readonly plans: () => readonly PlanReading[] };
}

export interface PlanReading {
  /** Stated, defaulted and framework-derived values; the engine adds catalogue facts and the common derivations. */
  readonly plan: TrainingPlan;
  /** Where an edit of a field goes. */
  readonly places: ReadonlyMap<FieldName, KeyPlace>;
  /** Other places that state a field and must say the same, or the run stops: an edit of the field is written to all. */
  readonly twins?: ReadonlyMap<FieldName, readonly KeyPlace[]>;
  /** Where a field would be written if other keys said something else: for edits that change those as well. */
  readonly latent?: ReadonlyMap<FieldName, KeyPlace>;
}

/** The key that states, or would state, a field. */
export interface KeyPlace {
  readonly file: string;
  readonly path: ConfigPath;
  readonly row: AnyKeyRow;
  readonly around: Around;
  /** The value comes from another file, or other keys repeat it: it can be set here, not removed. */
  readonly shared?: true;
}

/** A key or value the framework would refuse, drop or read otherwise than it looks. Rules turn them into findings. */
export interface KeyIssue {
  readonly kind:
    | 'unknown-key'
    | 'wrong-type'
    | 'not-allowed'
    | 'deprecated-key'
    | 'duplicate-key'
    | 'number-read-as-text'
    | 'missing-key'
    | 'lost-reference'
    | 'needs-other-key';
  readonly at: Location;
  readonly path: ConfigPath;
  /** The key as the user knows it, dotted. */
  readonly key: string;
  /** What was found and what was expected, for the message: `found`, `expected`, `replacement`, `consequence`, … */
  readonly data: Readonly<Record<string, string | number>>;
  /** What the framework itself does about it. */
  readonly effect: 'refused' | 'dropped' | 'misread' | 'accepted';
  /** Nobody asked for what is lost: a constant or a switch that a template leaves behind. */
  readonly idle?: true;
  /** A sound mend, as key edits. */
  readonly mend?: { readonly title: string; readonly safe: boolean; readonly edits: readonly KeyEdit[] };
  readonly related?: readonly { readonly at: Location; readonly message: string }[];
}

/** An edit in terms of keys; the text layer turns it into the smallest change of text. */
export type KeyEdit =
  | { readonly file: string; readonly path: ConfigPath; readonly to: ConfigValue }
  | { readonly file: string; readonly path: ConfigPath; readonly unset: true }
  | { readonly file: string; readonly path: ConfigPath; readonly renameTo: string };

/** Another file this one names. */
export interface Link {
  /** The text that names it. */
  readonly range: TextRange;
  /** The file as resolved against this file's folder and the workspace, where it was found; otherwise as first tried. */
  readonly target: string;
  readonly found: boolean;
}

/** Reads other files of the workspace for an adapter, and remembers that it was asked. */
export interface LinkedFiles {
  /** Resolves a path as written in `from` (its folder first, then upwards to the workspace root). */
  open(from: string, path: string, loader: Loader): ConfigTree | undefined;
  /** Where `open` found it, or the first place it looked. */
  resolve(from: string, path: string): { readonly file: string; readonly found: boolean };
}

export interface ReadContext {
  readonly file: string;
  readonly tree: ConfigTree;
  readonly linked: LinkedFiles;
  /** The command in a script beside the file that starts it, where there is one or all say the same. */
  readonly startedBy?: StartingCommand | undefined;
}

/** A command that starts a config, and the script it stands in. */
export interface StartingCommand {
  readonly launch: Launch;
  readonly tree: ConfigTree;
}

/** One framework's reader and writer. */
export interface Adapter {
  readonly id: string;
  readonly title: string;
  /** It reads by common names alone: it is asked last, and what follows is told as information at most. */
  readonly guessed?: true;
  /** Its files say how a run is spread, not what it trains: they are used through the file that names them. */
  readonly companion?: true;
  /** The reader the framework itself uses, by format. */
  loader(tree: ConfigTree): Loader;
  recognise(input: Recognisable): Evidence | undefined;
  read(context: ReadContext): Reading;
  /** Edits of keys that make a plan field say something else; undefined where the format cannot say it soundly. */
  write(edit: PlanEdit, reading: PlanReading): readonly KeyEdit[] | undefined;
  /** JSON Schema of the file, for completion, unknown keys and types. */
  readonly schema: JsonSchema | undefined;
  /** The plan field a key states, for hovers: dotted path without indices. */
  fieldsOf(path: ConfigPath): readonly FieldName[];
}

/** The part of JSON Schema (draft 2020-12) our schemas use. */
export interface JsonSchema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly ConfigValue[];
  readonly const?: ConfigValue;
  readonly default?: ConfigValue;
  readonly deprecated?: boolean;
  /** The key to use instead of a deprecated one. */
  readonly 'x-replacement'?: string;
  /** The first release that does not know a deprecated key any more. */
  readonly 'x-removed'?: string;
  readonly examples?: readonly ConfigValue[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly format?: string;
}
