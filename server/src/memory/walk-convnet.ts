import { optimizerCost, stateBytes, stepScratchBytes } from './optimizer-cost.ts';
import { extraNumber } from './programs/layer-request.ts';
import { matrix } from './tape/parameter.ts';
import type { PhaseName, TermName } from './types.ts';
import type { StepPeak, TermBytes } from './walk-step.ts';
import type { Workload } from './workload.ts';

/** What autograd keeps of a convnet, per output of a convolution (`activations` as timm publishes them). */
interface ConvnetKind {
  readonly name: RegExp;
  /** Bytes kept an output under 16-bit autocast. ResNet's 4 is derived, the others are fitted on measured runs. */
  readonly bytesPerOutput: number;
  /** Full precision over autocast; fitted. */
  readonly fullPrecisionRatio: number;
}

const KINDS: readonly ConvnetKind[] = [
  // Basic blocks have few channels an output: small maps and the max-pool's indices weigh more (fitted on resnet18).
  { name: /^resnet18/, bytesPerOutput: 4.0 * 1.2, fullPrecisionRatio: 1.93 },
  { name: /^resnet34/, bytesPerOutput: 4.0 * 1.12, fullPrecisionRatio: 1.93 },
  { name: /^(?:resnet|resnext|wide_resnet|seresnet|ecaresnet)/, bytesPerOutput: 4.0, fullPrecisionRatio: 1.93 },
  { name: /^convnext/, bytesPerOutput: 4.57, fullPrecisionRatio: 1.93 },
  { name: /^(?:tf_)?efficientnet/, bytesPerOutput: 6.6, fullPrecisionRatio: 1.98 },
  { name: /^(?:tf_)?mobilenet/, bytesPerOutput: 5.1, fullPrecisionRatio: 1.96 },
  { name: /^densenet/, bytesPerOutput: 9.6, fullPrecisionRatio: 1.975 },
];
/** An output and what follows it, each kept once in 16 bit and half as much again: for kinds nobody measured. */
const UNMEASURED: Omit<ConvnetKind, 'name'> = { bytesPerOutput: 5, fullPrecisionRatio: 1.95 };

/** Rise over the end of forward, while the loss and the last layers run backward; fitted. */
const BACKWARD_RISE = 1.01;
/** Share of activations that checkpointing leaves; a guess, not measured. */
const CHECKPOINTED_SHARE = 0.35;

/** A convnet's step from its published counts, or nothing where the catalogue lacks one of them. */
export function walkConvnet(workload: Workload): StepPeak | undefined {
  const { shape } = workload;
  const parameters = extraNumber(shape, 'parameters');
  const activations = keptBytes(workload);
  if (parameters === undefined || activations === undefined) return undefined;
  const cost = optimizerCost(workload);
  const tensors = [{ ...matrix({ rows: parameters, cols: 1, dtype: workload.weights, trainable: true }), copies: 1 }];
  const perParameter = workload.weights === 'fp32' ? 4 : 2;
  const side = workload.imageSize ?? extraNumber(shape, 'image') ?? 0;
  const state = {
    weights: perParameter * parameters,
    gradients: perParameter * parameters,
    states: stateBytes(cost, tensors),
    casts: workload.autocast === null || workload.weights !== 'fp32' ? 0 : 2 * parameters,
    inputs: workload.microBatch * 3 * side * side * 4,
    held: workload.gradientAccumulation > 1 ? perParameter * parameters : 0,
    scratch: stepScratchBytes(cost, tensors),
    activations,
  };
  return higherMoment(
    state,
    KINDS.some(({ name }) => name.test(String(shape.extra['name']))),
  );
}

interface ConvnetBytes {
  readonly weights: number;
  readonly gradients: number;
  readonly states: number;
  readonly casts: number;
  readonly inputs: number;
  /** Gradients of earlier micro-steps. */
  readonly held: number;
  readonly scratch: number;
  readonly activations: number;
}

function keptBytes(workload: Workload): number | undefined {
  const { shape } = workload;
  const millions = extraNumber(shape, 'activationsMillions');
  const publishedSide = extraNumber(shape, 'image');
  if (millions === undefined || publishedSide === undefined) return undefined;
  const kind = KINDS.find(({ name }) => name.test(String(shape.extra['name']))) ?? UNMEASURED;
  const precision = workload.autocast === null && workload.weights === 'fp32' ? kind.fullPrecisionRatio : 1;
  const scale = ((workload.imageSize ?? publishedSide) / publishedSide) ** 2;
  const checkpointed = workload.checkpointing === 'none' ? 1 : CHECKPOINTED_SHARE;
  return workload.microBatch * millions * 1e6 * scale * kind.bytesPerOutput * precision * checkpointed;
}

/** The peak is at the turn from forward to backward, or with all gradients, or in the optimizer's step. */
function higherMoment(bytes: ConvnetBytes, measuredKind: boolean): StepPeak {
  const base = bytes.weights + bytes.states;
  const start = base + bytes.inputs + bytes.held;
  const afterForward = start + bytes.casts + bytes.activations;
  const rise = (BACKWARD_RISE - 1) * afterForward;
  const afterBackward = base + bytes.gradients;
  const turn = afterForward + rise;
  const gradientsWhole = afterBackward + 2 * bytes.inputs;
  const step = afterBackward + bytes.scratch;
  const allocatedBytes = Math.max(turn, gradientsWhole, step);
  const atTurn = allocatedBytes === turn;
  const atStep = !atTurn && allocatedBytes === step;
  const parts: readonly (readonly [TermName, number])[] = [
    ['weights', bytes.weights],
    ['gradients', atTurn ? bytes.held : bytes.gradients],
    ['optimizer states', bytes.states],
    ['weight casts', atTurn ? bytes.casts : 0],
    ['activations', atTurn ? bytes.activations : 0],
    ['temporaries', atTurn ? rise : atStep ? bytes.scratch : 0],
    ['inputs', atTurn ? bytes.inputs : atStep ? 0 : 2 * bytes.inputs],
  ];
  const elsewhere: readonly TermBytes[] = [
    { name: 'gradients', bytes: bytes.gradients },
    { name: 'weight casts', bytes: bytes.casts },
    { name: 'activations', bytes: bytes.activations },
    { name: 'temporaries', bytes: Math.max(rise, bytes.scratch) },
    { name: 'inputs', bytes: bytes.inputs },
  ];
  const peakPhase: PhaseName = atTurn ? 'loss backward' : atStep ? 'optimizer step' : 'backward';
  return {
    allocatedBytes,
    terms: parts.filter(([, size]) => size > 0).map(([name, size]) => ({ name, bytes: size })),
    otherTerms: elsewhere.filter(
      ({ name, bytes: size }) => size > 0 && !parts.some((part) => part[0] === name && part[1] > 0),
    ),
    phases: [
      { name: 'forward', startBytes: start, peakBytes: afterForward, endBytes: afterForward },
      { name: 'loss backward', startBytes: afterForward, peakBytes: turn, endBytes: afterForward },
      {
        name: 'backward',
        startBytes: afterForward,
        peakBytes: Math.max(afterForward, gradientsWhole),
        endBytes: afterBackward,
      },
      { name: 'optimizer step', startBytes: afterBackward, peakBytes: step, endBytes: afterBackward },
    ],
    peakPhase,
    program: measuredKind ? 'exact' : 'nearest',
    hostBytes: 0,
    doubt: { less: 0, more: 0 },
  };
}
