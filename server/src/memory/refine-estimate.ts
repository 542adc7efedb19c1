import type { TrainingPlan } from '../plan/index.ts';
import { type AllocatorSettings, simulateAllocator } from './allocator/simulate-allocator.ts';
import { assembleEstimate, contiguousNeed, walkedRange } from './estimate.ts';
import { type Range, type Run, readRun } from './read-run.ts';
import { simulationEvents } from './simulation-cost.ts';
import type { MemoryEstimate, MemoryOutcome } from './types.ts';
import { WORKSPACE_BYTES } from './workspace.ts';

export interface RefineOptions {
  /** Asked some thousand times while the allocator is simulated; true leaves the estimate as the walk has it. */
  readonly shouldStop?: () => boolean;
  /** What torch's allocator may reserve, where that is known better than as a GPU's size less what stands outside. */
  readonly allocatorCapBytes?: number;
  /** What PYTORCH_CUDA_ALLOC_CONF sets. */
  readonly allocator?: AllocatorSettings;
  /** Tensors made and freed that the simulations may run through; more costly ones are left out. */
  readonly eventLimit?: number;
}

/** Runs through more events take seconds: sizes no model has. */
const MOST_EVENTS = 5_000_000;

/**
 * Peak memory of one GPU with torch's caching allocator simulated: what it reserves, and whether the run ends within
 * the card. Some ms to tens of ms; where a kind of run has no simulation, as estimateMemory says.
 */
export function refineEstimate(plan: TrainingPlan, options: RefineOptions = {}): MemoryOutcome {
  const reading = readRun(plan);
  if (!reading.known) return reading;
  return { known: true, estimate: refined(reading.run, options) };
}

function refined(run: Run, options: RefineOptions): MemoryEstimate {
  const walked = walkedRange(run);
  if (simulationEvents(run.workload) > (options.eventLimit ?? MOST_EVENTS)) return assembleEstimate(run, walked);
  const simulation = simulateAllocator(run.workload, simulationOptions(options));
  if (!simulation.finished) return assembleEstimate(run, walked);
  const reserved = simulatedRange(run, simulation.reservedBytes);
  const decided = decide(run, reserved, options);
  const estimate = assembleEstimate(run, decided, options.allocatorCapBytes);
  // In whole blocks, as torch counts them: rests too small to split are part of what is allocated.
  const allocatedBytes = simulation.allocatedBytes - WORKSPACE_BYTES + run.residents.otherModels;
  return { ...estimate, allocatedBytes, simulated: true };
}

function simulationOptions({ shouldStop, allocator }: RefineOptions) {
  return { ...allocator, ...(shouldStop === undefined ? {} : { shouldStop }) };
}

/** Where measured reserved peaks lie about the simulated one; never under what is allocated. */
function simulatedRange(run: Run, simulatedBytes: number): Range {
  const { regime, residents, allocatedBytes, peak } = run;
  const reserved = Math.max(simulatedBytes + residents.otherModels, allocatedBytes);
  return {
    low: Math.max(leastNeed(run), reserved * regime.simulated.low - peak.doubt.less),
    expected: reserved,
    high: reserved * regime.simulated.high + peak.doubt.more,
  };
}

/** No run gets by with less than its tensors. */
function leastNeed({ allocatedBytes, regime, peak }: Run): number {
  return allocatedBytes * regime.walked.low - peak.doubt.less;
}

/**
 * Under a cap the allocator gives cached segments back and tries again, so what a run needs is less than what it
 * reserves with room to spare. Where the range crosses the cap, two runs under it decide.
 */
function decide(run: Run, reserved: Range, options: RefineOptions): Range {
  const caps = capsOf(run, options);
  if (caps === undefined || reserved.high <= caps.strict || leastNeed(run) > caps.generous) return reserved;
  const { doubt } = run.peak;
  const widened = caps.generous * (1 + run.regime.simulated.margin);
  const narrowed = caps.strict / (1 + run.regime.simulated.margin);
  if (endUnder(run, widened + doubt.less, options) === 'runs out') return raised(reserved, widened);
  const ends = endUnder(run, narrowed - doubt.more, options) === 'ends';
  return ends && holdsWholeBlocks(run, caps.strict, options)
    ? lowered(run, reserved, narrowed)
    : crossing(run, reserved, caps);
}

interface Caps {
  /** With all that may stand outside the allocator, and with only what surely does. */
  readonly strict: number;
  readonly generous: number;
}

function capsOf({ gpu, outside }: Run, { allocatorCapBytes }: RefineOptions): Caps | undefined {
  if (allocatorCapBytes !== undefined) return { strict: allocatorCapBytes, generous: allocatorCapBytes };
  if (gpu === undefined) return undefined;
  return { strict: gpu.totalBytes - outside.high, generous: gpu.totalBytes - outside.low };
}

function endUnder(run: Run, capBytes: number, options: RefineOptions): 'ends' | 'runs out' | 'stopped' {
  const room = Math.max(0, capBytes - run.residents.otherModels);
  const simulation = simulateAllocator(run.workload, { ...simulationOptions(options), capBytes: room });
  if (!simulation.finished) return 'stopped';
  return simulation.outOfMemory ? 'runs out' : 'ends';
}

/** A whole card gives less than a cap on a larger one does: two of four runs that filled one passed the simulation. */
function holdsWholeBlocks(run: Run, capBytes: number, { allocatorCapBytes }: RefineOptions): boolean {
  return allocatorCapBytes !== undefined || contiguousNeed(run.allocatedBytes, run.peak) <= capBytes;
}

/** A run that runs out even there needs more. */
function raised(reserved: Range, bytes: number): Range {
  const low = Math.max(reserved.low, bytes + 1);
  return { low, expected: Math.max(reserved.expected, low), high: Math.max(reserved.high, low) };
}

/** A run that ends there needs no more, whatever it would reserve with room to spare. */
function lowered({ allocatedBytes }: Run, reserved: Range, bytes: number): Range {
  const high = Math.min(reserved.high, bytes);
  const low = Math.min(reserved.low, high);
  return { low, expected: Math.max(allocatedBytes, Math.min(reserved.expected, high)), high };
}

/** A range on both sides of the cap. */
function crossing({ allocatedBytes }: Run, reserved: Range, { strict, generous }: Caps): Range {
  return {
    low: Math.min(reserved.low, generous),
    expected: Math.max(allocatedBytes, Math.min(reserved.expected, generous)),
    high: Math.max(reserved.high, strict + 1),
  };
}
