import { roundToBlock } from './block-size.ts';
import type { Allocation, Device, Frame } from './device.ts';
import { memoized } from './memoized.ts';
import type { CompiledProgram, SlotTable, Trace, TraceSummary } from './tape/compiled-program.ts';
import { TERM_INDEX, TERM_NAMES } from './terms.ts';
import type { Phase, PhaseName, TermName } from './types.ts';

const TERM_COUNT = TERM_NAMES.length;
const TERM_ORDER = TERM_NAMES.map((_, index) => index);

/** What was live at the highest point, and how each phase went. */
export interface LedgerReading {
  readonly peakBytes: number;
  readonly peakPhase: PhaseName;
  readonly peakTerms: Float64Array;
  /** The highest each term was by itself, at whatever moment. */
  readonly highestTerms: Float64Array;
  readonly phases: readonly Phase[];
}

/**
 * A device that only counts. A trace's effect is one vector of changes and one highest rise, so a layer that was
 * reckoned once costs a vector addition each further time, and the result is the one of running every event.
 */
export class Ledger implements Device {
  readonly #live = new Float64Array(TERM_COUNT);
  #liveBytes = 0;
  #peakBytes = 0;
  #peakPhase: PhaseName = 'forward';
  readonly #peakTerms = new Float64Array(TERM_COUNT);
  readonly #highestTerms = new Float64Array(TERM_COUNT);
  readonly #phases: Phase[] = [];
  /** Equal layers ask for the same list again and again. */
  readonly #sumInBlocks = memoized((bytes: readonly number[]) =>
    bytes.reduce((total, one) => total + roundToBlock(one), 0),
  );
  #phase: { name: PhaseName; startBytes: number; peakBytes: number } | undefined;

  allocate(bytes: number, term: TermName): Allocation {
    const allocation = { bytes: roundToBlock(bytes), term: TERM_INDEX[term] };
    this.#add(allocation.term, allocation.bytes);
    return allocation;
  }

  allocateEach(bytes: readonly number[], term: TermName): readonly Allocation[] {
    return [this.allocate(this.#sumInBlocks(bytes), term)];
  }

  release(allocation: Allocation | undefined): void {
    if (allocation === undefined) return;
    this.#live[allocation.term] = (this.#live[allocation.term] ?? 0) - allocation.bytes;
    this.#liveBytes -= allocation.bytes;
  }

  open(program: CompiledProgram): Frame {
    return { program, blocks: [] };
  }

  run(_frame: Frame, trace: Trace): void {
    if (trace.events.length === 0) return;
    trace.summary ??= summarise(trace);
    const { summary } = trace;
    if (this.#liveBytes + summary.peakBytes > (this.#phase?.peakBytes ?? 0)) this.#raise(summary);
    for (const term of summary.terms) {
      const live = this.#live[term] ?? 0;
      const highest = live + (summary.highestTerms[term] ?? 0);
      if (highest > (this.#highestTerms[term] ?? 0)) this.#highestTerms[term] = highest;
      this.#live[term] = live + (summary.delta[term] ?? 0);
    }
    this.#liveBytes += summary.deltaBytes;
  }

  releaseSlot(frame: Frame, slot: number): void {
    this.#add(frame.program.slots.terms[slot] ?? 0, -(frame.program.slots.bytes[slot] ?? 0));
  }

  allocateSlot(frame: Frame, slot: number): void {
    this.#add(frame.program.slots.terms[slot] ?? 0, frame.program.slots.bytes[slot] ?? 0);
  }

  /** Counting needs no addresses: the bytes stay where they are. */
  handOver(): void {}

  takeAll(): readonly Allocation[] {
    return [];
  }

  phase(name: PhaseName): void {
    this.#closePhase();
    this.#phase = { name, startBytes: this.#liveBytes, peakBytes: this.#liveBytes };
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  read(): LedgerReading {
    this.#closePhase();
    return {
      peakBytes: this.#peakBytes,
      peakPhase: this.#peakPhase,
      peakTerms: this.#peakTerms,
      highestTerms: this.#highestTerms,
      phases: this.#phases,
    };
  }

  #add(term: number, bytes: number): void {
    this.#live[term] = (this.#live[term] ?? 0) + bytes;
    this.#liveBytes += bytes;
    this.#highestTerms[term] = Math.max(this.#highestTerms[term] ?? 0, this.#live[term] ?? 0);
    if (this.#phase !== undefined && this.#liveBytes > this.#phase.peakBytes) this.#phase.peakBytes = this.#liveBytes;
    if (this.#liveBytes <= this.#peakBytes) return;
    this.#peakBytes = this.#liveBytes;
    this.#peakPhase = this.#phase?.name ?? this.#peakPhase;
    this.#peakTerms.set(this.#live);
  }

  #raise(summary: TraceSummary): void {
    const bytes = this.#liveBytes + summary.peakBytes;
    if (this.#phase !== undefined) this.#phase.peakBytes = bytes;
    if (bytes <= this.#peakBytes) return;
    this.#peakBytes = bytes;
    this.#peakPhase = this.#phase?.name ?? this.#peakPhase;
    for (let term = 0; term < TERM_COUNT; term += 1)
      this.#peakTerms[term] = (this.#live[term] ?? 0) + (summary.peakTerms[term] ?? 0);
  }

  #closePhase(): void {
    if (this.#phase === undefined) return;
    const { name, startBytes, peakBytes } = this.#phase;
    this.#phases.push({ name, startBytes, peakBytes, endBytes: this.#liveBytes });
    this.#phase = undefined;
  }
}

/** Runs a trace's events once over counters that start at nothing. Plain loops: this is the walk's hottest path. */
function summarise(trace: Trace): TraceSummary {
  const { bytes, terms }: SlotTable = trace.slots;
  const { events } = trace;
  const delta = new Float64Array(TERM_COUNT);
  const peakTerms = new Float64Array(TERM_COUNT);
  const highestTerms = new Float64Array(TERM_COUNT);
  const peakAt = peakIndex(trace);
  let live = 0;
  let peakBytes = 0;
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index] ?? 0;
    const size = (event & 1) === 0 ? (bytes[event >> 1] ?? 0) : -(bytes[event >> 1] ?? 0);
    const term = terms[event >> 1] ?? 0;
    live += size;
    const change = (delta[term] ?? 0) + size;
    delta[term] = change;
    if (change > (highestTerms[term] ?? 0)) highestTerms[term] = change;
    if (index !== peakAt) continue;
    peakBytes = live;
    peakTerms.set(delta);
  }
  const touched = TERM_ORDER.filter((term) => highestTerms[term] !== 0 || delta[term] !== 0);
  return { terms: touched, delta, deltaBytes: live, peakBytes, peakTerms, highestTerms };
}

/** Where a trace stands highest, or -1 where it never rises over its start. */
function peakIndex({ slots: { bytes }, events }: Trace): number {
  let live = 0;
  let peakBytes = 0;
  let peakAt = -1;
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index] ?? 0;
    live += (event & 1) === 0 ? (bytes[event >> 1] ?? 0) : -(bytes[event >> 1] ?? 0);
    if (live <= peakBytes) continue;
    peakBytes = live;
    peakAt = index;
  }
  return peakAt;
}
