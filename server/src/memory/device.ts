import type { CompiledProgram, Trace } from './tape/compiled-program.ts';
import type { PhaseName, TermName } from './types.ts';

/** Streams the step runs on. */
export type Stream = 'compute' | 'all-gather' | 'reduce-scatter';

/** A block of device memory. */
export interface Allocation {
  readonly bytes: number;
  readonly term: number;
}

/** One run of a program, from its forward to the end of its backward: the blocks its slots hold. */
export interface Frame {
  readonly program: CompiledProgram;
  readonly blocks: (Allocation | undefined)[];
}

/** What a training step runs on: a ledger that counts, or a model of the caching allocator. */
export interface Device {
  /** `stream`: CUDA streams have memory pools of their own, so that blocks of one never serve another. */
  allocate(bytes: number, term: TermName, stream?: Stream): Allocation;
  /** A block for each; a device that only counts may give one for all. */
  allocateEach(bytes: readonly number[], term: TermName, stream?: Stream): readonly Allocation[];
  release(allocation: Allocation | undefined): void;
  open(program: CompiledProgram): Frame;
  run(frame: Frame, trace: Trace): void;
  allocateSlot(frame: Frame, slot: number): void;
  releaseSlot(frame: Frame, slot: number): void;
  /** The block in one frame's slot becomes that of another's: an output that is the next program's input. */
  handOver(from: Frame, fromSlot: number, to: Frame, toSlot: number): void;
  /** Takes the blocks out of the slots, to be released later. */
  takeAll(frame: Frame, slots: readonly number[]): readonly Allocation[];
  phase(name: PhaseName): void;
}
