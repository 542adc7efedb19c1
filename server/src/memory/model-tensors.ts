import { parametersForTask } from '../facts/index.ts';
import { memoized } from './memoized.ts';
import { extraNumber } from './programs/layer-request.ts';
import { NEOX_ROTARY_SHARE } from './programs/neox-layer.ts';
import type { Seq2SeqModel } from './seq2seq-model.ts';
import { patchSize, type StepModel, savesModule } from './step-model.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import { type CountedParameter, matrix, type Parameter, vector } from './tape/parameter.ts';
import type { Program } from './tape/tape.ts';
import { type TapeContext, trains } from './tape/tape-context.ts';
import type { Workload } from './workload.ts';

/** The weight tensors of a model. */
export interface ModelTensors {
  /** In module order, a list for each program; equal layers are one list. */
  readonly sections: readonly (readonly Parameter[])[];
  /** The same without order, each with the number of its like: sums over a deep model stay short. */
  readonly counted: readonly CountedParameter[];
  /** Elements of the token embedding. */
  readonly embedding: number;
  /** Tensors no program names: positions, token types, task heads. Their gradients come last. */
  readonly outsideTheTape: readonly Parameter[];
  /** Those of them that stand for parts the nearest program has not, which lie in the layers or in a tower's own. */
  readonly unnamed: readonly Parameter[];
  readonly totalElements: number;
  /** Elements a position takes in the cos and sin tables; 0 without rotary embedding. */
  readonly rotaryWidth: number;
}

export function listTensors(model: StepModel): ModelTensors {
  const { shape } = model.workload;
  const width = extraNumber(shape, 'embed_dim') ?? shape.hiddenSize;
  const table = model.stage.hasEmbedding ? tokenTable(shape.vocabSize, width, model.context) : [];
  const outside = outsideTensors(model);
  const parametersOf = memoized(programParameters);
  const inLayers = model.layers.map(({ program }) => parametersOf(program));
  const head = programParameters(model.head).filter((parameter) => !parameter.tied);
  const named = [table, programParameters(model.embedding), ...inLayers, head];
  const unnamed = unnamedTensors(model, [...named, outside]);
  const outsideTheTape = [...outside, ...unnamed];
  const sections = [...named, outsideTheTape, originals(model, elementsOf(table))];
  return summed({ sections, embedding: elementsOf(table), outsideTheTape, unnamed, rotaryWidth: rotaryWidth(model) });
}

/** What the nearest program has no tensor for, such as a vision tower, as one tensor. */
function unnamedTensors(model: StepModel, sections: readonly (readonly Parameter[])[]): Parameter[] {
  const { workload, context, stage } = model;
  const isWhole = stage.hasEmbedding && stage.hasHead && context.weightShare === 1 && context.vocabularyShare === 1;
  const total = isWhole ? catalogueTotal(workload) : undefined;
  if (total === undefined) return [];
  const ownElements = (section: readonly Parameter[]): number => elementsOf(section.filter(({ adapter }) => !adapter));
  const sums = new Map<readonly Parameter[], number>();
  let named = 0;
  for (const section of sections) {
    const elements = sums.get(section) ?? ownElements(section);
    sums.set(section, elements);
    named += elements;
  }
  const trains = context.trained === 'all' && workload.freezesTower !== true;
  return total > named ? [vector(total - named, context.weights, trains)] : [];
}

/** The frozen weights under modules that train as copies (peft: utils/other.py, ModulesToSaveWrapper). */
function originals({ workload, context }: StepModel, tableElements: number): Parameter[] {
  const { shape, savedModules } = workload;
  const frozen = matrix({ rows: 1, cols: tableElements, dtype: context.weights, trainable: false });
  const copied = [
    savesModule(savedModules, 'embed_tokens'),
    savesModule(savedModules, 'lm_head') && !shape.tiedEmbeddings,
  ];
  return copied.filter((isCopied) => isCopied && tableElements > 0).map(() => frozen);
}

const catalogueTotals = new WeakMap<Workload['shape'], Map<string, number | undefined>>();

/** The catalogue's count, which a sweep over batch sizes asks for again and again. */
function catalogueTotal({ shape, task, labels }: Workload): number | undefined {
  const known = catalogueTotals.get(shape) ?? new Map<string, number | undefined>();
  catalogueTotals.set(shape, known);
  const key = `${task} ${labels}`;
  if (!known.has(key)) {
    const headed = task === 'classification' || task === 'masked-lm' ? task : 'other';
    known.set(key, parametersForTask(shape, headed, labels ?? undefined));
  }
  return known.get(key);
}

/** T5: one table for both sides, blocks, final norms, and the relative biases of the two first blocks. */
export function listSeq2SeqTensors(model: Seq2SeqModel): ModelTensors {
  const { shape } = model.workload;
  const { weights } = model.context;
  const trainsBase = model.context.trained === 'all';
  const table = tokenTable(shape.vocabSize, shape.hiddenSize, model.context);
  const parametersOf = memoized(programParameters);
  const stacks = [model.encoder, model.decoder].flatMap(({ blocks, finalNorm }) => [
    ...blocks.map(parametersOf),
    parametersOf(finalNorm),
  ]);
  const head = programParameters(model.head).filter((parameter) => !parameter.tied);
  const relativeBias = matrix({ rows: RELATIVE_BUCKETS, cols: shape.heads, dtype: weights, trainable: trainsBase });
  const outsideTheTape = [relativeBias, relativeBias];
  const sections = [table, ...stacks, head, outsideTheTape];
  return summed({ sections, embedding: elementsOf(table), outsideTheTape, unnamed: [], rotaryWidth: 0 });
}

/** transformers: models/t5/configuration_t5.py, relative_attention_num_buckets. */
const RELATIVE_BUCKETS = 32;

function tokenTable(vocabulary: number, cols: number, context: TapeContext): Parameter[] {
  if (vocabulary === 0) return [];
  const rows = vocabulary * context.vocabularyShare;
  const trainable = trains(context, 'embed_tokens');
  const dtype = trainable ? context.trainedWeights : context.weights;
  return [matrix({ rows, cols, dtype, trainable, role: 'embedding' })];
}

function summed(tensors: Omit<ModelTensors, 'counted' | 'totalElements'>): ModelTensors {
  const copies = new Map<readonly Parameter[], number>();
  for (const section of tensors.sections) copies.set(section, (copies.get(section) ?? 0) + 1);
  const counted: CountedParameter[] = [];
  for (const [section, count] of copies) for (const one of section) counted.push({ ...one, copies: count });
  const totalElements = counted.reduce((total, one) => total + one.elements * one.copies, 0);
  return { ...tensors, counted, totalElements };
}

export function elementsOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((total, parameter) => total + parameter.elements, 0);
}

export function bytesOf(parameter: Parameter): number {
  return parameter.elements * DTYPE_BYTES[parameter.dtype];
}

export function programParameters(program: Program): readonly Parameter[] {
  return program.ops
    .flatMap((op) => op.parameters)
    .filter((parameter) => parameter.elements > 0 && parameter.shared !== true);
}

function outsideTensors(model: StepModel): Parameter[] {
  const { workload, context } = model;
  const { shape } = workload;
  const hidden = shape.hiddenSize;
  const sizes = [
    { rows: extraNumber(shape, 'learned_positions') ?? 0, width: hidden },
    { rows: extraNumber(shape, 'types') ?? 0, width: hidden },
    // DeBERTa's relative positions and the norm over them.
    { rows: extraNumber(shape, 'relative') ?? 0, width: hidden },
    { rows: extraNumber(shape, 'relative') === undefined ? 0 : 1, width: 2 * hidden },
    ...headSizes(workload),
    ...imageSizes(model),
  ];
  return sizes.filter(({ rows }) => rows > 0).map(({ rows, width }) => outsideTensor(rows, width, context));
}

function outsideTensor(rows: number, cols: number, context: TapeContext): Parameter {
  const { weights } = context;
  const trainable = trains(context, 'positions');
  return rows > 1 ? matrix({ rows, cols, dtype: weights, trainable }) : vector(cols, weights, trainable);
}

interface TensorSize {
  readonly rows: number;
  readonly width: number;
}

/** The heads transformers' Auto classes put on an encoder; two labels unless told. */
function headSizes(workload: Workload): TensorSize[] {
  const hidden = workload.shape.hiddenSize;
  if (workload.task === 'masked-lm') return [{ rows: 1, width: workload.shape.vocabSize }];
  if (workload.task === 'image') {
    const labels = workload.labels ?? extraNumber(workload.shape, 'labels') ?? 0;
    return [
      { rows: labels, width: hidden },
      { rows: 1, width: labels },
    ];
  }
  if (workload.task !== 'classification') return [];
  const labels = workload.labels ?? 2;
  return [
    { rows: hidden, width: hidden },
    { rows: 1, width: hidden },
    { rows: labels, width: hidden },
    { rows: 1, width: labels },
  ];
}

/** The convolution's bias, the class token and the positions. */
function imageSizes(model: StepModel): TensorSize[] {
  if (model.family.kind !== 'image') return [];
  const hidden = model.workload.shape.hiddenSize;
  const ownSide = extraNumber(model.workload.shape, 'image');
  const positions = ownSide === undefined ? model.length : Math.floor(ownSide / patchSize(model.workload)) ** 2 + 1;
  return [
    { rows: 1, width: hidden },
    { rows: 1, width: hidden },
    { rows: positions, width: hidden },
  ];
}

function rotaryWidth(model: StepModel): number {
  const { shape } = model.workload;
  if (model.family.kind !== 'decoder') return 0;
  if (shape.family === 'gpt_neox') return shape.headDim * NEOX_ROTARY_SHARE;
  const hasOtherPositions =
    extraNumber(shape, 'learned_positions') !== undefined || shape.family === 'bloom' || shape.family === 'mpt';
  return hasOtherPositions ? 0 : shape.headDim;
}
