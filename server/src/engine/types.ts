import type { KeyIssue, PlanReading } from '../frameworks/index.ts';
import type { MemoryOutcome } from '../memory/index.ts';
import type { FieldName, Location, PlanEdit, TrainingPlan } from '../plan/index.ts';
import type { ReferencePlan, Severity } from '../rules/index.ts';
import type { ConfigTree, TextEdit } from '../text/index.ts';

/** A file of the workspace as the host has it. `pending`: it must be fetched first; the host analyses again once it is there. */
export type FileState =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'pending' };

/** The host's files. Files are named by URI or by absolute path, with forward slashes. */
export interface FileProvider {
  read(file: string): FileState;
  /** Names in a folder, where the host can list it at once. */
  list?(folder: string): readonly string[] | undefined;
  /** The config.json of a hub model that this machine has downloaded, where the host may look. */
  modelConfig?(name: string): string | undefined;
  /** Roots of the workspace: nothing outside them is read. Empty: only the file's own folder and below. */
  readonly roots: readonly string[];
}

export interface EngineSettings {
  /** GPU for files that do not say, by id or name. */
  readonly gpu?: string | undefined;
  /** Number of GPUs for files that do not say. */
  readonly gpus?: number | undefined;
  /** What `gpu` and `gpus` are called in origins: "the setting batchwise.gpu", "--gpu". */
  readonly gpuOrigin?: string | undefined;
  readonly gpusOrigin?: string | undefined;
  /** Severity by rule id; `off` silences. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>> | undefined;
  /** Framework by adapter id, against recognition. */
  readonly framework?: string | undefined;
}

/** An earlier version of the file to compare with. */
export interface EarlierText {
  readonly label: string;
  readonly kind: 'head';
  readonly text: string;
}

export interface AnalyzeRequest {
  readonly file: string;
  readonly text: string;
  /** The editor's language id, where the file's name does not tell the format. */
  readonly languageId?: string | undefined;
  readonly files: FileProvider;
  readonly settings: EngineSettings;
  readonly earlier?: readonly EarlierText[];
  /**
   * `quick`: while someone types, the allocator is simulated only where a verdict hangs on it and it takes few ms.
   * `full`: wherever a GPU is known. The default.
   */
  readonly effort?: 'quick' | 'full';
}

export interface RelatedPlace {
  readonly at: Location;
  readonly message: string;
}

/** A fix as text edits, ready to apply. */
export interface TextFix {
  readonly title: string;
  readonly safety: 'safe' | 'changes-training' | 'show-only';
  readonly edits: readonly TextEdit[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Always a place in the analysed file. */
  readonly at: Location;
  readonly related: readonly RelatedPlace[];
  /** The field the finding is about, where a rule on plan fields made it. */
  readonly field?: FieldName;
  /** Name of the plan, in files that hold several. */
  readonly plan?: string;
  /** Solved on first look. */
  readonly fixes: readonly TextFix[];
}

/** Why an edit cannot be written. */
export type WriteRefusal =
  /** No key of the framework says the value. */
  | 'no key'
  /** The text cannot be changed at this place alone: a reference, an alias, an expression. */
  | 'no sound text'
  /** Other keys make the framework read something else. */
  | 'reads otherwise'
  /** The framework would refuse, drop or misread what is written. */
  | 'takes offence'
  /** The caller does not want the plan that is then read. */
  | 'not accepted';

/** Text edits, or why there are none. */
export type Written =
  | { readonly edits: readonly TextEdit[] }
  | { readonly edits: undefined; readonly why: WriteRefusal };

export interface PlanAnalysis extends PlanReading {
  /** Peak memory of the plan, computed on first look. */
  memory(): MemoryOutcome;
  /**
   * The smallest text edits that write all of these into the file and the files it names; undefined where one cannot
   * be written soundly, or where `accept` refuses the plan that is then read.
   */
  write(edits: readonly PlanEdit[], accept?: (after: TrainingPlan) => boolean): readonly TextEdit[] | undefined;
  /** As `write`, with the reason where it cannot be done. */
  tryWrite(edits: readonly PlanEdit[], accept?: (after: TrainingPlan) => boolean): Written;
  readonly references: readonly ReferencePlan[];
}

/** A link of the analysed file, as a range in it. */
export interface FileLink {
  readonly start: number;
  readonly end: number;
  readonly target: string;
  readonly found: boolean;
}

/** Everything known of one text. Later questions (hover, hints, completion, panel) are answered from it. */
export interface Analysis {
  readonly file: string;
  readonly text: string;
  /** Undefined: no training config, and then there are no plans and no findings. */
  readonly framework: { readonly id: string; readonly title: string; readonly reasons: readonly string[] } | undefined;
  readonly tree: ConfigTree | undefined;
  readonly problems: readonly { readonly at: Location; readonly message: string; readonly kind: 'syntax' | 'limit' }[];
  readonly plans: readonly PlanAnalysis[];
  readonly issues: readonly KeyIssue[];
  readonly findings: readonly Finding[];
  readonly links: readonly FileLink[];
  /** Files the analysis looked at, found or not: when one changes, analyse again. */
  readonly dependencies: readonly string[];
  /** Files the host still has to fetch. */
  readonly pending: readonly string[];
  /**
   * Analyses of the configs nearby that use this file, where it only says how a run is spread. They are looked for when
   * asked for; none where the host cannot list folders.
   */
  readonly users: () => readonly Analysis[];
}
