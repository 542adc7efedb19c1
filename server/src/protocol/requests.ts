import type { PanelState, WhatIf } from './panel.ts';

/** Custom requests between client and server, by method name. Both sides import these types and nothing else of each other. */

/** Initialization options of our own client: what a client of another editor cannot do. */
export interface ClientOptions {
  /** Answers HEAD_TEXT_REQUEST. */
  readonly headText: boolean;
  /** Knows the extension's commands, so lenses may name them, and takes CHANGED_NOTIFICATION. */
  readonly commands: boolean;
  /** How the client opens a rule's page: a URI with `{rule}` in it. */
  readonly rulePage: string;
}

/** Request: the panel's state for a document. Answers null where the document is unknown. */
export const PANEL_REQUEST = 'batchwise/panel';
export interface PanelParams {
  readonly uri: string;
  readonly plan?: string;
  readonly whatIf: WhatIf;
}
export type PanelResult = PanelState | null;

/** Request: the text edits that write a what-if into the file (and its linked files). */
export const APPLY_REQUEST = 'batchwise/apply';
export interface ApplyParams {
  readonly uri: string;
  readonly plan?: string;
  readonly whatIf: WhatIf;
}
export interface WireEdit {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly endCharacter: number;
  readonly text: string;
}
export interface ApplyResult {
  readonly changes: readonly {
    readonly uri: string;
    readonly version: number | null;
    readonly edits: readonly WireEdit[];
  }[];
}

/** Request: the hardware in force for a document and where it was learned, for the status item. */
export const HARDWARE_REQUEST = 'batchwise/hardware';
export interface HardwareParams {
  readonly uri: string;
}
export interface HardwareResult {
  /** Not a training config: the status item hides. */
  readonly framework: string | null;
  readonly gpu: { readonly id: string; readonly label: string; readonly origin: string } | null;
  readonly gpus: { readonly count: number; readonly origin: string } | null;
  /** "GPU memory 61 of 79 GiB, fits". */
  readonly summary: string | null;
  readonly verdict: 'fits' | 'tight' | 'exceeds' | 'unknown';
}

/** Request: GPUs to pick from. */
export const GPUS_REQUEST = 'batchwise/gpus';
export interface GpuChoice {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly memoryGib: number;
}
export type GpusResult = readonly GpuChoice[];

/** Request: "explain this value" and "export report", as Markdown. */
export const EXPLAIN_REQUEST = 'batchwise/explain';
export interface ExplainParams {
  readonly uri: string;
  /** Zero-based position; absent: the whole file's report. */
  readonly line?: number;
  readonly character?: number;
}
export interface ExplainResult {
  readonly markdown: string;
}

/** Request: edits of a named command: fit the micro batch to the GPU, scale the learning rate to the batch. */
export const COMMAND_EDIT_REQUEST = 'batchwise/commandEdit';
export interface CommandEditParams {
  readonly uri: string;
  readonly command: 'fitMicroBatch' | 'scaleLearningRate';
}
export interface CommandEditResult extends ApplyResult {
  /** What was done, or why nothing can be. */
  readonly message: string;
}

/** Request from the server to the client: the file's text at HEAD, or null (no git, untracked, not trusted). */
export const HEAD_TEXT_REQUEST = 'batchwise/headText';
export interface HeadTextParams {
  readonly uri: string;
}
export type HeadTextResult = { readonly text: string; readonly ref: string } | null;

/** Request from the server to the client, where the server has no file system (browser): a workspace file's text. */
export const READ_FILE_REQUEST = 'batchwise/readFile';
export interface ReadFileParams {
  readonly uri: string;
}
export type ReadFileResult = { readonly text: string } | null;

/** Request from the server to the client (browser): names in a folder. */
export const LIST_FOLDER_REQUEST = 'batchwise/listFolder';
export interface ListFolderParams {
  readonly uri: string;
}
export type ListFolderResult = { readonly names: readonly string[] } | null;

/** Notification from the server: a document's analysis changed (open panel and status item refresh). */
export const CHANGED_NOTIFICATION = 'batchwise/changed';
export interface ChangedParams {
  readonly uri: string;
  readonly version: number;
  readonly framework: string | null;
}

/** Notification from the client: HEAD moved or a repository opened, so comparisons with HEAD are stale. */
export const HEAD_CHANGED_NOTIFICATION = 'batchwise/headChanged';
export interface HeadChangedParams {
  readonly uris: readonly string[];
}

/** Settings of the `batchwise` section, per resource. */
export interface BatchwiseSettings {
  readonly enable: boolean;
  /** GPU id or name used where no file says; null: unknown. */
  readonly gpu: string | null;
  /** Number of GPUs used where no file says; null: unknown. */
  readonly gpus: number | null;
  /** Severity by rule id; `off` silences. */
  readonly rules: Readonly<Record<string, 'off' | 'hint' | 'information' | 'warning' | 'error'>>;
  readonly inlayHints: boolean;
  readonly codeLens: boolean;
  readonly compareWithHead: boolean;
  /** Framework by glob, where recognition is wrong: { "configs/*.yaml": "axolotl" }. */
  readonly frameworks: Readonly<Record<string, string>>;
}

export const DEFAULT_SETTINGS: BatchwiseSettings = {
  enable: true,
  gpu: null,
  gpus: null,
  rules: {},
  inlayHints: true,
  codeLens: true,
  compareWithHead: true,
  frameworks: {},
};
