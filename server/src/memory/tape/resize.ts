import { roundToBlock } from '../block-size.ts';
import type { CompiledProgram, SlotTable, Trace } from './compiled-program.ts';

/** A program compiled for one micro batch. */
interface SizedProgram {
  readonly microBatch: number;
  readonly program: CompiledProgram;
}

/** Bytes of each slot: what it takes at some micro batch, and what every sequence more adds. */
export interface Growth {
  readonly fromBatch: number;
  readonly bytes: readonly number[];
  readonly bytesASequence: readonly number[];
}

/**
 * How a program's sizes grow from the smallest to the largest of three micro batches; undefined where it is not in a
 * straight line or the programs do not run alike. Sizes are sums and maxima of such lines, so that a kink between the
 * outer two shows in the middle one.
 */
export function growthOf(least: SizedProgram, middle: SizedProgram, most: SizedProgram): Growth | undefined {
  if (!runsAlike(least.program, middle.program) || !runsAlike(least.program, most.program)) return undefined;
  const from = least.program.slots.exactBytes;
  const between = middle.program.slots.exactBytes;
  const to = most.program.slots.exactBytes;
  const bytesASequence: number[] = [];
  for (let slot = 0; slot < from.length; slot += 1) {
    const start = from[slot] ?? 0;
    const each = ((to[slot] ?? 0) - start) / (most.microBatch - least.microBatch);
    if (start + each * (middle.microBatch - least.microBatch) !== (between[slot] ?? 0)) return undefined;
    bytesASequence.push(each);
  }
  return { fromBatch: least.microBatch, bytes: from, bytesASequence };
}

/** The program with the sizes it has at another micro batch. */
export function resize(program: CompiledProgram, growth: Growth, microBatch: number): CompiledProgram {
  const sequences = microBatch - growth.fromBatch;
  const exactBytes: number[] = [];
  const bytes: number[] = [];
  for (let slot = 0; slot < growth.bytes.length; slot += 1) {
    const exact = (growth.bytes[slot] ?? 0) + (growth.bytesASequence[slot] ?? 0) * sequences;
    exactBytes.push(exact);
    bytes.push(roundToBlock(exact));
  }
  const slots: SlotTable = { bytes, exactBytes, terms: program.slots.terms };
  const sized = ({ events }: Trace): Trace => ({ slots, events, summary: undefined });
  return {
    ...program,
    slots,
    forward: program.forward.map(sized),
    leaveAutocast: sized(program.leaveAutocast),
    backward: sized(program.backward),
  };
}

function runsAlike(one: CompiledProgram, other: CompiledProgram): boolean {
  return (
    areEqual(one.slots.terms, other.slots.terms) &&
    one.forward.length === other.forward.length &&
    one.forward.every(({ events }, index) => areEqual(events, other.forward[index]?.events ?? [])) &&
    areEqual(one.leaveAutocast.events, other.leaveAutocast.events) &&
    areEqual(one.backward.events, other.backward.events)
  );
}

function areEqual(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
