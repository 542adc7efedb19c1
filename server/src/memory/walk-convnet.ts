import { findVisionStep, type StepMoment, type VisionStep } from '../facts/index.ts';
import { optimizerCost, stateBytes, stepScratchBytes } from './optimizer-cost.ts';
import { matrix } from './tape/parameter.ts';
import type { PhaseName, TermName } from './types.ts';
import type { StepPeak, TermBytes } from './walk-step.ts';
import type { Workload } from './workload.ts';

const FULL_BYTES = 4;
const HALF_BYTES = 2;
const CHANNELS = 3;

/** An image model's step from the moments traced of it, or nothing where the catalogue has none. */
export function walkConvnet(workload: Workload): StepPeak | undefined {
  const name = workload.shape.extra['name'];
  const step = typeof name === 'string' ? findVisionStep(name) : undefined;
  return step && peakOf(workload, step);
}

/** A moment in bytes of this run. */
interface Moment {
  readonly activations: number;
  readonly casts: number;
  readonly temporaries: number;
  readonly gradients: number;
}

function peakOf(workload: Workload, step: VisionStep): StepPeak {
  const perParameter = workload.weights === 'fp32' ? FULL_BYTES : HALF_BYTES;
  const { parameters } = step;
  const tensors = [{ ...matrix({ rows: parameters, cols: 1, dtype: workload.weights, trainable: true }), copies: 1 }];
  const cost = optimizerCost(workload);
  const side = workload.imageSize ?? step.imageSize;
  const inputs = workload.microBatch * CHANNELS * side * side * FULL_BYTES;
  const gradients = perParameter * parameters;
  const weights = perParameter * parameters + FULL_BYTES * step.buffers;
  const states = stateBytes(cost, tensors);
  const base = weights + states;
  const scratch = stepScratchBytes(cost, tensors);
  const moments = momentsOf(workload).map((moment) => momentIn(workload, step, moment));
  const turn = highest(moments);
  const turnBytes = base + sumOf(turn);
  const gradientsWhole = base + gradients + 2 * inputs;
  const stepBytes = base + gradients + scratch;
  const allocatedBytes = Math.max(turnBytes, gradientsWhole, stepBytes);
  const atTurn = allocatedBytes === turnBytes;
  const atStep = !atTurn && allocatedBytes === stepBytes;
  const pixels = Math.min(inputs, turn.activations);
  const parts: readonly (readonly [TermName, number])[] = [
    ['weights', weights],
    ['gradients', atTurn ? turn.gradients : gradients],
    ['optimizer states', states],
    ['weight casts', atTurn ? turn.casts : 0],
    ['activations', atTurn ? turn.activations - pixels : 0],
    ['temporaries', atTurn ? turn.temporaries : atStep ? scratch : 0],
    ['inputs', atTurn ? pixels : atStep ? 0 : 2 * inputs],
  ];
  const elsewhere: readonly TermBytes[] = [
    { name: 'gradients', bytes: gradients },
    { name: 'weight casts', bytes: turn.casts },
    { name: 'activations', bytes: turn.activations - pixels },
    { name: 'temporaries', bytes: Math.max(turn.temporaries, scratch) },
    { name: 'inputs', bytes: inputs },
  ];
  const forwardBytes = turnBytes - turn.temporaries - turn.gradients + heldGradients(workload, gradients);
  const peakPhase: PhaseName = atTurn ? 'loss backward' : atStep ? 'optimizer step' : 'backward';
  return {
    allocatedBytes,
    terms: parts.filter(([, size]) => size > 0).map(([term, size]) => ({ name: term, bytes: size })),
    otherTerms: elsewhere.filter(
      ({ name, bytes: size }) => size > 0 && !parts.some((part) => part[0] === name && part[1] > 0),
    ),
    phases: [
      { name: 'forward', startBytes: base + inputs, peakBytes: forwardBytes, endBytes: forwardBytes },
      { name: 'loss backward', startBytes: forwardBytes, peakBytes: turnBytes, endBytes: forwardBytes },
      {
        name: 'backward',
        startBytes: forwardBytes,
        peakBytes: Math.max(forwardBytes, gradientsWhole),
        endBytes: base + gradients,
      },
      {
        name: 'optimizer step',
        startBytes: base + gradients,
        peakBytes: stepBytes,
        endBytes: base + gradients,
      },
    ],
    peakPhase,
    program: step.own && workload.shape.extra['foreign'] !== true ? 'exact' : 'nearest',
    hostBytes: 0,
    doubt: { less: 0, more: 0 },
  };

  function momentsOf({ checkpointing, autocast, weights: dtype }: Workload): readonly StepMoment[] {
    const isFull = autocast === null && dtype === 'fp32';
    const plain = isFull ? step.full : step.autocast;
    if (checkpointing === 'none' || step.checkpointed === undefined) return plain;
    return isFull ? step.checkpointed.map(inFullPrecision) : step.checkpointed;
  }

  /** Checkpointing was traced under autocast alone; what is kept grows as without it. */
  function inFullPrecision(moment: StepMoment): StepMoment {
    const growth = (step.full[0]?.imageBytes ?? 1) / (step.autocast[0]?.imageBytes ?? 1);
    const fixedBytes = Math.max(0, moment.fixedBytes - HALF_BYTES * parameters);
    return { ...moment, imageBytes: moment.imageBytes * growth, fixedBytes };
  }
}

function momentIn(workload: Workload, step: VisionStep, moment: StepMoment): Moment {
  const isHalf = workload.weights !== 'fp32';
  const side = workload.imageSize ?? step.imageSize;
  const area = (side / step.imageSize) ** 2;
  // The buffers count with the weights.
  const fixed = moment.fixedBytes - FULL_BYTES * step.buffers;
  const allCasts = workload.autocast === null || isHalf ? 0 : HALF_BYTES * step.parameters;
  const castsInFixed = workload.autocast === null && !isHalf ? 0 : HALF_BYTES * step.parameters;
  const casts = Math.min(allCasts, Math.max(0, fixed));
  const ofTheMoment = (isHalf ? HALF_BYTES : FULL_BYTES) * (moment.gradientBytes / FULL_BYTES);
  const gradients = heldGradients(workload, (isHalf ? HALF_BYTES : FULL_BYTES) * step.parameters);
  return {
    activations: workload.microBatch * moment.imageBytes * area,
    casts,
    temporaries: Math.max(0, fixed - (isHalf ? castsInFixed : casts)),
    gradients: Math.max(ofTheMoment, gradients),
  };
}

/** Gradients of earlier micro-steps. */
function heldGradients({ gradientAccumulation }: Workload, gradients: number): number {
  return gradientAccumulation > 1 ? gradients : 0;
}

function sumOf({ activations, casts, temporaries, gradients }: Moment): number {
  return activations + casts + temporaries + gradients;
}

function highest(moments: readonly Moment[]): Moment {
  const none: Moment = { activations: 0, casts: 0, temporaries: 0, gradients: 0 };
  return moments.reduce((best, moment) => (sumOf(moment) > sumOf(best) ? moment : best), none);
}
