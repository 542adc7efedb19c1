import type { Allocation, Device, Frame, Stream } from '../device.ts';
import type { CompiledProgram, Trace } from '../tape/compiled-program.ts';
import { TERM_INDEX } from '../terms.ts';
import type { TermName } from '../types.ts';
import { Block } from './block.ts';
import { type AllocatorOptions, CachingAllocator } from './caching-allocator.ts';

/** Thrown between two programs when the caller asked to stop; the simulation catches it. */
export class Stopped extends Error {}

/** A device whose memory the caching allocator hands out. */
export class AllocatorDevice implements Device {
  readonly allocator: CachingAllocator;
  readonly #shouldStop: () => boolean;

  constructor(options: AllocatorOptions, shouldStop: () => boolean) {
    this.allocator = new CachingAllocator(options);
    this.#shouldStop = shouldStop;
  }

  allocate(bytes: number, term: TermName, stream?: Stream): Allocation {
    return this.allocator.allocate(bytes, TERM_INDEX[term], stream);
  }

  allocateEach(bytes: readonly number[], term: TermName, stream?: Stream): readonly Allocation[] {
    return bytes.map((one) => this.allocate(one, term, stream));
  }

  release(allocation: Allocation | undefined): void {
    if (allocation instanceof Block) this.allocator.free(allocation);
  }

  open(program: CompiledProgram): Frame {
    return { program, blocks: new Array<Allocation | undefined>(program.slots.bytes.length).fill(undefined) };
  }

  run(frame: Frame, trace: Trace): void {
    if (this.#shouldStop()) throw new Stopped();
    const { bytes, terms } = trace.slots;
    const { blocks } = frame;
    for (const event of trace.events) {
      const slot = event >> 1;
      if ((event & 1) === 0) blocks[slot] = this.allocator.allocate(bytes[slot] ?? 0, terms[slot] ?? 0);
      else this.releaseSlot(frame, slot);
    }
  }

  allocateSlot(frame: Frame, slot: number): void {
    const { bytes, terms } = frame.program.slots;
    frame.blocks[slot] = this.allocator.allocate(bytes[slot] ?? 0, terms[slot] ?? 0);
  }

  releaseSlot(frame: Frame, slot: number): void {
    this.release(frame.blocks[slot]);
    frame.blocks[slot] = undefined;
  }

  handOver(from: Frame, fromSlot: number, to: Frame, toSlot: number): void {
    to.blocks[toSlot] = from.blocks[fromSlot];
    from.blocks[fromSlot] = undefined;
  }

  takeAll(frame: Frame, slots: readonly number[]): readonly Allocation[] {
    const taken: Allocation[] = [];
    for (const slot of slots) {
      const block = frame.blocks[slot];
      if (block !== undefined) taken.push(block);
      frame.blocks[slot] = undefined;
    }
    return taken;
  }

  /** The allocator keeps no account by phases. */
  phase(): void {}
}
