import { linearNames } from './linear-names.ts';
import { type LinearLayer, linear } from './parameter-counts.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';

/** A block's linear layers with the norms and the loose elements that belong to it. */
export interface BlockPart {
  readonly linears: readonly LinearLayer[];
  readonly norms: number;
  readonly other: number;
}

/** Widths a layer's attention has where they differ from the shape's own. */
export interface AttentionWidths {
  readonly kvHeads: number;
  readonly headDim: number;
  /** The query projection also makes the output gate. */
  readonly gatedQuery?: boolean;
  /** Keys serve as values: there is no value projection. */
  readonly keysAreValues?: boolean;
  /** Keys and values come from an earlier layer. */
  readonly queriesOnly?: boolean;
}

/** The attention block of a decoder layer, without the norms around it. */
export function attention(shape: ModelShape, widths: AttentionWidths = shape): BlockPart {
  const extra = new Extra(shape.extra);
  if (extra.has('mla')) return latentAttention(shape);
  const sinks = extra.flag('attention_sinks') ? shape.heads : 0;
  return { linears: attentionLinears(shape, widths), norms: queryKeyNorms(shape, widths), other: sinks };
}

function attentionLinears(shape: ModelShape, widths: AttentionWidths): readonly LinearLayer[] {
  const names = linearNames(shape.family);
  const hidden = shape.hiddenSize;
  const query = shape.heads * widths.headDim;
  const keyValue = widths.kvHeads * widths.headDim;
  const bias = shape.attentionBias === 'qkv' || shape.attentionBias === 'qkvo';
  const out = linear(names.out, query, hidden, shape.attentionBias === 'qkvo' || shape.attentionBias === 'o');
  const [first, second, third] = names.qkv;
  if (second === undefined || third === undefined) return [linear(first, hidden, query + 2 * keyValue, bias), out];
  const queries = linear(first, hidden, widths.gatedQuery ? 2 * query : query, bias);
  if (widths.queriesOnly) return [queries, out];
  const keys = linear(second, hidden, keyValue, bias);
  return widths.keysAreValues ? [queries, keys, out] : [queries, keys, linear(third, hidden, keyValue, bias), out];
}

function queryKeyNorms(shape: ModelShape, widths: AttentionWidths): number {
  const width = new Extra(shape.extra).flag('qk_norm_bias') ? 2 : 1;
  const keys = widths.queriesOnly ? 0 : 1;
  if (shape.qkNorm === 'head') return width * (1 + keys) * widths.headDim;
  if (shape.qkNorm === 'full') return width * (shape.heads + keys * widths.kvHeads) * widths.headDim;
  return 0;
}

/**
 * Multi-head latent attention, with DeepSeek-V3.2's sparse-attention indexer where the model has one.
 * Source: transformers src/transformers/models/deepseek_v3/modeling_deepseek_v3.py, recalled.
 */
function latentAttention(shape: ModelShape): BlockPart {
  const mla = new Extra(shape.extra).nested('mla');
  const hidden = shape.hiddenSize;
  const [queryRank, keyValueRank, plain] = [mla.number('q_lora'), mla.number('kv_lora'), mla.number('qk_nope')];
  const [rotary, value] = [mla.number('qk_rope'), mla.number('v')];
  const queryWidth = shape.heads * (plain + rotary);
  const queries =
    queryRank === 0
      ? [linear('q_proj', hidden, queryWidth)]
      : [linear('q_a_proj', hidden, queryRank), linear('q_b_proj', queryRank, queryWidth)];
  const indexer = sparseIndexer(shape, queryRank);
  return {
    linears: [
      ...queries,
      linear('kv_a_proj_with_mqa', hidden, keyValueRank + rotary),
      linear('kv_b_proj', keyValueRank, shape.heads * (plain + value)),
      linear('o_proj', shape.heads * value, hidden),
      ...indexer.linears,
    ],
    norms: queryRank + keyValueRank + indexer.norms,
    other: 0,
  };
}

function sparseIndexer(shape: ModelShape, queryRank: number): BlockPart {
  const extra = new Extra(shape.extra);
  if (!extra.has('indexer')) return { linears: [], norms: 0, other: 0 };
  const [heads, dim] = [extra.nested('indexer').number('heads'), extra.nested('indexer').number('dim')];
  const linears = [
    linear('indexer.wq_b', queryRank, heads * dim),
    linear('indexer.wk', shape.hiddenSize, dim),
    linear('indexer.weights_proj', shape.hiddenSize, heads),
  ];
  return { linears, norms: 2 * dim, other: 0 };
}
