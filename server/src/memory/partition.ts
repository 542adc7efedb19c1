import type { ModelShape } from '../facts/index.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import type { Workload } from './workload.ts';

/** One rank's part of a model that is split itself, as a workload that is not. */
export interface RankPart {
  readonly workload: Workload;
  readonly stage: PipelineStage;
  /** Buffers of the exchange between the ranks that share a layer. */
  readonly exchangeBytes: number;
}

/** What a pipeline stage holds. */
export interface PipelineStage {
  readonly hasEmbedding: boolean;
  readonly hasHead: boolean;
  /** Micro batches whose activations are held at once. */
  readonly inFlight: number;
}

const WHOLE: PipelineStage = { hasEmbedding: true, hasHead: true, inFlight: 1 };

/** The parts that may need most: one of them where nothing is split along the layers, the first and the last stage else. */
export function partition(workload: Workload): readonly RankPart[] {
  const part = splitLayers(workload);
  const { stages, microBatches, virtualChunks } = workload.pipeline;
  if (stages <= 1) return [{ ...part, stage: WHOLE }];
  const layers = Math.ceil(workload.shape.layers / stages);
  const shape = { ...part.workload.shape, layers };
  // Gradients of all micro batches of a step are summed where they stand.
  const gradientAccumulation = Math.max(workload.gradientAccumulation, microBatches);
  const staged = { ...part, workload: { ...part.workload, shape, gradientAccumulation } };
  // One-forward-one-backward: the first stage holds as many micro batches as there are stages (Narayanan et al. 2021, 2.2).
  const interleaved = virtualChunks > 1 ? 1 + (stages - 1) / (stages * virtualChunks) : 1;
  const inFlight = Math.min(stages, Math.max(1, microBatches)) * interleaved;
  return [
    { ...staged, stage: { hasEmbedding: true, hasHead: false, inFlight } },
    { ...staged, stage: { hasEmbedding: false, hasHead: true, inFlight: 1 } },
  ];
}

/** Tensor, sequence, context and expert parallel, which every layer feels. */
function splitLayers(workload: Workload): Omit<RankPart, 'stage'> {
  const { tensorParallel, contextParallel, sequenceParallel } = workload;
  if (tensorParallel * contextParallel * workload.expertParallel === 1) return { workload, exchangeBytes: 0 };
  const sequenceLength = workload.sequenceLength / contextParallel;
  // A rank's piece of a sequence may lie in the completion as a whole.
  const lossTokens = workload.lossTokens === null ? null : Math.min(workload.lossTokens, sequenceLength);
  const experts = workload.shape.experts / workload.expertParallel;
  // Under sequence parallel everything a layer keeps is split, which is the memory of a smaller batch (Korthikanti et al.
  // 2022, section 4.2.2); without it the norms and the residual stream are whole.
  const split = sequenceParallel ? workload.shape : splitHeads(workload.shape, tensorParallel);
  const vocabSize = workload.lossParallel ? split.vocabSize : workload.shape.vocabSize;
  const shape = { ...split, experts, vocabSize };
  const microBatch = sequenceParallel ? workload.microBatch / tensorParallel : workload.microBatch;
  return {
    workload: { ...workload, shape, microBatch, sequenceLength, lossTokens },
    exchangeBytes: exchangeBytes({ ...workload, sequenceLength }),
  };
}

/** Megatron's split: heads, feed-forward and vocabulary; key-value heads are repeated where they are too few. */
function splitHeads(shape: ModelShape, ways: number): ModelShape {
  return {
    ...shape,
    heads: shape.heads / ways,
    kvHeads: Math.max(1, shape.kvHeads / ways),
    intermediateSize: shape.intermediateSize / ways,
    moeIntermediateSize: shape.moeIntermediateSize / ways,
    vocabSize: shape.vocabSize / ways,
  };
}

/** The gathered inputs of split linears, and the keys and values that go round the ring of context parallel. */
function exchangeBytes(workload: Workload): number {
  const { shape, microBatch, sequenceLength } = workload;
  const bytes = DTYPE_BYTES[workload.autocast ?? workload.weights];
  const tokens = microBatch * sequenceLength;
  const gathered = workload.sequenceParallel ? keptGathers(workload) * tokens * shape.hiddenSize * bytes : 0;
  const keyValueWidth = 2 * shape.kvHeads * shape.headDim;
  const ring = workload.contextParallel > 1 ? 2 * tokens * keyValueWidth * bytes : 0;
  return gathered + ring;
}

/**
 * How many gathered inputs live at once. Megatron gathers them again for backward; torch's DTensor keeps attention's and
 * the feed-forward's of every layer that is not checkpointed, of which a rank's own share is counted with the layer.
 */
function keptGathers({ sharding, loss, checkpointing, shape, tensorParallel }: Workload): number {
  const gathersAgain = loss.kernel === 'in-place' || (sharding.kind === 'zero' && sharding.engine === 'megatron');
  if (gathersAgain || checkpointing !== 'none') return 1;
  return 2 * shape.layers * (1 - 1 / tensorParallel);
}
