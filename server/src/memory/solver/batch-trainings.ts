import { memoized } from '../memoized.ts';
import type { PipelineStage } from '../partition.ts';
import type { CompiledProgram } from '../tape/compiled-program.ts';
import { type Growth, growthOf, resize } from '../tape/resize.ts';
import { type CompiledStep, prepareTraining, type Training } from '../training.ts';
import type { Workload } from '../workload.ts';

/** Trainings that differ in their micro batch alone: the smallest, one between, and the largest that were built. */
interface Kin {
  readonly workload: Workload;
  readonly stage: PipelineStage | undefined;
  least: Training;
  middle: Training | undefined;
  most: Training;
  steps: Map<boolean, GrowingStep | undefined>;
}

interface GrowingStep {
  readonly step: CompiledStep;
  readonly growths: ReadonlyMap<CompiledProgram, Growth>;
}

/** A pipeline's first and last stage. */
const MOST_KIN = 2;

/**
 * Builds trainings for a search over micro batches. Once three of different size are there, those between get their
 * tensors' sizes from them; all else they share.
 */
export class BatchTrainings {
  #kin: Kin[] = [];

  readonly prepare = (workload: Workload, stage?: PipelineStage): Training | undefined => {
    // A batch of one is laid out in its own way, and the fused loss's chunks grow in steps.
    if (workload.microBatch <= 1 || workload.loss.kernel === 'fused') return prepareTraining(workload, stage);
    const kin = this.#kin.find((one) => isEqual(one.stage, stage) && isKin(one.workload, workload));
    const between = kin === undefined ? undefined : sizedBetween(kin, workload);
    if (between !== undefined) return between;
    const built = prepareTraining(workload, stage);
    if (built === undefined) return undefined;
    if (kin !== undefined) takeIn(kin, built);
    else
      this.#kin = [
        { workload, stage, least: built, middle: undefined, most: built, steps: new Map() },
        ...this.#kin.slice(0, MOST_KIN - 1),
      ];
    return built;
  };
}

function takeIn(kin: Kin, built: Training): void {
  const batch = built.workload.microBatch;
  const { least, most } = kin;
  if (batch < least.workload.microBatch) {
    kin.middle = least === most ? undefined : (kin.middle ?? least);
    kin.least = built;
  } else if (batch > most.workload.microBatch) {
    kin.middle = least === most ? undefined : most;
    kin.most = built;
  } else kin.middle = built;
  kin.steps = new Map();
}

/** Undefined outside of what was built. */
function sizedBetween(kin: Kin, workload: Workload): Training | undefined {
  const { least, middle, most } = kin;
  const batch = workload.microBatch;
  if (middle === undefined || batch < least.workload.microBatch || batch > most.workload.microBatch) return undefined;
  const compile = (keepsGradients: boolean): CompiledStep | undefined => {
    const known = growing(kin, middle, keepsGradients);
    const resized = memoized((program: CompiledProgram) => {
      const growth = known?.growths.get(program);
      return growth === undefined ? program : resize(program, growth, batch);
    });
    return known?.step.map(workload, resized);
  };
  // Where sizes do not grow in a straight line the programs are built after all.
  const built = memoized((keepsGradients: boolean) => prepareTraining(workload, kin.stage)?.compile(keepsGradients));
  return { ...least, workload, compile: (keeps) => compile(keeps) ?? built(keeps) ?? least.compile(keeps) };
}

function growing(kin: Kin, middle: Training, keepsGradients: boolean): GrowingStep | undefined {
  if (!kin.steps.has(keepsGradients)) kin.steps.set(keepsGradients, growingStep(kin, middle, keepsGradients));
  return kin.steps.get(keepsGradients);
}

function growingStep({ least, most }: Kin, middle: Training, keepsGradients: boolean): GrowingStep | undefined {
  const step = least.compile(keepsGradients);
  const [small, between, large] = [step, middle.compile(keepsGradients), most.compile(keepsGradients)].map(programsOf);
  if (small === undefined || between === undefined || large === undefined) return undefined;
  if (small.length !== between.length || small.length !== large.length) return undefined;
  const growths = new Map<CompiledProgram, Growth>();
  for (const [index, program] of small.entries()) {
    const [inMiddle, inMost] = [between[index], large[index]];
    if (inMiddle === undefined || inMost === undefined) return undefined;
    const growth = growthOf(
      { microBatch: least.workload.microBatch, program },
      { microBatch: middle.workload.microBatch, program: inMiddle },
      { microBatch: most.workload.microBatch, program: inMost },
    );
    if (growth === undefined) return undefined;
    growths.set(program, growth);
  }
  return { step, growths };

  function programsOf(compiled: CompiledStep): readonly CompiledProgram[] {
    const programs = new Set<CompiledProgram>();
    compiled.map(least.workload, (program) => {
      programs.add(program);
      return program;
    });
    return [...programs];
  }
}

/** Whether two workloads differ in nothing but their micro batch; of accumulation only whether there is any matters. */
function isKin(one: Workload, other: Workload): boolean {
  const { microBatch, gradientAccumulation } = other;
  const accumulatesAlike = one.gradientAccumulation > 1 === gradientAccumulation > 1;
  return accumulatesAlike && isEqual({ ...one, microBatch, gradientAccumulation }, other);
}

function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const entries = Object.entries(one);
  return (
    entries.length === Object.keys(other).length &&
    entries.every(([key, value]) => isEqual(value, Reflect.get(other, key)))
  );
}
