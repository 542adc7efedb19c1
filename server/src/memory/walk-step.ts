import { compileModel } from './compiled-model.ts';
import { Ledger } from './ledger.ts';
import { runMicroStep } from './micro-step.ts';
import { allocateState, modelState } from './model-state.ts';
import { listTensors } from './model-tensors.ts';
import { chooseSharding } from './sharding/choose-sharding.ts';
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
  const state = modelState(workload, tensors);
  // From the second micro-step on the gradients of the first are there: the highest one is the last.
  const accumulates = workload.gradientAccumulation > 1;
  const sharding = chooseSharding(ledger, model, tensors, accumulates);
  const keepsGradients = sharding.reducesGradients || (!accumulates && !workload.optimizerInBackward);
  ledger.phase('forward');
  allocateState(ledger, state);
  if (accumulates) ledger.allocate(state.gradients, 'gradients');
  runMicroStep(ledger, compileModel(model, keepsGradients), { tensors, sharding, keepsGradients });
  ledger.phase('optimizer step');
  ledger.release(ledger.allocate(state.stepScratch, 'temporaries'));
  return readPeak(ledger, model);
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
