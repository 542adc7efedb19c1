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
  /** Share of them that checkpointing leaves, where it was measured. */
  readonly checkpointedShare?: number;
}

/** Fitted on the calibration rows of bench/data/{timm,images}.jsonl, ResNet's 4 apart. */
const KINDS: readonly ConvnetKind[] = [
  // Basic blocks have few channels an output: small maps and the max-pool's indices weigh more.
  { name: /^resnet18/, bytesPerOutput: 4.85, fullPrecisionRatio: 1.92 },
  { name: /^resnet34/, bytesPerOutput: 4.62, fullPrecisionRatio: 1.94 },
  // Squeeze and excite keep the map they scale.
  { name: /^(?:se|eca)resne/, bytesPerOutput: 4.95, fullPrecisionRatio: 1.96 },
  { name: /^(?:resnet|resnext|wide_resnet)/, bytesPerOutput: 4.0, fullPrecisionRatio: 1.95 },
  { name: /^convnext_/, bytesPerOutput: 4.58, fullPrecisionRatio: 1.8, checkpointedShare: 0.21 },
  { name: /^(?:tf_)?efficientnetv2/, bytesPerOutput: 6.36, fullPrecisionRatio: 1.96 },
  { name: /^(?:tf_)?efficientnet/, bytesPerOutput: 6.7, fullPrecisionRatio: 1.97 },
  { name: /^mobilenetv2/, bytesPerOutput: 6.0, fullPrecisionRatio: 1.95 },
  { name: /^(?:tf_)?mobilenet/, bytesPerOutput: 5.1, fullPrecisionRatio: 1.96 },
  { name: /^regnet/, bytesPerOutput: 4.53, fullPrecisionRatio: 2.01 },
  { name: /^vgg/, bytesPerOutput: 3.8, fullPrecisionRatio: 1.87 },
  { name: /^densenet121/, bytesPerOutput: 9.5, fullPrecisionRatio: 1.975 },
  { name: /^densenet/, bytesPerOutput: 10.9, fullPrecisionRatio: 1.97 },
  { name: /^swin/, bytesPerOutput: 4.15, fullPrecisionRatio: 1.53 },
  { name: /^mixer/, bytesPerOutput: 4.72, fullPrecisionRatio: 1.76 },
  { name: /^inception/, bytesPerOutput: 6.1, fullPrecisionRatio: 1.82 },
];
/** The middle of the kinds above: for those nobody measured. */
const UNMEASURED: Omit<ConvnetKind, 'name'> = { bytesPerOutput: 5, fullPrecisionRatio: 1.92 };

/** Rise over the end of forward, while the loss and the last layers run backward; fitted. */
const BACKWARD_RISE = 1.01;
/** Share of activations that checkpointing leaves; fitted on one ResNet. */
const CHECKPOINTED_SHARE = 0.37;

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
  const kind: Omit<ConvnetKind, 'name'> =
    KINDS.find(({ name }) => name.test(String(shape.extra['name']))) ?? UNMEASURED;
  const precision = workload.autocast === null && workload.weights === 'fp32' ? kind.fullPrecisionRatio : 1;
  const scale = ((workload.imageSize ?? publishedSide) / publishedSide) ** 2;
  const checkpointed = workload.checkpointing === 'none' ? 1 : (kind.checkpointedShare ?? CHECKPOINTED_SHARE);
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
