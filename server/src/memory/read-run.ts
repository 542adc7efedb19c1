import { findGpu, type GpuFacts } from '../facts/index.ts';
import type { FieldName, TrainingPlan } from '../plan/index.ts';
import { workloadOf } from './from-plan/plan-to-workload.ts';
import { type RegimeRow, regimeOf } from './regimes.ts';
import { type ResidentBytes, residentMemory } from './resident-memory.ts';
import { prepareTraining } from './training.ts';
import { type StepPeak, walkStep } from './walk-step.ts';
import type { Workload } from './workload.ts';
import { WORKSPACE_BYTES } from './workspace.ts';

/** A plan as memory sees it: its step walked, and what stands beside the step on the same device. */
export interface Run {
  readonly workload: Workload;
  readonly peak: StepPeak;
  readonly residents: ResidentBytes;
  readonly regime: RegimeRow;
  readonly gpu: GpuFacts | undefined;
  /** Memory outside torch's allocator: the context, NCCL's buffers, an engine that takes its share up front. */
  readonly outside: Range;
  /** What torch's allocator holds at the least: the walk's peak, the libraries' workspace, the models beside. */
  readonly allocatedBytes: number;
  readonly assumptions: readonly string[];
}

export interface Range {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
}

export type RunReading =
  | { readonly known: true; readonly run: Run }
  | { readonly known: false; readonly missing: readonly FieldName[]; readonly reason?: string };

/** CUDA context and libraries where the GPU's own figure is not known: the H100's (measured, bench/data/trainer.jsonl). */
const USUAL_CONTEXT_BYTES = 804_061_184;

/**
 * NCCL's buffers outside torch's allocator. About 0.5 GiB a communicator and 1 to 20 GiB in all are published
 * (Fujii et al. 2024, arXiv 2411.06465); none was measured here.
 */
const NCCL_BYTES = { low: 0, expected: 0.4 * 2 ** 30, high: 1 * 2 ** 30 };

/** Reads what a plan says of memory and walks its step, or tells what is missing. `prepare` builds what is walked. */
export function readRun(plan: TrainingPlan, prepare = prepareTraining): RunReading {
  const reading = workloadOf(plan);
  if (!reading.known) return reading;
  const { workload } = reading;
  const peak = walkStep(workload, prepare);
  if (peak === undefined)
    return { known: false, missing: [], reason: `Memory of ${workload.shape.family} models is not modelled.` };
  const residents = residentMemory(plan, workload);
  if (!residents.known) return residents;
  const gpu = gpuOf(plan);
  return {
    known: true,
    run: {
      workload,
      peak,
      residents: residents.bytes,
      regime: regimeOf(workload, peak),
      gpu,
      outside: outsideBytes(workload, gpu?.contextBytes ?? USUAL_CONTEXT_BYTES, residents.bytes),
      allocatedBytes: peak.allocatedBytes + WORKSPACE_BYTES + residents.bytes.otherModels,
      assumptions: [...reading.assumptions, ...residents.assumptions],
    },
  };
}

function gpuOf(plan: TrainingPlan): GpuFacts | undefined {
  const name = plan.values['hardware.gpu']?.value;
  return name === undefined ? undefined : findGpu(name);
}

function outsideBytes(workload: Workload, contextBytes: number, residents: ResidentBytes): Range {
  const talks =
    workload.sharding.kind !== 'none' ||
    workload.tensorParallel * workload.contextParallel * workload.pipeline.stages * workload.expertParallel > 1;
  const nccl = talks ? NCCL_BYTES : { low: 0, expected: 0, high: 0 };
  const fixed = contextBytes + residents.rolloutEngine;
  return { low: fixed + nccl.low, expected: fixed + nccl.expected, high: fixed + nccl.high };
}
