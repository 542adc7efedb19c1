import type { ConfigKeys } from './hf-config-keys.ts';
import type { ModelShape } from './types.ts';

type MutableExtra = Record<string, unknown>;

/** What a config.json says beyond the shape's own fields, in the keys of `ModelShape.extra`. */
export function hfConfigExtra(
  shape: ModelShape,
  template: ModelShape,
  text: ConfigKeys,
  outer: ConfigKeys,
): ModelShape['extra'] {
  const extra: MutableExtra = { ...template.extra };
  // The template's own dimensions say nothing about this model.
  for (const key of ['vision', 'text_only', 'named_after', 'mtp_layers_not_counted', 'checkpoint_note'])
    delete extra[key];
  POSITIONS[shape.family]?.(extra, text);
  EXTRA_BY_FAMILY[shape.family]?.(extra, text, shape);
  if (outer.has('vision_config')) Object.assign(extra, visionExtra(shape, outer));
  return Object.fromEntries(Object.entries(extra).filter(([, value]) => value !== undefined));
}

/** Rows of learned position embeddings by family. Source: transformers src/transformers/models, recalled. */
const POSITIONS: Readonly<Record<string, (extra: MutableExtra, text: ConfigKeys) => void>> = {
  gpt2: positionsOf('n_positions', 0, 1024),
  gpt_neo: positionsOf('max_position_embeddings', 0, 2048),
  gpt_bigcode: positionsOf('n_positions', 0, 1024),
  // OPT leaves two rows free before its first position.
  opt: positionsOf('max_position_embeddings', 2, 2048),
  bert: positionsOf('max_position_embeddings', 0, 512),
  roberta: positionsOf('max_position_embeddings', 0, 512),
  'xlm-roberta': positionsOf('max_position_embeddings', 0, 512),
  electra: positionsOf('max_position_embeddings', 0, 512),
  distilbert: positionsOf('max_position_embeddings', 0, 512),
};

function positionsOf(key: string, spare: number, byDefault: number) {
  return (extra: MutableExtra, text: ConfigKeys) => {
    extra['learned_positions'] = (text.number(key) ?? byDefault) + spare;
  };
}

const EXTRA_BY_FAMILY: Readonly<Record<string, (extra: MutableExtra, text: ConfigKeys, shape: ModelShape) => void>> = {
  falcon: (extra, text) => {
    const parallel = text.flag('parallel_attn', true) === true && text.flag('new_decoder_architecture') !== true;
    extra['norms_per_layer'] = parallel ? 1 : 2;
    extra['alibi'] = text.flag('alibi') === true ? true : undefined;
  },
  opt: (extra, text, shape) => {
    const narrow = text.number('word_embed_proj_dim');
    extra['embed_dim'] = narrow === shape.hiddenSize ? undefined : narrow;
    extra['final_norm'] = text.flag('do_layer_norm_before') === false ? false : undefined;
  },
  bert: tokenTypes(2),
  roberta: tokenTypes(2),
  'xlm-roberta': tokenTypes(2),
  electra: (extra, text, shape) => {
    tokenTypes(2)(extra, text);
    const narrow = text.number('embedding_size');
    extra['embed_dim'] = narrow === shape.hiddenSize ? undefined : narrow;
  },
  t5: decoderDepth,
  mt5: decoderDepth,
  vit: (extra, text) => {
    extra['image'] = text.number('image_size') ?? 224;
    extra['patch'] = text.number('patch_size') ?? 16;
    const classifies = text.list('architectures').some((name) => String(name).endsWith('ForImageClassification'));
    extra['labels'] = classifies ? (text.size('id2label') ?? 2) : 0;
  },
  qwen2_moe: (extra, text) => {
    extra['shared_intermediate'] = text.number('shared_expert_intermediate_size');
    extra['moe_every'] = text.number('decoder_sparse_step');
  },
  qwen3_moe: (extra, text) => {
    extra['moe_every'] = text.number('decoder_sparse_step');
  },
  deepseek_v2: latentAttention,
  deepseek_v3: latentAttention,
};

function tokenTypes(byDefault: number) {
  return (extra: MutableExtra, text: ConfigKeys) => {
    extra['types'] = text.number('type_vocab_size') ?? byDefault;
  };
}

function decoderDepth(extra: MutableExtra, text: ConfigKeys, shape: ModelShape): void {
  extra['decoder_layers'] = text.number('num_decoder_layers') ?? shape.layers;
}

function latentAttention(extra: MutableExtra, text: ConfigKeys): void {
  extra['mla'] = {
    q_lora: text.number('q_lora_rank') ?? null,
    kv_lora: text.number('kv_lora_rank') ?? 0,
    qk_nope: text.number('qk_nope_head_dim') ?? 0,
    qk_rope: text.number('qk_rope_head_dim') ?? 0,
    v: text.number('v_head_dim') ?? 0,
  };
}

/** The vision tower of models whose tower can be counted; others are marked as counted without one. */
function visionExtra(shape: ModelShape, outer: ConfigKeys): MutableExtra {
  const vision = outer.nested('vision_config');
  const kind = TOWER_KINDS[outer.text('model_type') ?? ''];
  const hidden = vision.number('hidden_size', 'embed_dim');
  const layers = vision.number('num_hidden_layers', 'depth');
  const patch = vision.number('patch_size', 'spatial_patch_size');
  if (kind === undefined || hidden === undefined || layers === undefined || patch === undefined) {
    return { text_only: true };
  }
  const intermediate = vision.number('intermediate_size') ?? 4 * hidden;
  const heads = vision.number('num_attention_heads', 'num_heads');
  const image = vision.number('image_size');
  return { vision: { ...kind, hidden, intermediate, layers, patch, heads, image, out: shape.hiddenSize } };
}

/** Towers by the outer `model_type`. */
const TOWER_KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gemma3: { kind: 'siglip', projector: 'gemma3' },
  llava: { kind: 'clip', projector: 'llava' },
  qwen2_5_vl: { kind: 'qwen2_5_vl' },
  mistral3: { kind: 'pixtral' },
};
