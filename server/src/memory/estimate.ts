import { findGpu } from '../facts/index.ts';
import type { TrainingPlan } from '../plan/index.ts';
import { workloadOf } from './plan-to-workload.ts';
import { type RegimeRow, regimeOf } from './regimes.ts';
import { residentMemory } from './resident-memory.ts';
import { TERM_DRIVERS } from './term-drivers.ts';
import type { MemoryEstimate, MemoryOutcome, MemoryTerm, Phase, TermName, Verdict } from './types.ts';
import { type StepPeak, walkStep } from './walk-step.ts';
import type { Workload } from './workload.ts';

/** What cuBLAS keeps after a first run: 32 MiB a handle, one each for forward and backward (measured, H100). */
const WORKSPACE_BYTES = 64 * 2 ** 20;

/** CUDA context and libraries where the GPU's own figure is not known: the H100's (measured, bench/data/trainer.jsonl). */
const USUAL_CONTEXT_BYTES = 804_061_184;

/** NCCL's buffers for one communicator: from nothing to about 1 GiB are published; none was measured here. */
const NCCL_BYTES = { low: 0, expected: 0.4 * 2 ** 30, high: 1 * 2 ** 30 };

/** Peak memory of one GPU of the run a plan describes, or what is missing for it. Milliseconds at most. */
export function estimateMemory(plan: TrainingPlan): MemoryOutcome {
  const reading = workloadOf(plan);
  if (!reading.known) return reading;
  const peak = walkStep(reading.workload);
  if (peak === undefined)
    return { known: false, missing: [], reason: `Memory of ${reading.workload.shape.family} models is not modelled.` };
  const residents = residentMemory(plan, reading.workload);
  if (!residents.known) return residents;
  const estimate = assembleEstimate(plan, reading.workload, peak, residents.bytes);
  return { known: true, estimate: { ...estimate, assumptions: [...reading.assumptions, ...residents.assumptions] } };
}

interface Range {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
}

interface ResidentBytes {
  readonly otherModels: number;
  readonly rolloutEngine: number;
}

function assembleEstimate(
  plan: TrainingPlan,
  workload: Workload,
  peak: StepPeak,
  residents: ResidentBytes,
): MemoryEstimate {
  const gpu = gpuOf(plan);
  const regime = regimeOf(workload, peak.program);
  const outside = outsideBytes(workload, gpu?.contextBytes ?? USUAL_CONTEXT_BYTES, residents);
  const reserved = reservedRange(peak.allocatedBytes + WORKSPACE_BYTES + residents.otherModels, regime, workload);
  const total: Range = {
    low: reserved.low + outside.low,
    expected: reserved.expected + outside.expected,
    high: reserved.high + outside.high,
  };
  const base = {
    lowBytes: total.low,
    expectedBytes: total.expected,
    highBytes: total.high,
    allocatedBytes: peak.allocatedBytes,
    verdict: verdictOf(total, gpu?.totalBytes),
    terms: termsOf(peak, { residents, regime, outside, workload, reserved }),
    phases: mergePhases(peak.phases),
    peakPhase: peak.peakPhase,
    regime: { id: regime.id, checked: regime.checked, note: regime.note },
    assumptions: [],
    hostBytes: 0,
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

function gpuOf(plan: TrainingPlan) {
  const name = plan.values['hardware.gpu']?.value;
  return name === undefined ? undefined : findGpu(name);
}

/** Memory outside torch's allocator: the context, NCCL's buffers, and an engine that takes its share up front. */
function outsideBytes(workload: Workload, contextBytes: number, residents: ResidentBytes): Range {
  const talks =
    workload.sharding.kind !== 'none' ||
    workload.tensorParallel * workload.contextParallel * workload.pipeline.stages > 1;
  const nccl = talks ? NCCL_BYTES : { low: 0, expected: 0, high: 0 };
  const fixed = contextBytes + residents.rolloutEngine;
  return { low: fixed + nccl.low, expected: fixed + nccl.expected, high: fixed + nccl.high };
}

function reservedRange(lowerBound: number, regime: RegimeRow, workload: Workload): Range {
  const factor = workload.checkpointing === 'none' ? regime.reserved.plain : regime.reserved.checkpointed;
  return {
    low: lowerBound * regime.low,
    expected: lowerBound * factor,
    high: lowerBound * Math.max(regime.high, factor),
  };
}

function verdictOf(total: Range, capacityBytes: number | undefined): Verdict {
  if (capacityBytes === undefined) return 'unknown';
  if (total.low > capacityBytes) return 'exceeds';
  return total.high <= capacityBytes ? 'fits' : 'tight';
}

interface TermInputs {
  readonly residents: ResidentBytes;
  readonly regime: RegimeRow;
  readonly outside: Range;
  readonly workload: Workload;
  readonly reserved: Range;
}

/** The terms of the walk, and what stands beside it; they sum to the expected total. */
function termsOf(peak: StepPeak, { residents, outside, reserved }: TermInputs): readonly MemoryTerm[] {
  const terms = new Map<TermName, number>(peak.terms.map(({ name, bytes }) => [name, bytes]));
  const add = (name: TermName, bytes: number): void => {
    if (bytes > 0) terms.set(name, (terms.get(name) ?? 0) + bytes);
  };
  const context = outside.low - residents.rolloutEngine;
  add('workspace', WORKSPACE_BYTES);
  add('other models', residents.otherModels);
  add('rollout engine', residents.rolloutEngine);
  add('context', context);
  add('communication buffers', outside.expected - outside.low);
  add('fragmentation', reserved.expected - (peak.allocatedBytes + WORKSPACE_BYTES + residents.otherModels));
  return [...terms]
    .map(([name, bytes]) => ({ name, bytes, drivers: TERM_DRIVERS[name], atPeak: true }))
    .sort((one, other) => other.bytes - one.bytes);
}
