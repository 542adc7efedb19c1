import type { FieldName, PlanFields, ShardingEngine, TensorDtype } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { type MixedPrecision, type PrecisionRow, precisionRow } from './precision-table.ts';

/** What decides a run's dtypes. An absent part is unknown, and what hangs on it stays unknown. */
export interface PrecisionInputs {
  readonly engine: ShardingEngine | undefined;
  readonly mixed: MixedPrecision | undefined;
  /** Dtype the checkpoint is loaded in. */
  readonly loaded: TensorDtype | undefined;
  /** Most weights are frozen under an adapter. */
  readonly frozen: boolean;
}

/**
 * States `precision.weights`, `compute`, `autocast`, `master`, `gradients`, `reduce` and `lossScaling` from
 * PRECISION_TABLE. A field already stated stays as it is, but for the weights: what the file says there is the dtype
 * they are loaded in, and where the engine casts them afterwards that is what counts.
 */
export function settlePrecision({ builder }: Draft, inputs: PrecisionInputs): void {
  const { engine, mixed, frozen } = inputs;
  if (engine === undefined || mixed === undefined) return;
  const row = precisionRow(engine, mixed);
  if (row === undefined) return;
  const stored = frozen ? row.frozen : row.weights;
  const weights = stored === 'loaded' ? inputs.loaded : stored;
  // PEFT makes adapter weights fp32, unless the DeepSpeed engine casts the whole module afterwards.
  const trained = frozen && row.weights === 'loaded' ? 'fp32' : row.weights === 'loaded' ? inputs.loaded : row.weights;
  if (stored !== 'loaded' && builder.value('precision.weights') !== stored) builder.drop('precision.weights');

  const state = <F extends FieldName>(field: F, value: PlanFields[F] | undefined): void => {
    if (value === undefined || builder.has(field)) return;
    builder.state(field, { value, origin: 'inferred', from: SOURCES, how: describe(row) });
  };
  state('precision.weights', weights);
  state('precision.compute', row.compute === 'loaded' ? inputs.loaded : row.compute);
  state('precision.autocast', row.autocast);
  state('precision.master', row.master);
  state('precision.gradients', row.gradients === 'weights' ? trained : row.gradients);
  state('precision.reduce', row.reduce === 'weights' ? builder.value('precision.gradients') : row.reduce);
  state('precision.lossScaling', row.lossScaling);
}

const SOURCES: readonly FieldName[] = ['precision.bf16Flag', 'precision.fp16Flag', 'sharding.engine'];

function describe(row: PrecisionRow): string {
  return `${row.how} (${row.cite})`;
}

/** Mixed precision of a run from its two flags: fp16 wins nowhere, both at once are refused. */
export function mixedFromFlags(draft: Draft): MixedPrecision | undefined {
  const bf16 = draft.builder.value('precision.bf16Flag');
  const fp16 = draft.builder.value('precision.fp16Flag');
  if (bf16 === true) return fp16 === true ? undefined : 'bf16';
  if (fp16 === true) return 'fp16';
  return bf16 === undefined || fp16 === undefined ? undefined : 'off';
}

/** A dtype as checkpoints' loaders spell it: `bfloat16`, `torch.float16`, `bf16`. Undefined for "auto" and null. */
export function readDtype(value: unknown): TensorDtype | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value.toLowerCase().replace(/^torch\./, '');
  return Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined;
}

/** How a dtype is written in `dtype`, `torch_dtype` and the like. */
export function writeDtype(dtype: TensorDtype): string | undefined {
  return { fp32: 'float32', bf16: 'bfloat16', fp16: 'float16', fp8: undefined }[dtype];
}

const DTYPES: Readonly<Record<string, TensorDtype>> = {
  float32: 'fp32',
  fp32: 'fp32',
  float: 'fp32',
  bfloat16: 'bf16',
  bf16: 'bf16',
  float16: 'fp16',
  fp16: 'fp16',
  half: 'fp16',
};
