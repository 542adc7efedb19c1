import { Ledger } from './ledger.ts';
import { allocateState, modelState } from './model-state.ts';
import { chooseSharding } from './sharding/choose-sharding.ts';
import { TERM_NAMES } from './terms.ts';
import { prepareTraining, type Training } from './training.ts';
import type { Phase, PhaseName, TermName } from './types.ts';
import { walkConvnet } from './walk-convnet.ts';
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
  if (workload.shape.family === 'convnet') return walkConvnet(workload);
  const training = prepareTraining(workload);
  if (training === undefined) return undefined;
  const { tensors } = training;
  const ledger = new Ledger();
  const state = modelState(workload, tensors);
  // From the second micro-step on the gradients of the first are there: the highest one is the last.
  const accumulates = workload.gradientAccumulation > 1;
  const sharding = chooseSharding(ledger, training, accumulates);
  const keepsGradients = sharding.reducesGradients || (!accumulates && !workload.optimizerInBackward);
  ledger.phase('forward');
  allocateState(ledger, state);
  if (accumulates) ledger.allocate(state.gradients, 'gradients');
  training.prepare(keepsGradients)(ledger, { tensors, sharding, keepsGradients });
  ledger.phase('optimizer step');
  ledger.release(ledger.allocate(state.stepScratch, 'temporaries'));
  return readPeak(ledger, training);
}

function readPeak(ledger: Ledger, training: Training): StepPeak {
  const reading = ledger.read();
  const terms = TERM_NAMES.map((name, index) => ({ name, bytes: reading.peakTerms[index] ?? 0 }));
  return {
    allocatedBytes: reading.peakBytes,
    terms: terms.filter(({ bytes }) => bytes > 0),
    phases: reading.phases,
    peakPhase: reading.peakPhase,
    program: training.family.program,
  };
}
