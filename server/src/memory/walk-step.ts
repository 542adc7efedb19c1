import { compileModel } from './compiled-model.ts';
import { Ledger } from './ledger.ts';
import { runMicroStep } from './micro-step.ts';
import { bytesOf, listTensors, type ModelTensors } from './model-tensors.ts';
import { optimizerCost, stateBytes, stepScratchBytes } from './optimizer-cost.ts';
import { UNSHARDED } from './sharding/sharding.ts';
import { buildStepModel, type StepModel } from './step-model.ts';
import { TERM_NAMES } from './terms.ts';
import type { Phase, PhaseName, TermName } from './types.ts';
import type { Workload } from './workload.ts';

/** One step's memory as torch counts it: tensors, not the library workspace, the allocator's rests or the context. */
export interface StepPeak {
  /** torch's max_memory_allocated, less the workspace libraries keep. */
  readonly allocatedBytes: number;
  /** What is live at the peak; the terms sum to `allocatedBytes`. */
  readonly terms: readonly { readonly name: TermName; readonly bytes: number }[];
  /** The last micro-step and the optimizer's step, in order. */
  readonly phases: readonly Phase[];
  readonly peakPhase: PhaseName;
  /** Whether the architecture's own program was run, or that of the most similar one. */
  readonly program: 'exact' | 'nearest';
}

/** Walks one training step in its steady state. Undefined where the architecture is none the tape knows. */
export function walkStep(workload: Workload): StepPeak | undefined {
  const model = buildStepModel(workload);
  if (model === undefined) return undefined;
  const tensors = listTensors(model);
  const ledger = new Ledger();
  // From the second micro-step on the gradients of the first are there: the highest one is the last.
  const accumulates = workload.gradientAccumulation > 1;
  const keepsGradients = !accumulates && !workload.optimizerInBackward;
  const compiled = compileModel(model, keepsGradients);
  allocateState(ledger, model, tensors);
  if (accumulates) ledger.allocate(gradientBytes(tensors), 'gradients');
  runMicroStep(ledger, compiled, { tensors, sharding: UNSHARDED, keepsGradients });
  stepOptimizer(ledger, workload, tensors);
  return readPeak(ledger, model);
}

function allocateState(ledger: Ledger, model: StepModel, tensors: ModelTensors): void {
  ledger.phase('forward');
  ledger.allocate(
    tensors.all.reduce((total, tensor) => total + bytesOf(tensor), 0),
    'weights',
  );
  const trainable = tensors.all.filter((tensor) => tensor.trainable);
  ledger.allocate(stateBytes(optimizerCost(model.workload.optimizer), trainable), 'optimizer states');
}

function gradientBytes(tensors: ModelTensors): number {
  return tensors.all.reduce((total, tensor) => total + (tensor.trainable ? bytesOf(tensor) : 0), 0);
}

function stepOptimizer(ledger: Ledger, workload: Workload, tensors: ModelTensors): void {
  ledger.phase('optimizer step');
  const trainable = tensors.all.filter((tensor) => tensor.trainable);
  ledger.release(ledger.allocate(stepScratchBytes(optimizerCost(workload.optimizer), trainable), 'temporaries'));
}

function readPeak(ledger: Ledger, model: StepModel): StepPeak {
  const reading = ledger.read();
  const terms = TERM_NAMES.map((name, index) => ({ name, bytes: reading.peakTerms[index] ?? 0 }));
  return {
    allocatedBytes: reading.peakBytes,
    terms: terms.filter(({ bytes }) => bytes > 0),
    phases: reading.phases,
    peakPhase: reading.peakPhase,
    program: model.family.program,
  };
}
