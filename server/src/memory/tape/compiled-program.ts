import type { KeptOps } from './kept-ops.ts';
import type { Program } from './tape.ts';

/**
 * What running a part of a program does to memory: allocations and frees of the program's slots, in order.
 * An event is `slot * 2` for an allocation and `slot * 2 + 1` for a free.
 */
export interface Trace {
  readonly slots: SlotTable;
  readonly events: readonly number[];
  /** The trace's effect on the counters, reckoned on first use. */
  summary: TraceSummary | undefined;
}

export interface TraceSummary {
  /** The terms it changes or raises. */
  readonly terms: readonly number[];
  /** Change of each term from start to end. */
  readonly delta: Float64Array;
  readonly deltaBytes: number;
  /** Highest rise over the start, and each term's share of it. */
  readonly peakBytes: number;
  readonly peakTerms: Float64Array;
  /** Highest rise of each term by itself. */
  readonly highestTerms: Float64Array;
}

/** Sizes and terms of a program's slots: one for each value, each gradient buffer and each scratch block. */
export interface SlotTable {
  /** In whole blocks of the allocator. */
  readonly bytes: number[];
  /** As the tensors themselves count. */
  readonly exactBytes: number[];
  readonly terms: number[];
}

export interface CompileOptions {
  /** False in the first pass of activation checkpointing, which keeps nothing for backward. */
  readonly saves: boolean;
  /** True while gradients wait for the optimizer; false where each is added in place or consumed at once. */
  readonly keepsGradients: boolean;
  /** Ops whose outputs the first pass leaves for the second, which then does not run them. */
  readonly kept?: KeptOps;
}

/** A program ready to run: its traces, and which slots tie it to its neighbours. */
export interface CompiledProgram {
  readonly program: Program;
  readonly slots: SlotTable;
  /** In two parts where the program leaves autocast on the way. */
  readonly forward: readonly Trace[];
  /** Drops the weight casts that autocast cached and backward does not need. */
  readonly leaveAutocast: Trace;
  /** Slots kept for backward, inputs apart. */
  readonly savedSlots: readonly number[];
  readonly savesInput: readonly boolean[];
  readonly backward: Trace;
  readonly outputGradient: number;
  /** The gradient buffer of each input, once backward has run. */
  readonly inputGradients: readonly (number | undefined)[];
  /** Gradients that outlive the program's backward, in order of arrival. */
  readonly parameterGradients: readonly number[];
  /** The head's share of a tied embedding's gradient. */
  readonly tiedGradient: number | undefined;
}
