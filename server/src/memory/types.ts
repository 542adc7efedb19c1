import type { FieldName } from '../plan/index.ts';

/** Names of the parts a peak is made of. They sum to the total. */
export type TermName =
  | 'weights'
  | 'gradients'
  | 'optimizer states'
  | 'master weights'
  /** 16-bit copies autocast makes of fp32 weights. */
  | 'weight casts'
  | 'activations'
  | 'logits and loss'
  | 'temporaries'
  | 'gathered layers'
  | 'communication buffers'
  | 'other models'
  | 'rollout engine'
  | 'key-value cache'
  | 'inputs'
  | 'workspace'
  | 'context'
  | 'fragmentation';

export interface MemoryTerm {
  readonly name: TermName;
  readonly bytes: number;
  /** The plan fields that drive the term, the strongest first. */
  readonly drivers: readonly FieldName[];
  /** False: the term exists but is not live at the peak (bytes is then its own largest size, outside the sum). */
  readonly atPeak: boolean;
}

export type PhaseName =
  | 'forward'
  | 'loss forward'
  | 'loss backward'
  | 'backward'
  | 'optimizer step'
  | 'generation'
  | 'evaluation';

export interface Phase {
  readonly name: PhaseName;
  /** Live bytes at the start, the highest and the end of the phase, on the device (allocated, without context). */
  readonly startBytes: number;
  readonly peakBytes: number;
  readonly endBytes: number;
}

export type Verdict = 'fits' | 'tight' | 'exceeds' | 'unknown';

/** How far measurements back an estimate. */
export interface Regime {
  /** Stable id, a row of docs/memory-accuracy.md: `single-gpu-causal-lm`, `fsdp2`, `zero3`, … */
  readonly id: string;
  /** Whether runs of this regime were measured, here or in published tables. */
  readonly checked: 'measured' | 'published' | 'unchecked';
  /** One sentence for people: "Measured within 2% on one H100." */
  readonly note: string;
}

/** Peak memory of one GPU, the worst rank of the run. All bytes; the sum of `terms` with `atPeak` is `expectedBytes`. */
export interface MemoryEstimate {
  /** Catalogue name of the GPU, where known. */
  readonly gpu?: string;
  /** What the device gives to a process, as torch reports it (context included). */
  readonly capacityBytes?: number;
  /** Everything the device has in use at the peak: the allocator's reserved memory and the CUDA context. */
  readonly lowBytes: number;
  readonly expectedBytes: number;
  readonly highBytes: number;
  /** torch's max_memory_allocated, without the workspace that libraries keep from then on. */
  readonly allocatedBytes: number;
  /** torch's max_memory_reserved: `expectedBytes` without what stands outside the allocator. */
  readonly reservedBytes: number;
  /** The allocator was simulated: the range is narrower and the verdict surer. */
  readonly simulated?: true;
  readonly verdict: Verdict;
  readonly terms: readonly MemoryTerm[];
  readonly phases: readonly Phase[];
  readonly peakPhase: PhaseName;
  readonly regime: Regime;
  /** What had to be assumed for want of a statement, in words. */
  readonly assumptions: readonly string[];
  /** Host memory the offloaded states take, per GPU. */
  readonly hostBytes: number;
}

/** Either an estimate, or the fields without which there is none, with what the run needs whatever those are. */
export type MemoryOutcome =
  | { readonly known: true; readonly estimate: MemoryEstimate }
  | {
      readonly known: false;
      readonly missing: readonly FieldName[];
      readonly reason?: string;
      readonly least?: MemoryEstimate;
    };

/*
 * Functions of this layer (memory/index.ts):
 *
 * estimateMemory(plan): MemoryOutcome               arithmetic at once
 * refineEstimate(plan, options?): MemoryOutcome      with torch's caching allocator simulated, some ms; cancellable
 * leastMemory(plan, missing): MemoryEstimate | undefined   whatever the size of a pass is
 * largestMicroBatch(plan, options?): number | undefined   largest micro batch that fits, other fields as they are
 * sweepMicroBatch(plan, sizes): { microBatch, outcome }[]
 * remedies(plan, options?): Remedy[]                 edits that make it fit, ordered by how little they change training,
 *                                                    each re-estimated; { edits, title, note, changesTraining, estimate }
 */
