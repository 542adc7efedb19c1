/** What the memory-budget panel shows and sends: plain JSON, made by the server, drawn by the webview. */

/** A place in a file that the panel can open. Lines and characters are zero-based, as in LSP. */
export interface PanelPlace {
  readonly uri: string;
  readonly line: number;
  readonly character: number;
  readonly endLine: number;
  readonly endCharacter: number;
}

/** A field of the plan with the text of its key, as a link. */
/** `P` is how a place is given: lines on the wire, offsets inside the engine. */
export interface PanelDriver<P = PanelPlace> {
  readonly field: string;
  /** The key as the file spells it where it is written, otherwise the field's label. */
  readonly label: string;
  readonly value: string;
  /** How the value came about: "written in the file", "default (…)", "4 micro × 8 accumulation × 8 ranks". */
  readonly origin: string;
  readonly place?: P;
}

export interface PanelTerm<P = PanelPlace> {
  readonly name: string;
  readonly bytes: number;
  readonly atPeak: boolean;
  readonly drivers: readonly PanelDriver<P>[];
}

export interface PanelPhase {
  readonly name: string;
  readonly startBytes: number;
  readonly peakBytes: number;
  readonly endBytes: number;
}

export type PanelVerdict = 'fits' | 'tight' | 'exceeds' | 'unknown';

export interface PanelMemory<P = PanelPlace> {
  readonly verdict: PanelVerdict;
  readonly lowBytes: number;
  readonly expectedBytes: number;
  readonly highBytes: number;
  readonly capacityBytes?: number;
  readonly terms: readonly PanelTerm<P>[];
  readonly phases: readonly PanelPhase[];
  readonly peakPhase: string;
  /** "Measured within 2% on one H100." */
  readonly regimeNote: string;
  readonly regimeChecked: boolean;
  readonly assumptions: readonly string[];
  readonly hostBytes: number;
}

export interface PanelSweepPoint {
  readonly microBatch: number;
  readonly lowBytes: number;
  readonly expectedBytes: number;
  readonly highBytes: number;
}

/** An edit that would make the run fit, already computed. `edits` goes back in `batchwise/panel` as what-if, or to Apply. */
export interface PanelRemedy {
  readonly id: string;
  readonly title: string;
  /** "same 640 sequences a step", "logits halved". */
  readonly note: string;
  readonly expectedBytes: number;
  readonly whatIf: WhatIf;
}

/** Changes the user tries in the panel: field name to value; null unsets. Values as in the plan (numbers, strings, booleans). */
export type WhatIf = Readonly<Record<string, string | number | boolean | null>>;

/** One control of "Try it". */
export type PanelControl =
  | {
      readonly kind: 'number';
      readonly field: string;
      readonly label: string;
      readonly unit?: string;
      /** Allowed stops in rising order (a slider's positions); empty: any integer. */
      readonly stops: readonly number[];
      readonly value: number | undefined;
      readonly fileValue: number | undefined;
      /** False: the file's format cannot say it, so it can be tried but not applied. */
      readonly writable: boolean;
    }
  | {
      readonly kind: 'choice';
      readonly field: string;
      readonly label: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
      readonly value: string | undefined;
      readonly fileValue: string | undefined;
      readonly writable: boolean;
    };

/** Learning rate against tokens a step, on log axes. */
export interface PanelRates {
  readonly title: string;
  readonly here?: { readonly tokensPerStep: number; readonly learningRate: number };
  readonly head?: { readonly tokensPerStep: number; readonly learningRate: number; readonly label: string };
  readonly scaled?: { readonly tokensPerStep: number; readonly learningRate: number; readonly label: string };
  readonly band?: { readonly low: number; readonly high: number; readonly note: string };
  readonly recipes: readonly {
    readonly label: string;
    readonly tokensPerStep: number;
    readonly learningRate: number;
    readonly source: string;
  }[];
}

export interface PanelState<P = PanelPlace> {
  readonly uri: string;
  /** Version of the document the state was computed from. */
  readonly version: number;
  readonly fileName: string;
  /** Absent: the file is no training config, and `message` says so. */
  readonly framework?: string;
  readonly message?: string;
  /** Names of the plans in the file, and the one shown. */
  readonly plans: readonly string[];
  readonly plan?: string;
  /** "full fine-tune · Llama-3.1-8B, 8.03B parameters". */
  readonly summary?: string;
  readonly hardware?: { readonly label: string; readonly origin: string; readonly known: boolean };
  /** "640 sequences · 2.6M tokens a step". */
  readonly batch?: string;
  /** Fields without which there is no estimate, as words with links. */
  readonly missing: readonly PanelDriver<P>[];
  /** What the run needs whatever those are, where they only size a pass. */
  readonly least?: { readonly bytes: number; readonly capacityBytes?: number };
  readonly memory?: PanelMemory<P>;
  /** Memory as the file stands, where `memory` shows a what-if. */
  readonly fileMemory?: { readonly expectedBytes: number; readonly verdict: PanelVerdict };
  readonly sweep: readonly PanelSweepPoint[];
  readonly largestMicroBatch?: number;
  readonly remedies: readonly PanelRemedy[];
  readonly controls: readonly PanelControl[];
  readonly whatIf: WhatIf;
  /** Number of text changes Apply would write for `whatIf`; 0 with a non-empty `whatIf` means nothing of it can be written. */
  readonly applicableChanges: number;
  readonly rates?: PanelRates;
}

/**
 * Messages from the webview to the extension host.
 * `uri` keeps a change meant for one file from landing in the next one the editor shows; `sequence` counts the changes tried.
 */
export type FromPanel =
  | { readonly type: 'ready' }
  | {
      readonly type: 'try';
      readonly uri: string;
      readonly whatIf: WhatIf;
      readonly plan?: string;
      readonly sequence: number;
    }
  | { readonly type: 'apply'; readonly uri: string; readonly whatIf: WhatIf; readonly plan?: string }
  | { readonly type: 'open'; readonly place: PanelPlace }
  | { readonly type: 'chooseHardware' };

/** Messages from the extension host to the webview. `sequence` is that of the last change the state takes in. */
export type ToPanel =
  | { readonly type: 'state'; readonly state: PanelState; readonly sequence: number }
  | { readonly type: 'empty'; readonly message: string }
  | { readonly type: 'applied'; readonly changes: number }
  | { readonly type: 'reveal'; readonly section: 'rates' };
