import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countParameters, findModel, shapeFromHfConfig } from '../../server/src/facts/index.ts';

/** Dimensions of a decoder under the names most config.json files use. */
function decoder(
  model_type: string,
  [hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, num_key_value_heads, vocab_size]: readonly [
    number,
    number,
    number,
    number,
    number,
    number,
  ],
  rest: Readonly<Record<string, unknown>> = {},
) {
  const heads = { num_attention_heads, num_key_value_heads };
  return { model_type, hidden_size, intermediate_size, num_hidden_layers, ...heads, vocab_size, ...rest };
}

const cases: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['meta-llama/Llama-3.1-8B', decoder('llama', [4096, 14_336, 32, 32, 8, 128_256], { tie_word_embeddings: false })],
  [
    'meta-llama/Llama-3.2-1B',
    decoder('llama', [2048, 8192, 16, 32, 8, 128_256], { tie_word_embeddings: true, head_dim: 64 }),
  ],
  ['mistralai/Mistral-7B-v0.1', decoder('mistral', [4096, 14_336, 32, 32, 8, 32_000], { sliding_window: 4096 })],
  [
    'mistralai/Mixtral-8x7B-v0.1',
    decoder('mixtral', [4096, 14_336, 32, 32, 8, 32_000], { num_local_experts: 8, num_experts_per_tok: 2 }),
  ],
  ['Qwen/Qwen2.5-7B', decoder('qwen2', [3584, 18_944, 28, 28, 4, 152_064], { use_sliding_window: false })],
  [
    'Qwen/Qwen1.5-MoE-A2.7B',
    decoder('qwen2_moe', [2048, 5632, 24, 16, 16, 151_936], {
      num_experts: 60,
      num_experts_per_tok: 4,
      moe_intermediate_size: 1408,
      shared_expert_intermediate_size: 5632,
      decoder_sparse_step: 1,
    }),
  ],
  ['Qwen/Qwen3-0.6B', decoder('qwen3', [1024, 3072, 28, 16, 8, 151_936], { head_dim: 128, tie_word_embeddings: true })],
  [
    'Qwen/Qwen3-30B-A3B',
    decoder('qwen3_moe', [2048, 6144, 48, 32, 4, 151_936], {
      num_experts: 128,
      num_experts_per_tok: 8,
      moe_intermediate_size: 768,
      head_dim: 128,
    }),
  ],
  ['google/gemma-2b', decoder('gemma', [2048, 16_384, 18, 8, 1, 256_000], { head_dim: 256 })],
  ['google/gemma-2-2b', decoder('gemma2', [2304, 9216, 26, 8, 4, 256_000], { head_dim: 256 })],
  ['google/gemma-3-1b-pt', decoder('gemma3_text', [1152, 6912, 26, 4, 1, 262_144], { head_dim: 256 })],
  [
    'google/gemma-3-4b-pt',
    {
      model_type: 'gemma3',
      text_config: decoder('gemma3_text', [2560, 10_240, 34, 8, 4, 262_208], { head_dim: 256 }),
      vision_config: {
        hidden_size: 1152,
        intermediate_size: 4304,
        num_hidden_layers: 27,
        num_attention_heads: 16,
        patch_size: 14,
        image_size: 896,
      },
    },
  ],
  ['microsoft/phi-2', decoder('phi', [2560, 10_240, 32, 32, 32, 51_200])],
  ['microsoft/Phi-3-mini-4k-instruct', decoder('phi3', [3072, 8192, 32, 32, 32, 32_064])],
  ['openai-community/gpt2-medium', { model_type: 'gpt2', n_embd: 1024, n_layer: 24, n_head: 16, vocab_size: 50_257 }],
  ['EleutherAI/pythia-1b', decoder('gpt_neox', [2048, 8192, 16, 8, 8, 50_304], { tie_word_embeddings: false })],
  [
    'EleutherAI/gpt-j-6b',
    { model_type: 'gptj', n_embd: 4096, n_layer: 28, n_head: 16, vocab_size: 50_400, n_inner: null },
  ],
  [
    'tiiuae/falcon-7b',
    {
      model_type: 'falcon',
      hidden_size: 4544,
      num_hidden_layers: 32,
      num_attention_heads: 71,
      vocab_size: 65_024,
      multi_query: true,
      parallel_attn: true,
      new_decoder_architecture: false,
      bias: false,
      num_kv_heads: 71,
    },
  ],
  [
    'tiiuae/falcon-40b',
    {
      model_type: 'falcon',
      hidden_size: 8192,
      num_hidden_layers: 60,
      num_attention_heads: 128,
      vocab_size: 65_024,
      num_kv_heads: 8,
      new_decoder_architecture: true,
      bias: false,
    },
  ],
  ['bigscience/bloom-560m', { model_type: 'bloom', hidden_size: 1024, n_layer: 24, n_head: 16, vocab_size: 250_880 }],
  [
    'facebook/opt-350m',
    {
      model_type: 'opt',
      hidden_size: 1024,
      ffn_dim: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      vocab_size: 50_272,
      max_position_embeddings: 2048,
      word_embed_proj_dim: 512,
      do_layer_norm_before: false,
    },
  ],
  [
    'mosaicml/mpt-7b',
    { model_type: 'mpt', d_model: 4096, n_layers: 32, n_heads: 32, expansion_ratio: 4, vocab_size: 50_432 },
  ],
  ['allenai/OLMo-1B-hf', decoder('olmo', [2048, 8192, 16, 16, 16, 50_304], { tie_word_embeddings: true })],
  ['allenai/OLMo-2-1124-7B', decoder('olmo2', [4096, 11_008, 32, 32, 32, 100_352], { attention_bias: false })],
  [
    'allenai/OLMoE-1B-7B-0924',
    decoder('olmoe', [2048, 1024, 16, 16, 16, 50_304], { num_experts: 64, num_experts_per_tok: 8 }),
  ],
  [
    'deepseek-ai/DeepSeek-V3',
    decoder('deepseek_v3', [7168, 18_432, 61, 128, 128, 129_280], {
      n_routed_experts: 256,
      n_shared_experts: 1,
      num_experts_per_tok: 8,
      moe_intermediate_size: 2048,
      first_k_dense_replace: 3,
      q_lora_rank: 1536,
      kv_lora_rank: 512,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
    }),
  ],
  [
    'openai/gpt-oss-20b',
    decoder('gpt_oss', [2880, 2880, 24, 64, 8, 201_088], {
      head_dim: 64,
      num_local_experts: 32,
      num_experts_per_tok: 4,
      attention_bias: true,
      sliding_window: 128,
    }),
  ],
  [
    'google-bert/bert-base-uncased',
    {
      model_type: 'bert',
      hidden_size: 768,
      intermediate_size: 3072,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      vocab_size: 30_522,
      max_position_embeddings: 512,
      type_vocab_size: 2,
    },
  ],
  [
    'FacebookAI/roberta-base',
    {
      model_type: 'roberta',
      hidden_size: 768,
      intermediate_size: 3072,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      vocab_size: 50_265,
      max_position_embeddings: 514,
      type_vocab_size: 1,
    },
  ],
  [
    'distilbert/distilbert-base-uncased',
    { model_type: 'distilbert', dim: 768, hidden_dim: 3072, n_layers: 6, n_heads: 12, vocab_size: 30_522 },
  ],
  [
    'google-t5/t5-base',
    { model_type: 't5', d_model: 768, d_ff: 3072, d_kv: 64, num_layers: 12, num_heads: 12, vocab_size: 32_128 },
  ],
  [
    'google/mt5-small',
    {
      model_type: 'mt5',
      d_model: 512,
      d_ff: 1024,
      d_kv: 64,
      num_layers: 8,
      num_decoder_layers: 8,
      num_heads: 6,
      vocab_size: 250_112,
      feed_forward_proj: 'gated-gelu',
      tie_word_embeddings: false,
    },
  ],
  [
    'google/vit-base-patch16-224-in21k',
    {
      model_type: 'vit',
      architectures: ['ViTModel'],
      hidden_size: 768,
      intermediate_size: 3072,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      patch_size: 16,
      image_size: 224,
    },
  ],
];

describe('shapeFromHfConfig', () => {
  it.each(cases)("reads %s's config.json to the catalogue's counts", (name, config) => {
    const shape = shapeFromHfConfig(config);
    const counts = shape && countParameters(shape);
    expect(counts?.total).toBe(findModel(name)?.totalParameters);
    expect(counts?.active).toBe(findModel(name)?.activeParameters);
  });

  it('marks models whose vision tower it cannot count', () => {
    const text_config = decoder('llama', [4096, 11_008, 32, 32, 32, 32_000]);
    const shape = shapeFromHfConfig({ model_type: 'some_vlm', text_config, vision_config: { hidden_size: 1024 } });
    expect(shape?.extra['text_only']).toBe(true);
  });

  it('gives nothing for unknown architectures and incomplete files', () => {
    for (const config of [
      undefined,
      null,
      3,
      'llama',
      [],
      {},
      { model_type: 'my_net', hidden_size: 64 },
      { model_type: 'llama', hidden_size: 4096 },
      decoder('llama', [4096.5, 11_008, 32, 32, 32, 32_000]),
      { ...decoder('llama', [4096, 11_008, 32, 32, 32, 32_000]), num_hidden_layers: '32' },
    ]) {
      expect(shapeFromHfConfig(config)).toBeUndefined();
    }
  });

  it('survives any JSON', () => {
    const keys = fc.constantFrom(
      'hidden_size',
      'num_hidden_layers',
      'num_attention_heads',
      'vocab_size',
      'text_config',
    );
    const config = fc.record({ model_type: fc.constantFrom('llama', 'gpt2', 't5', 'deepseek_v3', 'vit') });
    fc.assert(
      fc.property(config, fc.dictionary(keys, fc.jsonValue()), (typed, rest) => {
        const shape = shapeFromHfConfig({ ...rest, ...typed });
        const total = shape === undefined ? 0 : (countParameters(shape)?.total ?? 0);
        expect(Number.isNaN(total)).toBe(false);
      }),
    );
  });
});
