import type { ModelShape } from '../../facts/index.ts';
import { broadcastAttention, eagerAttention, fusedAttention, maskedAttention, rotary } from '../tape/attention.ts';
import { add, copy, dropout } from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { layerNorm, lowPrecisionLayerNorm, plainLayerNorm, type RmsNormStyle, rmsNorm } from '../tape/norm.ts';
import type { Hold, Program, Tape, Value } from '../tape/tape.ts';
import { computeDtype } from '../tape/tape-context.ts';
import { expertsLayer } from './experts.ts';
import { FUSED_PROJECTIONS, feedForward } from './feed-forward.ts';
import { latentAttention } from './latent-attention.ts';
import { extraGroup, extraNumber, hasBias, type LayerRequest, newTape, tokens } from './layer-request.ts';

/** Where the two halves of a layer are normalised. */
type NormPlacement = 'before' | 'after' | 'both' | 'parallel';

/** transformers: models/{olmo2,olmo3,exaone4}/modeling_*.py normalise the branch's output, not its input. */
const NORMS_AFTER = new Set(['olmo2', 'olmo3', 'exaone4']);
/** Positions are learned or added to the scores, so q and k are not rotated. */
const WITHOUT_ROTARY = new Set(['mpt', 'gpt_neo', 'gpt_bigcode']);
/** Share of each head that is rotated where it is not all of it (transformers: models/<family>/configuration_<family>.py). */
const ROTARY_SHARE: Readonly<Record<string, number>> = {
  phi: 0.5,
  stablelm: 0.25,
  nemotron: 0.5,
  glm: 0.5,
  glm4: 0.5,
  glm4_moe: 0.5,
};
/** LayerNorm in plain steps: transformers: models/{cohere,cohere2}/modeling_*.py. */
const PLAIN_LAYER_NORM = new Set(['cohere', 'cohere2']);
/** The one matrix that makes q, k and v (transformers: models/<family>/modeling_<family>.py). */
const SPLIT_PROJECTION: Readonly<Record<string, string>> = {
  falcon: 'query_key_value',
  gpt_bigcode: 'c_attn',
  mpt: 'Wqkv',
};
/** RMSNorm that scales in fp32: transformers: models/{olmo2,olmo3,gpt_oss}/modeling_*.py. */
const SCALES_IN_FULL = new Set(['olmo2', 'olmo3', 'flex_olmo', 'gpt_oss']);
/** One key-value head that all heads share by broadcasting, which no fused kernel takes: models/falcon/modeling_falcon.py. */
const BROADCASTS_HEADS = new Set(['falcon']);
/** A learned column beside the scores: models/gpt_oss/modeling_gpt_oss.py, sinks. */
const WITH_SINKS = new Set(['gpt_oss']);
/** tanh over the attention scores: models/gemma2/modeling_gemma2.py. */
const SOFT_CAPPED = new Set(['gemma2']);

/** The layer of Llama and of all that descend from it: norm, attention, add, norm, feed-forward, add. */
export function decoderLayer(request: LayerRequest): Program {
  const tape = newTape(request);
  const { shape } = request;
  const x = tape.input(tokens(request) * shape.hiddenSize, request.input);
  if (normPlacement(shape) === 'parallel') return tape.finish(parallelBody(tape, x, request));
  const middle = tape.call((hold) => {
    hold(x);
    return add(tape, x, attentionBranch(tape, x, request));
  });
  return tape.finish(
    tape.call((hold) => {
      hold(middle);
      return add(tape, middle, feedForwardBranch(tape, middle, request));
    }),
  );
}

/** Attention and feed-forward read the same normalised input: GPT-J, Falcon, Phi-2, Cohere. */
function parallelBody(tape: Tape, x: Value, request: LayerRequest): Value {
  return tape.call((hold) => {
    hold(x);
    const normed = hold(norm(tape, x, request.shape));
    const attended = hold(attention(tape, normed, request));
    const fed = tape.inFeedForward(() => feedForward(tape, normed, request));
    return add(tape, add(tape, attended, fed), x);
  });
}

function attentionBranch(tape: Tape, x: Value, request: LayerRequest): Value {
  const placement = normPlacement(request.shape);
  const output = tape.call((hold) => {
    const input = hold(placement === 'after' ? x : norm(tape, x, request.shape));
    return dropout(tape, attention(tape, input, request), request.dropout);
  });
  return placement === 'before' ? output : norm(tape, output, request.shape);
}

function feedForwardBranch(tape: Tape, x: Value, request: LayerRequest): Value {
  const placement = normPlacement(request.shape);
  const output = tape.call((hold) => {
    const input = hold(placement === 'after' ? x : norm(tape, x, request.shape));
    if (request.experts) return tape.inFeedForward(() => expertsLayer(tape, input, request));
    const output = tape.inFeedForward(() => feedForward(tape, input, request));
    return dropout(tape, output, request.dropout);
  });
  return placement === 'before' ? output : norm(tape, output, request.shape);
}

function normPlacement(shape: ModelShape): NormPlacement {
  if (NORMS_AFTER.has(shape.family)) return 'after';
  const norms = extraNumber(shape, 'norms_per_layer');
  if (norms === 4 || isGemmaWithFourNorms(shape)) return 'both';
  return norms === 1 ? 'parallel' : 'before';
}

function isGemmaWithFourNorms(shape: ModelShape): boolean {
  return ['gemma2', 'gemma3', 'gemma3_text', 'gemma4', 'gemma3n'].includes(shape.family);
}

export function isGemma(shape: ModelShape): boolean {
  return shape.family.startsWith('gemma');
}

/** Whether the norm multiplies by its weight before it casts back. */
function scalesInFull(shape: ModelShape): boolean {
  return isGemma(shape) || SCALES_IN_FULL.has(shape.family);
}

/** The norm a model uses between its parts. */
export function norm(tape: Tape, x: Value, shape: ModelShape, width = shape.hiddenSize): Value {
  if (shape.norm === 'rms') return rmsNorm(tape, x, width, styleOf(shape));
  if (PLAIN_LAYER_NORM.has(shape.family)) return plainLayerNorm(tape, x, width);
  if (shape.family === 'nemotron') return lowPrecisionLayerNorm(tape, x, width);
  return layerNorm(tape, x, width, layerNormParts(shape));
}

function styleOf(shape: ModelShape): RmsNormStyle {
  return scalesInFull(shape) ? 'gemma' : 'llama';
}

/** Liger leaves the norms of queries and keys as they are but for Gemma 3's (transformers/monkey_patch.py, on a model that is there). */
function headNorm(tape: Tape, x: Value, shape: ModelShape, width: number): Value {
  return shape.norm === 'rms' && !GEMMA3.has(shape.family)
    ? rmsNorm(tape, x, width, styleOf(shape), false)
    : norm(tape, x, shape, width);
}

const GEMMA3: ReadonlySet<string> = new Set(['gemma3', 'gemma3_text']);

function layerNormParts(shape: ModelShape): 'full' | 'weight' | 'none' {
  if (shape.extra['norm_affine'] === false) return 'none';
  return shape.extra['norm_bias'] === false ? 'weight' : 'full';
}

function attention(tape: Tape, x: Value, request: LayerRequest): Value {
  const { shape, context } = request;
  if (extraGroup(shape, 'mla') !== undefined) return latentAttention(tape, x, request);
  const width = shape.heads * shape.headDim;
  return tape.call((hold) => {
    const qkv = projections(tape, x, request, hold);
    let output = attend(tape, qkv, request, hold);
    // The kernel's output takes q's layout, which torch.cat has made head-major: the transpose back copies.
    const copiesLayout = concatenatesHeads(shape) && context.attention === 'fused' && !context.flashPackage;
    if (copiesLayout && computeDtype(context) !== 'fp32') output = copy(tape, output);
    return linear(tape, output, {
      name: 'o_proj',
      inputs: width,
      outputs: shape.hiddenSize,
      bias: hasBias(shape, 'o'),
    });
  });
}

/** Whether the rotated part of each head is joined with a rest: Phi-3 does so even where there is none. */
function concatenatesHeads({ family }: ModelShape): boolean {
  return ROTARY_SHARE[family] !== undefined || (FUSED_PROJECTIONS.has(family) && family !== 'modernbert');
}

interface QueryKeyValue {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

function projections(tape: Tape, x: Value, request: LayerRequest, hold: Hold): QueryKeyValue {
  if (FUSED_PROJECTIONS.has(request.shape.family)) return fusedProjections(tape, x, request, hold);
  return SPLIT_PROJECTION[request.shape.family] === undefined
    ? separateProjections(tape, x, request, hold)
    : splitProjection(tape, x, request, hold);
}

/** One product whose parts go their own ways. */
function splitProjection(tape: Tape, x: Value, request: LayerRequest, hold: Hold): QueryKeyValue {
  const { shape } = request;
  const name = SPLIT_PROJECTION[shape.family] ?? '';
  const outputs = (shape.heads + 2 * shape.kvHeads) * shape.headDim;
  const fused = linear(tape, x, { name, inputs: shape.hiddenSize, outputs, bias: hasBias(shape, 'qkv') });
  const part = (heads: number): Value => copy(tape, fused, tokens(request) * heads * shape.headDim);
  const [q, k] = [part(shape.heads), part(shape.kvHeads)];
  return rotated(tape, { q, k, v: hold(part(shape.kvHeads)) }, request, hold);
}

function separateProjections(tape: Tape, x: Value, request: LayerRequest, hold: Hold): QueryKeyValue {
  const { shape } = request;
  const bias = hasBias(shape, 'qkv');
  const project = (name: string, heads: number): Value =>
    linear(tape, x, { name, inputs: shape.hiddenSize, outputs: heads * shape.headDim, bias });
  const rawQ = project('q_proj', shape.heads);
  const rawK = project('k_proj', shape.kvHeads);
  // OLMoE and OLMo 2 normalise q and k before they make v; Qwen3 and Gemma 3 after.
  if (shape.qkNorm === 'full') {
    const q = headNorm(tape, rawQ, shape, shape.heads * shape.headDim);
    const k = headNorm(tape, rawK, shape, shape.kvHeads * shape.headDim);
    const v = hold(project('v_proj', shape.kvHeads));
    return rotated(tape, { q, k, v }, request, hold);
  }
  const v = hold(project('v_proj', shape.kvHeads));
  if (shape.qkNorm === 'none') return rotated(tape, { q: rawQ, k: rawK, v }, request, hold);
  const q = headNorm(tape, rawQ, shape, shape.headDim);
  const k = headNorm(tape, rawK, shape, shape.headDim);
  return rotated(tape, { q, k, v }, request, hold);
}

function rotated(tape: Tape, qkv: QueryKeyValue, request: LayerRequest, hold: Hold): QueryKeyValue {
  if (WITHOUT_ROTARY.has(request.shape.family) || hasAlibi(request.shape))
    return { q: hold(qkv.q), k: hold(qkv.k), v: qkv.v };
  const share = ROTARY_SHARE[request.shape.family];
  const [q, k] = rotary(tape, qkv.q, qkv.k, { fraction: share ?? 1, concatenates: share !== undefined });
  return { q: hold(q), k: hold(k), v: qkv.v };
}

/** v is a slice of the fused buffer, which it keeps alive. */
function fusedProjections(tape: Tape, x: Value, request: LayerRequest, hold: Hold): QueryKeyValue {
  const { shape, context } = request;
  const outputs = (shape.heads + 2 * shape.kvHeads) * shape.headDim;
  const fused = hold(
    linear(tape, x, { name: 'qkv_proj', inputs: shape.hiddenSize, outputs, bias: hasBias(shape, 'qkv') }),
  );
  const [elements, keyElements] = [shape.heads, shape.kvHeads].map((heads) => tokens(request) * heads * shape.headDim);
  const concatenates = concatenatesHeads(shape);
  const [q, k] = rotary(tape, fused, fused, { fraction: 1, concatenates, elements, keyElements });
  const v = context.attention === 'eager' && request.batch > 1 ? copy(tape, fused, keyElements) : fused;
  return { q: hold(q), k: hold(k), v };
}

function attend(tape: Tape, qkv: QueryKeyValue, request: LayerRequest, hold: Hold): Value {
  const { shape, context, batch, length } = request;
  const sizes = { batch, heads: shape.heads, queryLength: length, keyLength: length };
  const repeats = shape.heads / shape.kvHeads;
  if (context.attention === 'eager')
    return hold(
      eagerAttention(tape, qkv, sizes, {
        repeats,
        softCap: SOFT_CAPPED.has(shape.family),
        dropout: request.dropout,
        sinks: WITH_SINKS.has(shape.family),
      }),
    );
  if (shape.kvHeads === 1 && shape.heads > 1 && BROADCASTS_HEADS.has(shape.family) && !context.flashPackage)
    return hold(broadcastAttention(tape, qkv, sizes, request.dropout));
  // The bias has the weights' dtype; where autocast wants another each layer keeps a copy, else all keep the one.
  const castsBias = hasAlibi(shape) && context.autocast !== null && context.weights === 'fp32';
  if (castsBias && !context.flashPackage) return maskedAttention(tape, qkv, { ...sizes, maskHeads: shape.heads });
  const needsMask = (request.sliding || request.masked) && !context.flashPackage;
  // Traced as one graph a model always makes its mask, which all layers share, and with one torch repeats grouped heads.
  if (context.wholeGraph && repeats > 1 && !context.flashPackage && !needsMask)
    return hold(fusedAttention(tape, repeatedHeads(tape, qkv, repeats, request, hold), sizes, request.dropout));
  if (!needsMask) return hold(fusedAttention(tape, qkv, sizes, request.dropout));
  return maskedAttention(tape, repeats > 1 ? repeatedHeads(tape, qkv, repeats, request, hold) : qkv, sizes);
}

/** Positions as a bias on the scores of every head, which fused kernels take for a mask: models/falcon/modeling_falcon.py. */
export function hasAlibi({ extra }: ModelShape): boolean {
  return extra['alibi'] === true;
}

/** With a mask torch repeats keys and values to all heads: a copy, but a view of a single key-value head. */
function repeatedHeads(
  tape: Tape,
  qkv: QueryKeyValue,
  repeats: number,
  request: LayerRequest,
  hold: Hold,
): QueryKeyValue {
  const { autocast } = request.context;
  if (request.shape.kvHeads > 1)
    return {
      q: qkv.q,
      k: hold(copy(tape, qkv.k, qkv.k.elements * repeats)),
      v: hold(copy(tape, qkv.v, qkv.v.elements * repeats)),
    };
  if (autocast === null || qkv.k.dtype !== 'fp32') return qkv;
  const elements = qkv.k.elements * repeats;
  return { q: qkv.q, k: hold(tape.op({ kind: 'cast', inputs: [qkv.k], elements, dtype: autocast })), v: qkv.v };
}
