import type { FieldName, PlanFields } from './fields.ts';
import type { PlanValues } from './plan.ts';
import type { Sourced } from './provenance.ts';

/** Computes one field from others. Applied only where the field is absent and every input is known. */
export interface Derivation {
  readonly field: FieldName;
  readonly from: readonly FieldName[];
  /** The formula in words, for hovers: "micro batch × gradient accumulation × data-parallel ranks". */
  readonly how: string;
  /** The value, or undefined where the inputs do not determine one. */
  readonly compute: (inputs: PlanValues) => PlanFields[FieldName] | undefined;
}

type Inputs<F extends readonly FieldName[]> = { readonly [I in keyof F]: PlanFields[F[I]] };

/** Builds a derivation whose function takes the inputs' plain values in order. */
export function derive<T extends FieldName, const F extends readonly FieldName[]>(
  field: T,
  from: F,
  how: string,
  compute: (...inputs: Inputs<F>) => PlanFields[T] | undefined,
): Derivation {
  return {
    field,
    from,
    how,
    compute: (values) => {
      const inputs = from.map((name) => values[name]?.value);
      if (inputs.some((input) => input === undefined)) return undefined;
      // The line above proves every input known; a mapped tuple is beyond what `map` can express.
      return compute(...(inputs as unknown as Inputs<F>));
    },
  };
}

/** Adds every value the derivations determine, until nothing more follows. Known values are never replaced. */
export function deriveValues(values: PlanValues, derivations: readonly Derivation[]): PlanValues {
  const known: { [F in FieldName]?: Sourced<PlanFields[FieldName]> } = { ...values };
  let pending = derivations.filter((derivation) => known[derivation.field] === undefined);
  for (let added = true; added; ) {
    added = false;
    for (const derivation of pending) {
      if (known[derivation.field] !== undefined) continue;
      if (derivation.from.some((field) => known[field] === undefined)) continue;
      // `known` holds each field under its own name, so it is PlanValues; the index type above is only wider.
      const value = derivation.compute(known as PlanValues);
      if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) continue;
      known[derivation.field] = { value, origin: 'inferred', from: derivation.from, how: derivation.how };
      added = true;
      // From the top again: a derivation further up may have its inputs now, and the first that can counts.
      break;
    }
    pending = pending.filter((derivation) => known[derivation.field] === undefined);
  }
  return known as PlanValues;
}

/** A quotient that is a positive whole number, or undefined. */
function wholeQuotient(dividend: number, divisor: number): number | undefined {
  const quotient = dividend / divisor;
  return Number.isInteger(quotient) && quotient > 0 ? quotient : undefined;
}

/** A derivation that holds where packing is off, or is nothing the framework knows of. */
function whereUnpacked<T extends FieldName, const F extends readonly FieldName[]>(
  field: T,
  from: F,
  how: string,
  compute: (...inputs: Inputs<F>) => PlanFields[T] | undefined,
): readonly Derivation[] {
  const plain = derive(field, from, how, compute);
  return [
    {
      ...plain,
      from: [...from, 'data.packing'],
      compute: (values) => (values['data.packing']?.value === false ? plain.compute(values) : undefined),
    },
    { ...plain, compute: (values) => (values['data.packing'] === undefined ? plain.compute(values) : undefined) },
  ];
}

/** What follows in every framework. Frameworks' own arithmetic is derived before. */
export const COMMON_DERIVATIONS: readonly Derivation[] = [
  derive(
    'parallel.world',
    ['parallel.nodes', 'parallel.gpusPerNode'],
    'nodes × GPUs a node',
    (nodes, gpus) => nodes * gpus,
  ),
  derive('parallel.gpusPerNode', ['parallel.world', 'parallel.nodes'], 'world size / nodes', (world, nodes) =>
    wholeQuotient(world, nodes),
  ),
  derive(
    'parallel.data',
    ['parallel.world', 'parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'],
    'world size / (tensor × pipeline × context parallel)',
    (world, tensor, pipeline, context, ulysses) => wholeQuotient(world, tensor * pipeline * context * ulysses),
  ),
  derive(
    'parallel.world',
    ['parallel.data', 'parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'],
    'data × tensor × pipeline × context parallel',
    (data, tensor, pipeline, context, ulysses) => data * tensor * pipeline * context * ulysses,
  ),
  derive(
    'sharding.degree',
    ['parallel.data', 'parallel.context', 'parallel.ulysses', 'sharding.replicas'],
    'ranks that share the states / their copies',
    (data, context, ulysses, replicas) => wholeQuotient(data * context * ulysses, replicas),
  ),
  derive(
    'batch.global',
    ['batch.micro', 'batch.gradientAccumulation', 'parallel.data'],
    'micro batch × gradient accumulation × data-parallel ranks',
    (micro, accumulation, ranks) => micro * accumulation * ranks,
  ),
  derive(
    'batch.gradientAccumulation',
    ['batch.global', 'batch.micro', 'parallel.data'],
    'global batch / (micro batch × data-parallel ranks)',
    (global, micro, ranks) => wholeQuotient(global, micro * ranks),
  ),
  derive(
    'batch.micro',
    ['batch.global', 'batch.gradientAccumulation', 'parallel.data'],
    'global batch / (gradient accumulation × data-parallel ranks)',
    (global, accumulation, ranks) => wholeQuotient(global, accumulation * ranks),
  ),
  derive(
    'parallel.data',
    ['batch.global', 'batch.micro', 'batch.gradientAccumulation'],
    'global batch / (micro batch × gradient accumulation)',
    (global, micro, accumulation) => wholeQuotient(global, micro * accumulation),
  ),
  derive(
    'batch.tokensPerStep',
    ['batch.global', 'data.sequenceLength'],
    'global batch × sequence length',
    (global, length) => global * length,
  ),
  // Batches that are padded to their own longest sequence have no length a config tells.
  {
    field: 'evaluation.length',
    from: ['data.sequenceLength', 'data.packing', 'schedule.evalCadence'],
    how: 'the sequence length, which packing fills in evaluation as in training',
    compute: (values) =>
      values['schedule.evalCadence']?.value !== 'no' &&
      values['data.packing']?.value === true &&
      values['evaluation.packing']?.value !== false
        ? values['data.sequenceLength']?.value
        : undefined,
  },
  derive(
    'evaluation.length',
    ['data.sequenceLength', 'data.padToMax', 'schedule.evalCadence'],
    'the sequence length, to which every sequence is padded',
    (length, pads, cadence) => (pads && cadence !== 'no' ? length : undefined),
  ),
  // Packed, a sequence holds several examples, so their number alone does not give the steps.
  ...whereUnpacked(
    'schedule.totalSteps',
    ['data.examples', 'schedule.epochs', 'batch.global'],
    'examples × epochs / global batch, rounded up',
    (examples, epochs, global) => Math.ceil((examples / global) * epochs),
  ),
  derive(
    'schedule.totalSteps',
    ['data.examples', 'data.meanTokens', 'schedule.epochs', 'batch.tokensPerStep', 'data.packing'],
    'examples × mean tokens × epochs / tokens per step, rounded up, as packing fills sequences',
    (examples, tokens, epochs, perStep, packing) =>
      packing ? Math.ceil((examples * tokens * epochs) / perStep) : undefined,
  ),
  derive(
    'schedule.totalSteps',
    ['schedule.totalTokens', 'batch.tokensPerStep'],
    'token budget / tokens per step, rounded up',
    (tokens, perStep) => Math.ceil(tokens / perStep),
  ),
  ...whereUnpacked(
    'schedule.epochs',
    ['schedule.totalSteps', 'batch.global', 'data.examples'],
    'steps × global batch / examples',
    (steps, global, examples) => (steps * global) / examples,
  ),
  // A step's tokens hold padding where sequences are not packed, so only packed or pretraining runs count data by them.
  {
    field: 'schedule.epochs',
    from: ['schedule.totalTokens', 'data.tokens'],
    how: 'token budget / tokens of the data set',
    compute: (values) => {
      const isFull = values['data.packing']?.value ?? values['run.objective']?.value === 'pretraining';
      const [budget, data] = [values['schedule.totalTokens']?.value, values['data.tokens']?.value];
      return isFull && budget !== undefined && data !== undefined && data > 0 ? budget / data : undefined;
    },
  },
  derive(
    'schedule.warmupSteps',
    ['schedule.warmupRatio', 'schedule.totalSteps'],
    'warmup share × total steps, rounded up',
    (ratio, total) => Math.ceil(ratio * total),
  ),
  derive(
    'schedule.warmupRatio',
    ['schedule.warmupSteps', 'schedule.totalSteps'],
    'warmup steps / total steps',
    (warmup, total) => warmup / total,
  ),
  derive(
    'schedule.totalTokens',
    ['schedule.totalSteps', 'batch.tokensPerStep'],
    'total steps × tokens per step',
    (steps, tokens) => steps * tokens,
  ),
  derive(
    'schedule.minLearningRate',
    ['schedule.minRatio', 'optimizer.peakLearningRate'],
    'final share × peak learning rate',
    (ratio, peak) => ratio * peak,
  ),
];
