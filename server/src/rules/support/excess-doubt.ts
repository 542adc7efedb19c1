import type { MemoryEstimate, TermName } from '../../memory/index.ts';
import type { PlanValues, TrainingPlan } from '../../plan/index.ts';
import { isStated } from './stated.ts';

/** What an excess hangs on that nobody states. */
export type ExcessDoubt =
  /** The trainer replicates unless its launcher says otherwise, and split over the ranks the run would fit. */
  | 'replicated'
  /** The file builds on one that was not read, and does not itself say what decides. */
  | 'inherited'
  /** Measurements do not back runs of this kind, and the estimate is not far above the device's memory. */
  | 'unmeasured'
  /** Sequences are cut to a length that the data may never reach, and ordinary ones fit. */
  | 'at-cap'
  /** Whether whole gradients are kept between micro-steps is not known, a library's version decides it, and split they fit. */
  | 'deferred'
  /** Only a launcher could offload the states to the host, and then the run would fit. */
  | 'on-gpu';

/** What sharding splits over the ranks. */
const STATES: ReadonlySet<TermName> = new Set<TermName>([
  'weights',
  'gradients',
  'optimizer states',
  'master weights',
  'communication buffers',
]);

const ACTIVATIONS: ReadonlySet<TermName> = new Set<TermName>(['activations']);

/** What follows from parameter counts and dtypes alone, and from nothing that has to be measured. */
const COUNTED: ReadonlySet<TermName> = new Set<TermName>([
  'weights',
  'gradients',
  'optimizer states',
  'master weights',
]);

/** Counts are off by a few percent where a framework keeps some layers in another dtype. */
const COUNTED_MARGIN = 1.05;

/** What ordinary examples have of a cap, and the most tokens that examples of any data are sure to reach. */
const ORDINARY_SHARE = 0.25;
const ORDINARY_TOKENS = 512;

/**
 * Full recomputation keeps a layer's input of all its activations, some 2 of 34 bytes a hidden unit, and one layer whole
 * (Korthikanti et al. 2022, arXiv 2205.05198): less than an eighth.
 */
const RECOMPUTED_SHARE = 7 / 8;

/** What a micro batch of completions has of a cap, which is set for the longest that a model may come to think. */
const SAMPLED_SHARE = 0.1;

/**
 * A range is trusted from this many times the device's memory on: published figures are missed by up to a third, and
 * what nobody measured may be missed by more.
 */
const MARGINS = { measured: 1, published: 4 / 3, unchecked: 2 } as const;

/** An excess, the same run with sequences as ordinary examples have them, and the plan of both. */
export interface Excess {
  readonly estimate: MemoryEstimate;
  /** The estimate itself where every sequence has the stated length. */
  readonly ordinary: MemoryEstimate;
  readonly plan: TrainingPlan;
}

/** Undefined: the run exceeds the device whatever the launcher, the data and the libraries are. */
export function excessDoubt({ estimate, ordinary, plan }: Excess): ExcessDoubt | undefined {
  const { values, partial } = plan;
  const { capacityBytes: capacity } = estimate;
  if (capacity === undefined) return undefined;
  // What was not read may checkpoint activations and split the optimizer.
  if (partial && (values['sharding.zeroStage'] === undefined || values['activations.checkpointing'] === undefined))
    return 'inherited';
  const fitsSplit = (run: MemoryEstimate, recomputed = 0): boolean =>
    splitBytes(run, values) > 0 && splitLowBytes(run, values) - recomputed <= capacity;
  const fitsWithout = (run: MemoryEstimate, bytes: number): boolean =>
    bytes > 0 && surelyBytes(run) - bytes <= capacity;
  if (fitsSplit(estimate)) return 'replicated';
  if (ordinary.verdict !== 'exceeds' && !countsBeyond(ordinary, capacity)) return 'at-cap';
  if (fitsSplit(ordinary, ordinary === estimate ? recomputedBytes(estimate, values) : 0)) return 'replicated';
  if (fitsWithout(ordinary, deferredBytes(ordinary, values))) return 'deferred';
  if (isUnmeasured(ordinary, capacity)) return 'unmeasured';
  return mayBeOffloaded(values) && fitsWithout(ordinary, bytesOf(ordinary, STATES)) ? 'on-gpu' : undefined;
}

/** The low end of an estimate, which is no lower than what is counted. */
export function surelyBytes(estimate: MemoryEstimate): number {
  return Math.max(estimate.lowBytes, bytesOf(estimate, COUNTED));
}

/** The least a GPU holds whichever way the launcher splits the states: its share of what is counted, or more. */
export function splitLowBytes(estimate: MemoryEstimate, values: PlanValues): number {
  const share = mayBeSharded(values) ? bytesOf(estimate, COUNTED) / worldOf(values) : 0;
  return Math.max(surelyBytes(estimate) - splitBytes(estimate, values), share);
}

/**
 * The length of ordinary examples where the stated one is only a cap; undefined where examples are packed or padded, or
 * text is cut into pieces, so that every sequence has the stated length.
 */
export function ordinaryLength(values: PlanValues): number | undefined {
  const cap = values['data.sequenceLength']?.value;
  if (cap === undefined || cap <= 1 || values['run.objective']?.value === 'pretraining') return undefined;
  if (values['data.padToMax']?.value === true) return undefined;
  // Completions are as long as the model makes them, and where no padding is run that is all they take.
  const isSampled = values['batch.unit']?.value === 'completions' && values['data.padToMax']?.value === false;
  if (!isSampled && values['data.packing']?.value !== false) return undefined;
  return Math.max(1, Math.min(Math.round(cap * (isSampled ? SAMPLED_SHARE : ORDINARY_SHARE)), ORDINARY_TOKENS));
}

/** What would be on other ranks if the launcher split the states. */
function splitBytes(estimate: MemoryEstimate, values: PlanValues): number {
  return mayBeSharded(values) ? bytesOf(estimate, STATES) * (1 - 1 / worldOf(values)) : 0;
}

/** What a launcher that splits the states may recompute as well, where the trainer itself is not told to. */
function recomputedBytes(estimate: MemoryEstimate, values: PlanValues): number {
  const isTold = isStated(values['activations.checkpointing']);
  return isTold || !mayBeSharded(values) ? 0 : bytesOf(estimate, ACTIVATIONS) * RECOMPUTED_SHARE;
}

function worldOf(values: PlanValues): number {
  return values['parallel.data']?.value ?? 1;
}

/** No engine is stated, so the launcher's own configuration may name one. */
function mayBeSharded(values: PlanValues): boolean {
  const engine = values['sharding.engine'];
  return engine === undefined || (engine.value === 'ddp' && !isStated(engine));
}

/** A run on one GPU need not have a launcher, unless its trainer leaves all of sharding to one. */
function mayBeOffloaded(values: PlanValues): boolean {
  if (values['sharding.offloadOptimizer'] !== undefined || !mayBeSharded(values)) return false;
  return values['sharding.engine'] === undefined || worldOf(values) > 1;
}

/** What whole gradients take beyond their shards, where nobody knows whether micro-steps sum them whole. */
export function deferredBytes(estimate: MemoryEstimate, values: PlanValues): number {
  const engine = values['sharding.engine']?.value;
  if ((engine !== 'fsdp1' && engine !== 'fsdp2') || values['sharding.defersReduction'] !== undefined) return 0;
  if ((values['batch.gradientAccumulation']?.value ?? 1) <= 1) return 0;
  const degree = values['sharding.degree']?.value ?? worldOf(values);
  return bytesOf(estimate, new Set<TermName>(['gradients'])) * (1 - 1 / degree);
}

function isUnmeasured(estimate: MemoryEstimate, capacity: number): boolean {
  if (estimate.regime.checked === 'measured' || countsBeyond(estimate, capacity)) return false;
  return estimate.lowBytes < capacity * MARGINS[estimate.regime.checked];
}

/** Whether what needs no measurement is too much by itself. */
function countsBeyond(estimate: MemoryEstimate, capacity: number): boolean {
  return bytesOf(estimate, COUNTED) > capacity * COUNTED_MARGIN;
}

function bytesOf({ terms }: MemoryEstimate, names: ReadonlySet<TermName>): number {
  return terms.reduce((sum, { name, bytes, atPeak }) => (atPeak && names.has(name) ? sum + bytes : sum), 0);
}
