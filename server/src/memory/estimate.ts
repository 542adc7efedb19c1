import type { TrainingPlan } from '../plan/index.ts';
import { type Range, type Run, readRun } from './read-run.ts';
import { REGIMES } from './regimes.ts';
import { driversOf } from './term-drivers.ts';
import { prepareTraining } from './training.ts';
import type { MemoryEstimate, MemoryOutcome, MemoryTerm, Phase, TermName, Verdict } from './types.ts';
import { WORKSPACE_BYTES } from './workspace.ts';

/**
 * Peak memory of one GPU of the run a plan describes, or what is missing for it. Milliseconds at most. Runs that differ
 * in their micro batch can share a `prepare` of BatchTrainings.
 */
export function estimateMemory(plan: TrainingPlan, prepare = prepareTraining): MemoryOutcome {
  const reading = readRun(plan, prepare);
  if (!reading.known) return reading;
  return { known: true, estimate: assembleEstimate(reading.run, walkedRange(reading.run)) };
}

/** What torch's allocator reserves, from the walk alone. */
export function walkedRange(run: Run): Range {
  const { workload, allocatedBytes, regime, peak } = run;
  const { walked } = regime;
  const factor = workload.checkpointing === 'none' ? walked.plain : walked.checkpointed;
  return {
    low: allocatedBytes * walked.low - peak.doubt.less,
    expected: allocatedBytes * factor,
    high:
      Math.max(
        allocatedBytes * Math.max(walked.high, factor),
        wholeBlocks(allocatedBytes, peak, WALKED),
        betweenSteps(run),
      ) + peak.doubt.more,
  };
}

/** What passes between the steps may reserve, also where a step allocates more: they are less sure than it. */
function betweenSteps({ peak, allocatedBytes }: Run): number {
  const beside = allocatedBytes - peak.allocatedBytes;
  return peak.phases.reduce((highest, { name, peakBytes }) => {
    const passes = name === 'evaluation' || name === 'generation';
    return passes ? Math.max(highest, (peakBytes + beside) * REGIMES[name].walked.high) : highest;
  }, 0);
}

/** Multipliers on what is allocated, and on the loss's memory where the peak is there. */
interface BlockNeed {
  readonly factor: number;
  readonly lossShare: number;
}

/**
 * The loss needs whole blocks of logits, which fragments cannot give; three of them are live at once. Against capped runs
 * 1.05 of the allocated peak and three quarters of a block let one of 142 pass that ran out of memory, 1.08 and a whole
 * block none.
 */
const SIMULATED: BlockNeed = { factor: 1.05, lossShare: 0.25 };
const WALKED: BlockNeed = { factor: 1.08, lossShare: 1 / 3 };

/** Upper end of what a run needs on a card of its own size, once the simulation has passed. */
export function contiguousNeed(allocatedBytes: number, peak: Run['peak']): number {
  return wholeBlocks(allocatedBytes, peak, SIMULATED);
}

function wholeBlocks(allocatedBytes: number, peak: Run['peak'], { factor, lossShare }: BlockNeed): number {
  const atLoss = peak.peakPhase === 'loss backward' || peak.peakPhase === 'loss forward';
  const logits = atLoss ? (peak.terms.find(({ name }) => name === 'logits and loss')?.bytes ?? 0) : 0;
  return allocatedBytes * factor + logits * lossShare;
}

/** The estimate of a run whose allocator reserves so much; judged against `allocatorCapBytes` where that is given, not the GPU. */
export function assembleEstimate(run: Run, reserved: Range, allocatorCapBytes?: number): MemoryEstimate {
  const { peak, regime, outside, gpu } = run;
  const total: Range = {
    low: reserved.low + outside.low,
    expected: reserved.expected + outside.expected,
    high: reserved.high + outside.high,
  };
  const base = {
    lowBytes: total.low,
    expectedBytes: total.expected,
    highBytes: total.high,
    allocatedBytes: peak.allocatedBytes + run.residents.otherModels,
    reservedBytes: reserved.expected,
    verdict:
      allocatorCapBytes === undefined ? verdictOf(total, gpu?.totalBytes) : verdictOf(reserved, allocatorCapBytes),
    terms: termsOf(run, reserved),
    phases: mergePhases(peak.phases),
    peakPhase: peak.peakPhase,
    regime: { id: regime.id, checked: regime.checked, note: regime.note },
    assumptions: run.assumptions,
    hostBytes: peak.hostBytes,
  };
  return gpu === undefined ? base : { ...base, gpu: gpu.id, capacityBytes: gpu.totalBytes };
}

/** Neighbours of one name as one phase: state is allocated before the forward pass that it is part of. */
function mergePhases(phases: readonly Phase[]): readonly Phase[] {
  const merged: Phase[] = [];
  for (const phase of phases) {
    const last = merged.at(-1);
    if (last?.name !== phase.name) merged.push(phase);
    else
      merged[merged.length - 1] = {
        ...last,
        peakBytes: Math.max(last.peakBytes, phase.peakBytes),
        endBytes: phase.endBytes,
      };
  }
  return merged;
}

function verdictOf(total: Range, capacityBytes: number | undefined): Verdict {
  if (capacityBytes === undefined) return 'unknown';
  if (total.low > capacityBytes) return 'exceeds';
  return total.high <= capacityBytes ? 'fits' : 'tight';
}

/** The terms of the walk and what stands beside it, which sum to the expected total; then what is live at other moments. */
function termsOf({ peak, residents, outside, allocatedBytes }: Run, reserved: Range): readonly MemoryTerm[] {
  const terms = new Map<TermName, number>(peak.terms.map(({ name, bytes }) => [name, bytes]));
  const add = (name: TermName, bytes: number): void => {
    if (bytes > 0) terms.set(name, (terms.get(name) ?? 0) + bytes);
  };
  add('workspace', WORKSPACE_BYTES);
  add('other models', residents.otherModels);
  add('rollout engine', residents.rolloutEngine);
  add('context', outside.low - residents.rolloutEngine);
  add('communication buffers', outside.expected - outside.low);
  add('fragmentation', reserved.expected - allocatedBytes);
  const termOf = (name: TermName, bytes: number, atPeak: boolean): MemoryTerm => ({
    name,
    bytes,
    drivers: driversOf(name, peak.peakPhase),
    atPeak,
  });
  const atPeak = [...terms].map(([name, bytes]) => termOf(name, bytes, true));
  const elsewhere = peak.otherTerms
    .filter(({ name }) => !terms.has(name))
    .map(({ name, bytes }) => termOf(name, bytes, false));
  return [...atPeak.sort(bySize), ...elsewhere.sort(bySize)];
}

function bySize(one: MemoryTerm, other: MemoryTerm): number {
  return other.bytes - one.bytes;
}
