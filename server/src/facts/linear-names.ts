/** Names of a layer's linear layers in transformers' modelling files; fused ones name the fused module. */
export interface LinearNames {
  /** Query, key, value, or one fused module. */
  readonly qkv: readonly [string, string, string] | readonly [string];
  readonly out: string;
  /** Gate and up, or one module that holds both, or the first matrix of a plain feed-forward. */
  readonly gate?: string;
  readonly up: string;
  /** Gate and up are one module, named by `up`. */
  readonly fusedGate?: boolean;
  readonly down: string;
}

const SEPARATE = ['q_proj', 'k_proj', 'v_proj'] as const;
const BERT_QKV = ['query', 'key', 'value'] as const;

/** What most decoders since Llama use. Source: transformers src/transformers/models/llama/modeling_llama.py, recalled. */
const LLAMA: LinearNames = { qkv: SEPARATE, out: 'o_proj', gate: 'gate_proj', up: 'up_proj', down: 'down_proj' };

const NEOX: LinearNames = {
  qkv: ['query_key_value'],
  out: 'attention.dense',
  up: 'dense_h_to_4h',
  down: 'dense_4h_to_h',
};
const GPT2: LinearNames = { qkv: ['c_attn'], out: 'attn.c_proj', up: 'c_fc', down: 'mlp.c_proj' };
const OPT: LinearNames = { qkv: SEPARATE, out: 'out_proj', up: 'fc1', down: 'fc2' };
const BERT: LinearNames = {
  qkv: BERT_QKV,
  out: 'attention.output.dense',
  up: 'intermediate.dense',
  down: 'output.dense',
};
const MIXTRAL: LinearNames = { qkv: SEPARATE, out: 'o_proj', gate: 'w1', up: 'w3', down: 'w2' };

/** Families that differ. Source: transformers src/transformers/models/<family>/modeling_<family>.py, recalled. */
const BY_FAMILY: Readonly<Record<string, LinearNames>> = {
  gpt2: GPT2,
  gpt_bigcode: GPT2,
  gpt_neox: NEOX,
  bloom: { ...NEOX, out: 'self_attention.dense' },
  falcon: { ...NEOX, out: 'self_attention.dense' },
  chatglm: { ...NEOX, out: 'self_attention.dense', fusedGate: true },
  gpt_neo: { qkv: SEPARATE, out: 'out_proj', up: 'c_fc', down: 'c_proj' },
  gptj: { qkv: SEPARATE, out: 'out_proj', up: 'fc_in', down: 'fc_out' },
  opt: OPT,
  bart: OPT,
  mbart: OPT,
  whisper: OPT,
  clip: OPT,
  siglip: OPT,
  phi: { ...OPT, out: 'dense' },
  phi3: { qkv: ['qkv_proj'], out: 'o_proj', up: 'gate_up_proj', fusedGate: true, down: 'down_proj' },
  phi3_v: { qkv: ['qkv_proj'], out: 'o_proj', up: 'gate_up_proj', fusedGate: true, down: 'down_proj' },
  phi3small: { qkv: ['query_key_value'], out: 'dense', up: 'up_proj', fusedGate: true, down: 'down_proj' },
  glm: { ...LLAMA, up: 'gate_up_proj', fusedGate: true },
  glm4: { ...LLAMA, up: 'gate_up_proj', fusedGate: true },
  mixtral: MIXTRAL,
  phimoe: MIXTRAL,
  minimax_m2: MIXTRAL,
  starcoder2: { qkv: SEPARATE, out: 'o_proj', up: 'c_fc', down: 'c_proj' },
  internlm2: { qkv: ['wqkv'], out: 'wo', gate: 'w1', up: 'w3', down: 'w2' },
  baichuan: { ...LLAMA, qkv: ['W_pack'] },
  qwen: { qkv: ['c_attn'], out: 'attn.c_proj', gate: 'w2', up: 'w1', down: 'mlp.c_proj' },
  exaone: { qkv: SEPARATE, out: 'out_proj', gate: 'c_fc_0', up: 'c_fc_1', down: 'c_proj' },
  mpt: { qkv: ['Wqkv'], out: 'out_proj', up: 'up_proj', down: 'down_proj' },
  dbrx: { qkv: ['Wqkv'], out: 'out_proj', gate: 'w1', up: 'v1', down: 'w2' },
  bert: BERT,
  roberta: BERT,
  'xlm-roberta': BERT,
  electra: BERT,
  vit: BERT,
  deit: BERT,
  dinov2: { qkv: BERT_QKV, out: 'attention.output.dense', up: 'fc1', down: 'fc2' },
  distilbert: { qkv: ['q_lin', 'k_lin', 'v_lin'], out: 'out_lin', up: 'lin1', down: 'lin2' },
  deberta_v2: { ...BERT, qkv: ['query_proj', 'key_proj', 'value_proj'] },
  albert: { qkv: BERT_QKV, out: 'attention.dense', up: 'ffn', down: 'ffn_output' },
  mpnet: { ...BERT, qkv: ['q', 'k', 'v'], out: 'attn.o' },
  modernbert: { qkv: ['Wqkv'], out: 'attn.Wo', up: 'Wi', fusedGate: true, down: 'mlp.Wo' },
};

/** The names of a family's linear layers; Llama's where the family uses those. */
export function linearNames(family: string): LinearNames {
  return BY_FAMILY[family] ?? LLAMA;
}
