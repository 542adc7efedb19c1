import type { MemoryEstimate, TermName } from '../../memory/index.ts';
import type { PlanValues, TrainingPlan } from '../../plan/index.ts';
import { isStated } from './stated.ts';

/** What an excess hangs on that nobody states. */
export type ExcessDoubt =
  /** The trainer replicates unless its launcher says otherwise, and split over the ranks the run would fit. */
  | 'replicated'
  /** The file builds on one that was not read, and does not itself say what decides. */
  | 'inherited'
  /** Nobody measured runs of this kind, and the estimate is not far above the device's memory. */
  | 'unmeasured'
  /** Sequences are cut to a length that the data may never reach, and well below it the run would fit. */
  | 'at-cap';

/** What sharding splits over the ranks. */
const STATES: ReadonlySet<TermName> = new Set<TermName>([
  'weights',
  'gradients',
  'optimizer states',
  'master weights',
  'communication buffers',
]);

/** What grows with the length of the sequences. */
const OF_LENGTH: ReadonlySet<TermName> = new Set<TermName>([
  'activations',
  'logits and loss',
  'temporaries',
  'inputs',
  'fragmentation',
]);

/** What ordinary examples have of a cap. */
const ORDINARY_SHARE = 0.25;

/** What a micro batch of completions has of a cap, which is set for the longest that a model may come to think. */
const SAMPLED_SHARE = 0.1;

/** Caps above it are as a rule the model's context, which no example comes near. */
export const LONG_CAP = 8192;

/** A range that nobody measured is trusted from this many times the device's memory on. */
const UNMEASURED_MARGIN = 2;

/** Undefined: the run exceeds the device whatever the launcher and the data are. */
export function excessDoubt(estimate: MemoryEstimate, { values, partial }: TrainingPlan): ExcessDoubt | undefined {
  const { capacityBytes: capacity, expectedBytes: expected } = estimate;
  if (capacity === undefined) return undefined;
  // What was not read may checkpoint activations and split the optimizer.
  if (partial && (values['sharding.zeroStage'] === undefined || values['activations.checkpointing'] === undefined))
    return 'inherited';
  if (estimate.regime.checked === 'unchecked' && estimate.lowBytes < capacity * UNMEASURED_MARGIN) return 'unmeasured';
  const bytesOf = (names: ReadonlySet<TermName>): number =>
    estimate.terms.reduce((sum, { name, bytes, atPeak }) => (atPeak && names.has(name) ? sum + bytes : sum), 0);
  const world = values['parallel.data']?.value ?? 1;
  const split = mayBeSharded(values) ? bytesOf(STATES) * (1 - 1 / world) : 0;
  const shorter = bytesOf(OF_LENGTH) * (1 - ordinaryShare(values));
  if (split > 0 && expected - split <= capacity) return 'replicated';
  if (shorter > 0 && expected - shorter <= capacity) return 'at-cap';
  return expected - split - shorter <= capacity ? 'replicated' : undefined;
}

/** No engine is stated, so the launcher's own configuration may name one. */
function mayBeSharded(values: PlanValues): boolean {
  const engine = values['sharding.engine'];
  return engine === undefined || (engine.value === 'ddp' && !isStated(engine));
}

/**
 * What the parts that grow with the length come to with ordinary examples: 1 where examples are packed or padded, or text
 * is cut into pieces, so that every sequence has the stated length.
 */
function ordinaryShare(values: PlanValues): number {
  const cap = values['data.sequenceLength']?.value;
  if (cap === undefined || cap <= 0 || values['run.objective']?.value === 'pretraining') return 1;
  if (values['data.padToMax']?.value === true) return 1;
  // Completions are as long as the model makes them, and where no padding is run that is all they take.
  const isSampled = values['batch.unit']?.value === 'completions' && values['data.padToMax']?.value === false;
  if (!isSampled && values['data.packing']?.value !== false) return 1;
  if (cap > LONG_CAP) return 0;
  return isSampled ? SAMPLED_SHARE : ORDINARY_SHARE;
}
