import { evaluationPass, generationPass, type InferencePass } from './inference-pass.ts';
import { Ledger } from './ledger.ts';
import { allocateState, type StateDoubt } from './model-state.ts';
import { partition, type RankPart } from './partition.ts';
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
  readonly terms: readonly TermBytes[];
  /** What is live at other moments only, each at its own highest. */
  readonly otherTerms: readonly TermBytes[];
  /** The last micro-step and the optimizer's step, in order. */
  readonly phases: readonly Phase[];
  readonly peakPhase: PhaseName;
  /** Whether the architecture's own program was run, or that of the most similar one. */
  readonly program: 'exact' | 'nearest';
  /** What waits in host memory. */
  readonly hostBytes: number;
  readonly doubt: StateDoubt;
}

export interface TermBytes {
  readonly name: TermName;
  readonly bytes: number;
}

/** Walks one training step in its steady state. Undefined where the architecture is none the tape knows. */
export function walkStep(workload: Workload, prepare = prepareTraining): StepPeak | undefined {
  if (workload.shape.family === 'convnet') return walkConvnet(workload);
  return partition(workload).reduce<StepPeak | undefined>((highest, part) => {
    const peak = walkRank(part, prepare);
    return highest === undefined || (peak?.allocatedBytes ?? 0) > highest.allocatedBytes ? peak : highest;
  }, undefined);
}

function walkRank(part: RankPart, prepare: typeof prepareTraining): StepPeak | undefined {
  const training = prepare(part.workload, part.stage);
  if (training === undefined) return undefined;
  const { exchangeBytes } = part;
  if (part.stage.inFlight <= 1)
    return withInference(walkTraining(training, { exchangeBytes, waitingBytes: 0 }), training, exchangeBytes);
  // Micro batches in flight wait with the activations one forward leaves; layers that stay gathered are there but once.
  const resharding = prepare(resharded(part.workload), part.stage) ?? training;
  const alone = walkTraining(resharding, { exchangeBytes, waitingBytes: 0 });
  const forward = alone.phases[0];
  const kept = forward === undefined ? 0 : Math.max(0, forward.endBytes - forward.startBytes);
  return walkTraining(training, { exchangeBytes, waitingBytes: kept * (part.stage.inFlight - 1) });
}

function resharded(workload: Workload): Workload {
  const { sharding } = workload;
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return workload;
  return sharding.reshardAfterForward
    ? workload
    : { ...workload, sharding: { ...sharding, reshardAfterForward: true } };
}

interface HeldBytes {
  readonly exchangeBytes: number;
  /** Activations of earlier micro batches of a pipeline. */
  readonly waitingBytes: number;
}

function walkTraining(training: Training, held: HeldBytes): StepPeak {
  const { workload } = training;
  const { tensors } = training;
  const ledger = new Ledger();
  const state = training.state();
  // From the second micro-step on the gradients of the first are there: the highest one is the last.
  const accumulates = workload.gradientAccumulation > 1;
  const sharding = chooseSharding(ledger, training, accumulates);
  const keepsGradients = sharding.reducesGradients || (!accumulates && !workload.optimizerInBackward);
  allocateState(ledger, state);
  ledger.allocate(held.exchangeBytes, 'communication buffers');
  ledger.allocate(held.waitingBytes, 'activations');
  if (accumulates) ledger.allocate(state.gradients, 'gradients');
  training.compile(keepsGradients).run(ledger, { tensors, sharding, keepsGradients });
  ledger.phase('optimizer step');
  const returned = ledger.allocate(state.stepStates, 'optimizer states');
  ledger.release(ledger.allocate(state.stepScratch, 'temporaries'));
  ledger.release(returned);
  return { ...readPeak(ledger, training), hostBytes: state.host, doubt: state.doubt };
}

/** With what runs between the steps: the higher of the peaks, and the phases in their order. */
function withInference(step: StepPeak, training: Training, exchangeBytes: number): StepPeak {
  const walked = (pass: InferencePass | undefined): StepPeak | undefined => {
    if (pass === undefined) return undefined;
    const ledger = new Ledger();
    allocateState(ledger, training.state());
    ledger.allocate(exchangeBytes, 'communication buffers');
    pass(ledger);
    return { ...step, ...readPeak(ledger, training) };
  };
  const generation = walked(generationPass(training.workload));
  const evaluation = walked(evaluationPass(training.workload));
  return [generation, evaluation].reduce<StepPeak>(
    (highest, pass) => (pass === undefined ? highest : higher(highest, pass)),
    { ...step, phases: [...(generation?.phases ?? []), ...step.phases, ...(evaluation?.phases ?? [])] },
  );
}

/** The first one's phases with whichever peak is higher; what the other has besides is live at other moments. */
function higher(one: StepPeak, other: StepPeak): StepPeak {
  const [top, below] = other.allocatedBytes > one.allocatedBytes ? [other, one] : [one, other];
  const elsewhere = new Map<TermName, number>();
  for (const { name, bytes } of [...top.otherTerms, ...below.terms, ...below.otherTerms])
    elsewhere.set(name, Math.max(bytes, elsewhere.get(name) ?? 0));
  for (const { name } of top.terms) elsewhere.delete(name);
  return { ...top, phases: one.phases, otherTerms: [...elsewhere].map(([name, bytes]) => ({ name, bytes })) };
}

function readPeak(ledger: Ledger, training: Training): Omit<StepPeak, 'hostBytes' | 'doubt'> {
  const reading = ledger.read();
  const terms = TERM_NAMES.map((name, index) => ({ name, bytes: reading.peakTerms[index] ?? 0 }));
  const highest = TERM_NAMES.map((name, index) => ({ name, bytes: reading.highestTerms[index] ?? 0 }));
  return {
    allocatedBytes: reading.peakBytes,
    terms: terms.filter(({ bytes }) => bytes > 0),
    otherTerms: highest.filter(({ bytes }, index) => bytes > 0 && (terms[index]?.bytes ?? 0) <= 0),
    phases: reading.phases,
    peakPhase: reading.peakPhase,
    program: training.family.program,
  };
}
