import { linearNames, type ModelShape } from '../../facts/index.ts';

/** Which of a layer's linear layers a program means. Programs name them by kin, models as they please. */
const ROLES: Readonly<Record<string, 'q' | 'k' | 'v' | 'out' | 'gate' | 'up' | 'down'>> = {
  q_proj: 'q',
  k_proj: 'k',
  v_proj: 'v',
  query: 'q',
  key: 'k',
  value: 'v',
  o_proj: 'out',
  out_proj: 'out',
  dense: 'out',
  gate_proj: 'gate',
  up_proj: 'up',
  gate_up_proj: 'up',
  fc1: 'up',
  intermediate: 'up',
  down_proj: 'down',
  fc2: 'down',
  output: 'down',
};

interface FamilyNames {
  readonly layers: string;
  readonly attention: string;
  readonly feedForward: string;
  readonly norms: readonly string[];
  readonly embedding: string;
  readonly positions: string;
  readonly finalNorm: string;
}

/** transformers: models/llama/modeling_llama.py. */
const LLAMA: FamilyNames = {
  layers: 'model.layers',
  attention: 'self_attn',
  feedForward: 'mlp',
  norms: ['input_layernorm', 'post_attention_layernorm'],
  embedding: 'model.embed_tokens',
  positions: 'model.embed_positions',
  finalNorm: 'model.norm',
};
const GPT2: FamilyNames = {
  layers: 'transformer.h',
  attention: 'attn',
  feedForward: 'mlp',
  norms: ['ln_1', 'ln_2'],
  embedding: 'transformer.wte',
  positions: 'transformer.wpe',
  finalNorm: 'transformer.ln_f',
};
const BLOOM: FamilyNames = {
  ...GPT2,
  attention: 'self_attention',
  norms: LLAMA.norms,
  embedding: 'transformer.word_embeddings',
};
const BERT: FamilyNames = {
  layers: 'encoder.layer',
  attention: 'attention.self',
  feedForward: '',
  norms: ['attention.output.LayerNorm', 'output.LayerNorm'],
  embedding: 'embeddings.word_embeddings',
  positions: 'embeddings.position_embeddings',
  finalNorm: 'embeddings.LayerNorm',
};

/** Names of a model's parts where they are not Llama's (transformers: models/<family>/modeling_<family>.py). */
const FAMILIES: Readonly<Record<string, FamilyNames>> = {
  gpt2: GPT2,
  gptj: GPT2,
  gpt_bigcode: GPT2,
  gpt_neo: { ...GPT2, attention: 'attn.attention' },
  mpt: { ...GPT2, layers: 'transformer.blocks' },
  bloom: BLOOM,
  falcon: BLOOM,
  gpt_neox: {
    ...LLAMA,
    layers: 'gpt_neox.layers',
    attention: 'attention',
    embedding: 'gpt_neox.embed_in',
    finalNorm: 'gpt_neox.final_layer_norm',
  },
  opt: {
    ...LLAMA,
    layers: 'model.decoder.layers',
    feedForward: '',
    norms: ['self_attn_layer_norm', 'final_layer_norm'],
    embedding: 'model.decoder.embed_tokens',
    positions: 'model.decoder.embed_positions',
    finalNorm: 'model.decoder.final_layer_norm',
  },
  bert: BERT,
  roberta: BERT,
  'xlm-roberta': BERT,
  camembert: BERT,
  electra: BERT,
  vit: { ...BERT, norms: ['layernorm_before', 'layernorm_after'], finalNorm: 'layernorm' },
};

export function familyNames({ family }: ModelShape): FamilyNames {
  return FAMILIES[family] ?? LLAMA;
}

/** A linear layer's path inside its layer, by the name that programs give it. */
export function modulePath(shape: ModelShape, name: string): string {
  const role = ROLES[name];
  const names = linearNames(shape.family);
  const { attention, feedForward } = familyNames(shape);
  const parentOf = (one: string): string => (feedsForward(role, one) ? feedForward : attention);
  if (name === 'experts') return 'mlp.experts';
  if (name === 'router') return 'mlp.gate';
  const own = ownName(role, names, name);
  const parent = parentOf(name);
  return own.includes('.') || parent === '' ? own : `${parent}.${own}`;
}

const WIDE_NAMES = new Set(['c_fc', 'dense_h_to_4h', 'dense_4h_to_h', 'wi', 'wo']);

function feedsForward(role: string | undefined, name: string): boolean {
  return role === 'gate' || role === 'up' || role === 'down' || WIDE_NAMES.has(name);
}

function ownName(
  role: (typeof ROLES)[string] | undefined,
  { qkv, out, gate, up, down }: ReturnType<typeof linearNames>,
  name: string,
): string {
  switch (role) {
    case undefined:
      return name;
    case 'q':
      return qkv[0];
    case 'k':
      return qkv[1] ?? qkv[0];
    case 'v':
      return qkv[2] ?? qkv[0];
    case 'out':
      return out;
    case 'gate':
      return gate ?? up;
    case 'up':
      return up;
    case 'down':
      return down;
    default:
      return role satisfies never;
  }
}

/** Every name a layer's program gives to what it holds. */
export const LAYER_MODULES: readonly string[] = [
  ...Object.keys(ROLES),
  'attn.c_proj',
  'mlp.c_proj',
  'c_attn',
  'c_fc',
  'qkv',
  'qkv_proj',
  'query_key_value',
  'Wqkv',
  'dense_h_to_4h',
  'dense_4h_to_h',
  'kv_a_proj_with_mqa',
  'kv_b_proj',
  'q_a_proj',
  'q_b_proj',
  'wi',
  'wo',
  'experts',
  'router',
];
