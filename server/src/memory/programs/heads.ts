import type { ModelShape } from '../../facts/index.ts';
import {
  activation,
  add,
  cast,
  copy,
  dropout,
  keepsOutput,
  scale,
  toAutocast,
  toFullPrecision,
} from '../tape/elementwise.ts';
import { adapterProduct, castWeight, linear, linearWithoutAdapter } from '../tape/linear.ts';
import { layerNorm } from '../tape/norm.ts';
import { vector } from '../tape/parameter.ts';
import { type Program, Tape, type Value } from '../tape/tape.ts';
import { adapterRank, computeDtype, type TapeContext, trains } from '../tape/tape-context.ts';
import type { Dtype, SimilarityWorkload, Workload } from '../workload.ts';
import { norm } from './decoder-layer.ts';
import { divergence, fusedDivergence } from './divergence.ts';
import { plainActivation } from './feed-forward.ts';
import { headWeight, headWidth } from './head-weight.ts';
import { crossEntropyInPlace, lossOverLogits } from './in-place-loss.ts';
import { extraNumber } from './layer-request.ts';
import { rowLoss } from './row-loss.ts';
import { checkpointedLoss, chunkedLoss, fusedLoss } from './split-loss.ts';

export interface HeadRequest {
  readonly shape: ModelShape;
  readonly context: TapeContext;
  /** Rows the head sees: batch × length. */
  readonly tokens: number;
  /** Rows whose logits are made. */
  readonly lossTokens: number;
  readonly batch: number;
  /** Dtype of the residual stream. */
  readonly input: Dtype;
  readonly labelSmoothing: boolean;
  /** Each rank has its part of the logits. */
  readonly splitVocabulary: boolean;
  readonly loss: Workload['loss'];
  /** The head's weight is the embedding's. */
  readonly tied: boolean;
  readonly similarity?: SimilarityWorkload | undefined;
  /** Only the last token's logits are made, to sample from. */
  readonly nextTokenOnly?: boolean;
}

/** tanh over the logits: models/gemma2/modeling_gemma2.py, final_logit_softcapping. */
const SOFT_CAPPED_LOGITS = new Set(['gemma2']);

/** Final norm, LM head, and transformers' causal loss (loss/loss_utils.py, ForCausalLMLoss). */
export function causalHead(request: HeadRequest): Program {
  const { shape, context } = request;
  const tape = new Tape(context);
  const x = tape.input(request.tokens * shape.hiddenSize, request.input);
  return tape.finish(
    tape.call((hold) => {
      hold(x);
      const normed = hold(lossRows(tape, finalNorm(tape, x, shape), request));
      const input = toAutocast(tape, normed);
      const { kernel, chunks } = request.loss;
      if (kernel === 'fused')
        return chunks === null ? fusedLoss(tape, input, request) : checkpointedLoss(tape, input, request, chunks);
      const logits = tape.inTerm('logits and loss', () => softCapped(tape, languageHead(tape, input, request), shape));
      if (request.loss.kernel === 'chunked') return chunkedLoss(tape, logits, request);
      if (request.loss.kernel === 'distilled') return tape.inTerm('logits and loss', () => divergence(tape, logits));
      if (kernel === 'distilled-fused') return tape.inTerm('logits and loss', () => fusedDivergence(tape, logits));
      if (request.loss.kernel === 'in-place')
        return tape.inTerm('logits and loss', () => crossEntropyInPlace(tape, logits));
      if (kernel === 'over-logits') return tape.inTerm('logits and loss', () => lossOverLogits(tape, logits));
      if (kernel === 'rows' || kernel === 'logsumexp' || kernel === 'upcast-logsumexp')
        return tape.inTerm('logits and loss', () => rowLoss(tape, logits, { kernel, rows: request.batch }));
      return tape.inTerm('logits and loss', () =>
        request.labelSmoothing ? smoothedLoss(tape, logits) : crossEntropy(tape, logits, request),
      );
    }),
  );
}

/** Logits of each sequence's last token, their fp32 copy, the processed scores and their probabilities (transformers: generation/utils.py, _sample). */
export function nextTokenHead(request: HeadRequest): Program {
  const { shape, context, batch, tokens } = request;
  const tape = new Tape(context);
  const x = tape.input(tokens * shape.hiddenSize, request.input);
  return tape.finish(
    tape.call((hold) => {
      hold(x);
      const last = lossRows(tape, hold(finalNorm(tape, x, shape)), { ...request, lossTokens: batch });
      return tape.inTerm('logits and loss', () => {
        const logits = hold(languageHead(tape, toAutocast(tape, last), request));
        const scores = hold(scale(tape, logits, 'fp32'));
        return keepsOutput(tape, 'softmax', hold(scale(tape, scores)));
      });
    }),
  );
}

/** The rows the loss needs, a slice of them or those of all ranks; the product with the vocabulary needs them in one piece. */
function lossRows(tape: Tape, normed: Value, { tokens, lossTokens }: HeadRequest): Value {
  return lossTokens === tokens
    ? normed
    : tape.op({
        kind: 'slice',
        inputs: [normed],
        elements: (normed.elements * lossTokens) / tokens,
        dtype: normed.dtype,
      });
}

function finalNorm(tape: Tape, x: Value, shape: ModelShape): Value {
  const narrow = extraNumber(shape, 'embed_dim');
  if (narrow !== undefined) return linear(tape, x, { name: 'project_out', inputs: shape.hiddenSize, outputs: narrow });
  return norm(tape, x, shape);
}

/** The product with the vocabulary matrix; a tied one's gradient waits for the embedding's. */
export function languageHead(
  tape: Tape,
  input: Value,
  request: Pick<HeadRequest, 'shape' | 'tied' | 'context'>,
): Value {
  const { shape, context } = request;
  const width = headWidth(request);
  const weight = headWeight(request);
  const hasBias = shape.extra['lm_head_bias'] === true;
  const bias = hasBias ? [vector(shape.vocabSize, context.weights, trains(context, 'lm_head'))] : [];
  const weightCast = castWeight(tape, weight);
  const saves = trains(context, 'lm_head') ? [input] : [];
  if (weightCast !== undefined) saves.push(weightCast);
  const elements = (input.elements / width) * shape.vocabSize;
  const logits = tape.op({
    kind: 'linear',
    inputs: [input, weightCast],
    elements: elements * context.logitsShare,
    dtype: computeDtype(context),
    saves,
    parameters: weightCast === undefined ? [weight, ...bias] : bias,
    weightGradientFirst: context.weightGradientFirst,
  });
  const adapted = adaptedLogits(tape, { logits, input, width });
  return context.logitsShare === 1 ? adapted : gatheredLogits(tape, adapted, elements);
}

interface Logits {
  readonly logits: Value;
  readonly input: Value;
  readonly width: number;
}

/** An adapter on the head, which only targets that name it reach. */
function adaptedLogits(tape: Tape, { logits, input, width }: Logits): Value {
  const { adapter } = tape.context;
  const rank = adapterRank(tape.context, 'lm_head');
  if (adapter === null || rank === 0) return logits;
  return tape.call((hold) => {
    hold(logits);
    const x = dropout(tape, hold(cast(tape, input, adapter.dtype)), adapter.dropout);
    const down = adapterProduct(tape, x, { name: 'lora_A', inputs: width, outputs: rank });
    const outputs = logits.elements / (input.elements / width);
    const up = adapterProduct(tape, down, { name: 'lora_B', inputs: rank, outputs });
    return cast(tape, add(tape, logits, scale(tape, up)), logits.dtype);
  });
}

/** Ranks' parts of the vocabulary one below the other, then joined side by side. */
function gatheredLogits(tape: Tape, part: Value, elements: number): Value {
  const stacked = tape.op({ kind: 'all-gather', inputs: [part], elements, dtype: part.dtype });
  stacked.needsGradient = false;
  return tape.op({ kind: 'join', inputs: [part, stacked], elements, dtype: part.dtype });
}

function softCapped(tape: Tape, logits: Value, shape: ModelShape): Value {
  if (!SOFT_CAPPED_LOGITS.has(shape.family)) return logits;
  return scale(tape, keepsOutput(tape, 'tanh', scale(tape, logits)));
}

/** logits.float(), log_softmax, nll; accelerate then copies the returned logits to fp32 wherever autocast is on. */
function crossEntropy(tape: Tape, logits: Value, { splitVocabulary, loss: { asComputed } }: HeadRequest): Value {
  return tape.call((hold) => {
    hold(logits);
    const logProbabilities = keepsOutput(tape, 'log softmax', asComputed ? logits : cast(tape, logits, 'fp32'));
    // In steps of its own where the sum goes over ranks (pytorch: torch/distributed/tensor/parallel/loss.py, _log_softmax).
    if (splitVocabulary) tape.lastOp.forwardScratch = logProbabilities.bytes;
    const loss = negativeLogLikelihood(tape, logProbabilities);
    if (tape.context.autocast === null) return loss;
    // accelerate: utils/operations.py, convert_outputs_to_fp32.
    const converted = tape.op({ kind: 'convert outputs', inputs: [logits], elements: logits.elements, dtype: 'fp32' });
    converted.needsGradient = false;
    return loss;
  });
}

/** transformers: trainer_pt_utils.py, LabelSmoother: outside the model, so autocast has ended. */
function smoothedLoss(tape: Tape, logits: Value): Value {
  return tape.call((hold) => {
    const full = hold(tape.context.autocast === null ? logits : cast(tape, logits, 'fp32'));
    tape.op({ kind: 'leave autocast', inputs: [], elements: 0, dtype: 'fp32' });
    const shifted = hold(copy(tape, full));
    const logProbabilities = keepsOutput(tape, 'log softmax', shifted);
    const negated = hold(scale(tape, logProbabilities));
    return tape.op({ kind: 'gather', inputs: [negated], elements: 1, dtype: 'fp32', saves: [negated] });
  });
}

function negativeLogLikelihood(tape: Tape, logProbabilities: Value): Value {
  return tape.op({ kind: 'nll', inputs: [logProbabilities], elements: 1, dtype: 'fp32', saves: [logProbabilities] });
}

/** BERT's masked-LM head: dense, gelu, LayerNorm, the tied decoder, cross-entropy under autocast. */
export function maskedHead(request: HeadRequest): Program {
  const { shape, context } = request;
  const tape = new Tape(context);
  const hidden = shape.hiddenSize;
  const x = tape.input(request.tokens * hidden, request.input);
  return tape.finish(
    tape.call((hold) => {
      hold(x);
      // A factorised embedding has the vocabulary at its own width.
      const width = extraNumber(shape, 'embed_dim') ?? hidden;
      const dense = linearWithoutAdapter(tape, x, { name: 'transform', inputs: hidden, outputs: width, bias: true });
      const transformed = hold(layerNorm(tape, plainActivation(tape, dense, shape), width));
      const input = toAutocast(tape, transformed);
      return tape.inTerm('logits and loss', () => vocabularyLoss(tape, input, request));
    }),
  );
}

/** Masked LMs and T5 leave the upcast to autocast's log_softmax. */
export function vocabularyLoss(
  tape: Tape,
  input: Value,
  request: Pick<HeadRequest, 'shape' | 'tied' | 'context'>,
): Value {
  return tape.call((hold) => {
    const logits = hold(languageHead(tape, input, request));
    const logProbabilities = keepsOutput(tape, 'log softmax', toFullPrecision(tape, logits));
    return negativeLogLikelihood(tape, logProbabilities);
  });
}

/** Sequence classification and image heads: nothing of size after the pooling. */
export function poolingHead(request: HeadRequest): Program {
  const { shape, context } = request;
  const tape = new Tape(context);
  const x = tape.input(request.tokens * shape.hiddenSize, request.input);
  const normed = shape.vocabSize === 0 ? layerNorm(tape, x, shape.hiddenSize) : x;
  const elements = request.batch * shape.hiddenSize;
  const pooled = tape.op({ kind: 'pool', inputs: [normed], elements, dtype: 'fp32' });
  const { similarity } = request;
  if (similarity === undefined || similarity.rows === 0) return tape.finish(pooled);
  return tape.finish(tape.inTerm('logits and loss', () => similarityLoss(tape, pooled, similarity)));
}

/** Similarities, scaled, and a loss over each row (sentence-transformers: losses/MultipleNegativesRankingLoss.py) or each pair (open_clip: src/open_clip/loss.py, SigLipLoss). */
function similarityLoss(tape: Tape, texts: Value, { rows, columns, kind }: SimilarityWorkload): Value {
  return tape.call((hold) => {
    const elements = rows * columns;
    const dtype = computeDtype(tape.context);
    const scores = tape.op({ kind: 'batched product', inputs: [texts], elements, dtype, saves: [texts] });
    const scaled = hold(scale(tape, scores));
    if (kind === 'sigmoid')
      return tape.op({ kind: 'nll', inputs: [activation(tape, 'logsigmoid', scaled)], elements: 1, dtype: 'fp32' });
    return negativeLogLikelihood(tape, keepsOutput(tape, 'log softmax', toFullPrecision(tape, scaled)));
  });
}
