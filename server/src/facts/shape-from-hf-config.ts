import { familyTemplates } from './family-templates.ts';
import { hfConfigExtra } from './hf-config-extra.ts';
import { ConfigKeys } from './hf-config-keys.ts';
import type { ModelShape } from './types.ts';

/**
 * The shape a checkpoint's config.json states (transformers' key names). Undefined for architectures that are not read
 * here, and where a dimension that no default covers is absent or no whole number.
 */
export function shapeFromHfConfig(json: unknown): ModelShape | undefined {
  const outer = new ConfigKeys(json);
  const text = outer.has('text_config') ? outer.nested('text_config') : outer;
  const family = familyOf(text) ?? familyOf(outer);
  const template = family === undefined ? undefined : familyTemplates().get(family)?.shape;
  if (family === undefined || template === undefined) return undefined;
  const sizes = sizesOf(text, family);
  if (sizes === undefined) return undefined;
  const bias = text.flag('attention_bias', text.flag('bias'));
  const experts = text.number('num_experts', 'num_local_experts', 'n_routed_experts') ?? 0;
  if (experts === 0 && template.experts > 0) return undefined;
  const shape: ModelShape = {
    ...template,
    ...sizes,
    maxPositions: text.number('max_position_embeddings', 'n_positions', 'max_seq_len', 'seq_length', 'n_ctx'),
    tiedEmbeddings: tied(outer, text, family),
    attentionBias:
      BIAS_FOLLOWS_FLAG.has(family) && bias !== undefined ? (bias ? 'qkvo' : 'none') : template.attentionBias,
    mlpBias:
      MLP_BIAS_FLAG[family] === undefined ? template.mlpBias : (text.flag(MLP_BIAS_FLAG[family]) ?? template.mlpBias),
    mlp: feedForwardKind(text, template),
    slidingWindow: text.flag('use_sliding_window') === false ? undefined : text.number('sliding_window'),
    experts,
    expertsPerToken:
      experts === 0 ? 0 : (text.number('num_experts_per_tok', 'experts_per_token') ?? template.expertsPerToken),
    moeIntermediateSize: experts === 0 ? 0 : (text.number('moe_intermediate_size') ?? sizes.intermediateSize),
    sharedExperts: text.number('n_shared_experts') ?? (experts === 0 ? 0 : template.sharedExperts),
    denseFirstLayers: text.number('first_k_dense_replace') ?? 0,
  };
  return { ...shape, extra: hfConfigExtra(shape, template, text, outer) };
}

/** `model_type` of text models inside vision-language ones, and of names that share an architecture. */
const SAME_FAMILY: Readonly<Record<string, string>> = {
  gemma3_text: 'gemma3',
  qwen2_vl_text: 'qwen2',
  qwen2_5_vl_text: 'qwen2',
  qwen3_vl_text: 'qwen3',
  qwen3_vl_moe_text: 'qwen3_moe',
  qwen2_vl: 'qwen2',
  qwen2_5_vl: 'qwen2',
  camembert: 'roberta',
};

/** Architectures whose config.json this file reads to the end. Source: transformers src/transformers/models, recalled. */
const READ_FAMILIES: ReadonlySet<string> = new Set([
  ...['llama', 'mistral', 'mixtral', 'qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'gemma', 'gemma2', 'gemma3'],
  ...['phi', 'phi3', 'gpt2', 'gpt_neox', 'gptj', 'gpt_neo', 'gpt_bigcode', 'falcon', 'bloom', 'opt', 'mpt'],
  ...['olmo', 'olmo2', 'olmo3', 'olmoe', 'deepseek_v2', 'deepseek_v3', 'gpt_oss', 'granite', 'starcoder2', 'cohere'],
  ...['bert', 'roberta', 'xlm-roberta', 'distilbert', 'electra', 't5', 'mt5', 'vit', 'smollm3', 'glm4_moe'],
  ...['stablelm', 'seed_oss', 'exaone4', 'glm4', 'cohere2', 'nemotron'],
]);

function familyOf(config: ConfigKeys): string | undefined {
  const type = config.text('model_type');
  if (type === undefined) return undefined;
  const family = SAME_FAMILY[type] ?? type;
  return READ_FAMILIES.has(family) ? family : undefined;
}

/** Families whose attention biases one flag turns on and off together. */
const BIAS_FOLLOWS_FLAG: ReadonlySet<string> = new Set([
  'llama',
  'gpt_neox',
  'falcon',
  'granite',
  'olmo',
  'olmo2',
  'olmo3',
  'cohere',
]);

/** Families whose feed-forward biases a flag turns on, and the flag. */
const MLP_BIAS_FLAG: Readonly<Record<string, string>> = { llama: 'mlp_bias', granite: 'mlp_bias', falcon: 'bias' };

/** Families whose class ties the embeddings unless the file says otherwise. */
const TIED_BY_DEFAULT: ReadonlySet<string> = new Set([
  ...['gemma', 'gemma2', 'gemma3', 'gpt2', 'gpt_neo', 'gpt_bigcode', 'bloom', 'opt', 'falcon', 'mpt', 'starcoder2'],
  ...['cohere', 'cohere2', 'bert', 'roberta', 'xlm-roberta', 'distilbert', 'electra', 't5', 'smollm3'],
]);

/** A vision-language model's outer flag rules: its inner one often keeps a class default. */
function tied(outer: ConfigKeys, text: ConfigKeys, family: string): boolean {
  return outer.flag('tie_word_embeddings', text.flag('tie_word_embeddings')) ?? TIED_BY_DEFAULT.has(family);
}

/** Families whose feed-forward is four times the hidden size unless stated. */
const FOUR_TIMES: ReadonlySet<string> = new Set([
  'gpt2',
  'gptj',
  'gpt_neo',
  'gpt_bigcode',
  'bloom',
  'falcon',
  'opt',
  'mpt',
]);

/** Width of a head where a family's class sets one and files may leave it out (transformers, recalled). */
const HEAD_DIM: Readonly<Record<string, number>> = {
  gemma: 256,
  gemma2: 256,
  gemma3: 256,
  qwen3: 128,
  qwen3_moe: 128,
  t5: 64,
  mt5: 64,
  gpt_oss: 64,
  glm4: 128,
  seed_oss: 128,
};

type Sizes = Pick<
  ModelShape,
  'family' | 'hiddenSize' | 'intermediateSize' | 'layers' | 'heads' | 'kvHeads' | 'headDim' | 'vocabSize'
>;

function sizesOf(text: ConfigKeys, family: string): Sizes | undefined {
  const hiddenSize = text.number('hidden_size', 'n_embd', 'd_model', 'dim', 'n_embed');
  const layers = text.number('num_hidden_layers', 'n_layer', 'n_layers', 'num_layers');
  const heads = text.number('num_attention_heads', 'n_head', 'n_heads', 'num_heads');
  const vocabSize = family === 'vit' ? 0 : text.number('vocab_size');
  if (hiddenSize === undefined || layers === undefined || heads === undefined || vocabSize === undefined)
    return undefined;
  const wide = text.number('expansion_ratio') ?? (FOUR_TIMES.has(family) ? 4 : undefined);
  const intermediateSize =
    text.number('intermediate_size', 'n_inner', 'ffn_dim', 'd_ff', 'hidden_dim', 'ffn_hidden_size') ??
    (wide === undefined ? text.number('moe_intermediate_size') : wide * hiddenSize);
  const headDim = headWidth(text, family) ?? hiddenSize / heads;
  if (intermediateSize === undefined || !Number.isInteger(headDim)) return undefined;
  return {
    family,
    hiddenSize,
    intermediateSize,
    layers,
    heads,
    kvHeads: keyValueHeads(text, family, heads),
    headDim,
    vocabSize,
  };
}

function headWidth(text: ConfigKeys, family: string): number | undefined {
  const latent = text.number('qk_nope_head_dim');
  if (latent !== undefined) return latent + (text.number('qk_rope_head_dim') ?? 0);
  return text.number('head_dim', 'd_kv') ?? HEAD_DIM[family];
}

/** Families whose class has one key-value head unless the file says otherwise. */
const SHARES_ONE_HEAD: ReadonlySet<string> = new Set(['falcon', 'gpt_bigcode']);

/** Falcon and StarCoder state one shared head as a flag; Falcon's newer blocks count heads all the same. */
function keyValueHeads(text: ConfigKeys, family: string, heads: number): number {
  const grouped = text.flag('new_decoder_architecture') !== false || family !== 'falcon';
  const stated = grouped ? text.number('num_key_value_heads', 'num_kv_heads') : undefined;
  if (stated !== undefined) return stated;
  return text.flag('multi_query', SHARES_ONE_HEAD.has(family)) === true ? 1 : heads;
}

/** T5 says with one word whether its feed-forward has a gate. */
function feedForwardKind(text: ConfigKeys, template: ModelShape): ModelShape['mlp'] {
  const projection = text.text('feed_forward_proj');
  if (projection === undefined) return template.mlp;
  return projection.startsWith('gated') ? 'gated' : 'plain';
}
