import { upcastsUnquantized } from './model-state.ts';
import type { PipelineStage } from './partition.ts';
import { hasAlibi } from './programs/decoder-layer.ts';
import { patchEmbedding, tokenEmbedding } from './programs/embedding.ts';
import { alternatesWindows, type Family, familyOf, type LayerKind, layerKinds } from './programs/families.ts';
import { causalHead, type HeadRequest, maskedHead, nextTokenHead, poolingHead } from './programs/heads.ts';
import { extraNumber, type LayerRequest } from './programs/layer-request.ts';
import { modulePath } from './programs/module-names.ts';
import { onSharedWeights, withoutOwnCasts } from './programs/shared-layer.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import { type FusedLoss, fuse } from './tape/fuse.ts';
import { type Program, Tape, type Value } from './tape/tape.ts';
import { type AdapterContext, computeDtype, type TapeContext, type TrainedModules } from './tape/tape-context.ts';
import { type TrainedParts, trainedParts, trainsAll } from './trained-modules.ts';
import type { Dtype, Workload } from './workload.ts';

/** The programs of one training step of a model with a single stack of layers. */
export interface StepModel {
  readonly workload: Workload;
  readonly family: Family;
  readonly context: TapeContext;
  /** Tokens a sequence, patches and class token for images. */
  readonly length: number;
  readonly embedding: Program;
  /** Layers of one kind and input dtype share a program. */
  readonly layers: readonly StepLayer[];
  readonly head: Program;
  /** A pipeline stage's input may come from another rank, and its output go to one. */
  readonly stage: Pick<PipelineStage, 'hasEmbedding' | 'hasHead'>;
}

export interface StepLayer {
  readonly program: Program;
  readonly checkpointed: boolean;
}

/** Pixels a side of a patch where the shape does not say (ViT-B/16). */
const DEFAULT_PATCH = 16;
const DEFAULT_IMAGE = 224;

/** Builds the programs, or nothing where the model is none the tape knows. */
export function buildStepModel(
  workload: Workload,
  stage: Pick<PipelineStage, 'hasEmbedding' | 'hasHead'> = { hasEmbedding: true, hasHead: true },
): StepModel | undefined {
  const family = familyOf(workload.shape);
  if (family === undefined || family.kind === 'encoder-decoder') return undefined;
  const parts = trainedParts(workload);
  const context = { ...tapeContext(workload, family.biased), trained: parts.outside };
  const length = sequenceLength(workload, family);
  const embedding = stage.hasEmbedding
    ? buildEmbedding(workload, family, context, length)
    : receivedStream(workload, context, length);
  const layers = buildLayers(workload, family, context, { length, stream: embedding.output, parts });
  const last = layers.at(-1)?.program.output ?? embedding.output;
  const tied = workload.task === 'masked-lm' || (workload.task === 'causal-lm' && workload.shape.tiedEmbeddings);
  const headRequest = {
    shape: workload.shape,
    context: { ...context, inputNeedsGradient: last.needsGradient },
    tokens: workload.microBatch * length,
    lossTokens: workload.microBatch * (workload.lossTokens ?? length) * gatheredRows(workload),
    batch: workload.microBatch,
    input: last.dtype,
    labelSmoothing: workload.labelSmoothing > 0,
    splitVocabulary: workload.lossParallel && workload.tensorParallel > 1,
    loss: workload.loss,
    // Without the embedding's own gradient here there is none to wait for.
    tied: tied && stage.hasEmbedding && !savesModule(workload.savedModules, 'lm_head'),
    similarity: workload.similarity,
    nextTokenOnly: workload.inference === 'generation',
  };
  const ownHead = stage.hasHead ? buildHead(headRequest, workload.task) : sentStream(headRequest);
  const head = workload.compiles === 'model' ? fuse(ownHead, fusedLoss(workload)) : ownHead;
  return { workload, family, context, length, embedding, layers, head, stage };
}

/** Whether a module trains as a copy beside an adapter. */
export function savesModule(savedModules: readonly string[], name: string): boolean {
  return savedModules.some((module) => module === name || module.endsWith(`.${name}`));
}

/** Under sequence parallel a rank holds a part of the tokens, but gathered logits are those of all. */
function gatheredRows({ sequenceParallel, lossParallel, tensorParallel }: Workload): number {
  return sequenceParallel && !lossParallel ? tensorParallel : 1;
}

/** Seen on compiled models: one more block of logits in backward, but for GPT-2, and one for vocabularies that eight does not divide. */
function fusedLoss({ shape }: Workload): FusedLoss {
  const isCompact = shape.family === 'gpt2';
  return { gradientBlocks: isCompact ? 0 : 1, pads: !isCompact && shape.vocabSize % 8 !== 0 };
}

/** Dtypes, kernels and what trains, as the ops see them. */
export function tapeContext(workload: Workload, biasedLinears: boolean): TapeContext {
  const { sharding, lora } = workload;
  // FSDP2's mixed precision hands the layers weights in its param_dtype, without autocast.
  const sharded = sharding.kind === 'fsdp2' || sharding.kind === 'fsdp1';
  // torch's functional collectives return new tensors, Megatron's work in place (pytorch: torch/distributed/_functional_collectives.py).
  const copies = workload.tensorParallel > 1 && !(sharding.kind === 'zero' && sharding.engine === 'megatron');
  const weights = sharded ? sharding.computeDtype : upcastsUnquantized(workload) ? 'fp32' : workload.weights;
  return {
    weights,
    trainedWeights: workload.trainedWeights ?? weights,
    autocast: workload.autocast,
    trained: trainsAll(workload) ? 'all' : 'none',
    inputNeedsGradient: true,
    modulePath: (name) => modulePath(workload.shape, name),
    adapter: lora === null ? null : adapterContext(lora),
    attention: workload.attention === 'eager' ? 'eager' : 'fused',
    flashPackage: workload.attention === 'flash',
    checkpointing: workload.checkpointing !== 'none',
    wholeGraph: workload.compiles === 'model',
    fusedLayers: workload.fusedLayers,
    inference: workload.inference !== undefined,
    quantization: workload.quantization,
    quantizesExperts: workload.quantization !== 'none' && workload.quantizesExperts !== false,
    weightShare: workload.sequenceParallel ? 1 / workload.tensorParallel : 1,
    vocabularyShare: workload.sequenceParallel || !workload.lossParallel ? 1 / workload.tensorParallel : 1,
    logitsShare: copies && !workload.lossParallel ? 1 / workload.tensorParallel : 1,
    sumsOverRanks: copies && !workload.sequenceParallel,
    weightGradientFirst: !biasedLinears,
  };
}

function adapterContext(lora: NonNullable<Workload['lora']>): AdapterContext {
  return {
    rank: lora.rank,
    targets: lora.targets,
    dropout: lora.dropout,
    dtype: lora.dtype,
    dora: lora.dora,
    method: lora.method,
    blockSize: lora.blockSize ?? 1,
    virtualTokens: lora.virtualTokens ?? 0,
    experts: lora.adaptsExperts === true,
  };
}

function sequenceLength(workload: Workload, family: Family): number {
  if (family.kind !== 'image') return workload.sequenceLength;
  const side = workload.imageSize ?? extraNumber(workload.shape, 'image') ?? DEFAULT_IMAGE;
  return Math.floor(side / patchSize(workload)) ** 2 + 1;
}

export function patchSize(workload: Workload): number {
  return extraNumber(workload.shape, 'patch') ?? DEFAULT_PATCH;
}

function buildEmbedding(workload: Workload, family: Family, context: TapeContext, length: number): Program {
  const request = {
    shape: workload.shape,
    context,
    batch: workload.microBatch,
    length,
    dropout: family.dropsEmbedding === false ? 0 : family.dropout,
    outputNeedsGradient:
      (!trainsAll(workload) && workload.checkpointing !== 'none') || (workload.lora?.virtualTokens ?? 0) > 0,
  };
  if (family.kind === 'image') return patchEmbedding(request, patchSize(workload));
  return tokenEmbedding(request, family.kind === 'encoder' ? 'encoder' : 'decoder');
}

function buildLayers(
  workload: Workload,
  family: Family,
  context: TapeContext,
  start: { readonly length: number; readonly stream: Value; readonly parts: TrainedParts },
): StepLayer[] {
  const compiled = workload.compiles === 'nothing' ? (program: Program) => program : fuse;
  const programs = new Map<string, Program>();
  const sets = new Map<TrainedModules, number>();
  let { stream } = start;
  return layerKinds(workload.shape, start.length).map((kind, index) => {
    const trained = start.parts.layer(index);
    sets.set(trained, sets.get(trained) ?? sets.size);
    const adapter = workload.lora?.layers?.includes(index) === false ? null : context.adapter;
    const repeats = index > 0 && workload.shape.extra['shared_layers'] === true;
    const key = [
      stream.dtype,
      stream.needsGradient,
      kind.sliding,
      kind.experts,
      sets.get(trained),
      adapter === null,
      repeats,
    ];
    const own = {
      ...(repeats ? withoutOwnCasts(context) : context),
      trained,
      adapter,
      inputNeedsGradient: stream.needsGradient,
    };
    const request = { length: start.length, input: stream.dtype, kind };
    const build = (): Program => {
      const layer = family.layer(layerRequest(workload, family, own, request));
      return compiled(repeats ? onSharedWeights(layer) : layer);
    };
    const program = programs.get(key.join(' ')) ?? build();
    programs.set(key.join(' '), program);
    stream = program.output;
    return { program, checkpointed: isCheckpointed(workload, index) };
  });
}

function layerRequest(
  workload: Workload,
  family: Family,
  context: TapeContext,
  layer: { readonly length: number; readonly input: Dtype; readonly kind: LayerKind },
): LayerRequest {
  return {
    shape: workload.shape,
    context,
    batch: workload.microBatch,
    length: layer.length,
    input: layer.input,
    dropout: family.dropout,
    sliding: layer.kind.sliding,
    masked: workload.masksTokens === true,
    experts: layer.kind.experts,
  };
}

function isCheckpointed(workload: Workload, index: number): boolean {
  if (workload.checkpointing === 'none') return false;
  // Fused attention has no scores to leave out.
  if (workload.checkpointing === 'selective' && workload.kept === 'all-but-scores')
    return workload.attention === 'eager';
  if (index >= (workload.checkpointedLayers ?? Number.POSITIVE_INFINITY)) return false;
  return index % workload.checkpointEvery === 0;
}

/** A later pipeline stage's input. */
function receivedStream(workload: Workload, context: TapeContext, length: number): Program {
  const tape = new Tape(context);
  const elements = workload.microBatch * length * workload.shape.hiddenSize;
  const stream = tape.op({ kind: 'receive', inputs: [], elements, dtype: computeDtype(context) });
  stream.needsGradient = true;
  return tape.finish(stream);
}

/** An earlier pipeline stage's output, whose gradient comes back from the next. */
function sentStream(request: HeadRequest): Program {
  const tape = new Tape(request.context);
  const x = tape.input(request.tokens * request.shape.hiddenSize, request.input);
  return tape.finish(tape.op({ kind: 'send', inputs: [x], elements: 1, dtype: 'fp32' }));
}

function buildHead(request: HeadRequest, task: Workload['task']): Program {
  if (request.nextTokenOnly) return nextTokenHead(request);
  if (task === 'masked-lm') return maskedHead(request);
  return task === 'causal-lm' || task === 'seq2seq-lm' ? causalHead(request) : poolingHead(request);
}

/** The batch on the device: ids, labels and mask in int64, or fp32 pixels. */
export function inputBytes(workload: Workload, length: number): number {
  if (workload.task !== 'image') return 3 * 8 * workload.microBatch * length;
  const side = workload.imageSize ?? extraNumber(workload.shape, 'image') ?? DEFAULT_IMAGE;
  return workload.microBatch * 3 * side * side * 4;
}

/** The additive mask of eager attention, in the weights' dtype; models that alternate windows hold two. ALiBi is one for each head. */
export function eagerMaskBytes(model: StepModel): number {
  const { workload, length } = model;
  if (hasAlibi(workload.shape) && workload.attention !== 'flash')
    return workload.microBatch * workload.shape.heads * length * length * DTYPE_BYTES[model.context.weights];
  if (model.context.wholeGraph && workload.attention === 'sdpa' && model.family.kind === 'decoder')
    return workload.microBatch * length * length * DTYPE_BYTES[computeDtype(model.context)];
  if (workload.attention !== 'eager' || workload.task === 'image') return 0;
  const masks = alternatesWindows(workload.shape) ? 2 : 1;
  return workload.microBatch * length * length * DTYPE_BYTES[model.context.weights] * masks;
}
