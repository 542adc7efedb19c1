import { describe, expect, it } from 'vitest';
import { analyze } from '../../server/src/engine/index.ts';

const NEOX_20B = `{
  "pipe-parallel-size": 4,
  "model-parallel-size": 2,
  "num-layers": 44,
  "hidden-size": 6144,
  "num-attention-heads": 64,
  "seq-length": 2048,
  "max-position-embeddings": 2048,
  "pos-emb": "rotary",
  "rotary-pct": 0.25,
  "no-weight-tying": true,
  "gpt-j-residual": true,
  "make_vocab_size_divisible_by": 128,
  "tokenizer-type": "HFTokenizer",
  "vocab-file": "20B_tokenizer.json",
  "train_micro_batch_size_per_gpu": 4,
  "train-iters": 1000
}
`;

const OLMO2_7B = `run_name: seven
model:
  d_model: 4096
  n_heads: 32
  n_layers: 32
  mlp_hidden_size: 22016
  weight_tying: false
  rope: true
  flash_attention: true
  attention_dropout: 0.0
  include_bias: false
  block_type: sequential
  layer_norm_type: rms
  layer_norm_with_affine: true
  bias_for_layer_norm: false
  attention_layer_norm: true
  attention_layer_norm_with_affine: true
  norm_after: true
  activation_type: swiglu
  residual_dropout: 0.0
  embedding_dropout: 0.0
  max_sequence_length: 4096
  vocab_size: 100278
  embedding_size: 100352
device_train_microbatch_size: 2
global_train_batch_size: 1024
max_duration: 1000
`;

const GPT2_SMALL = `data:
  tokenizer: gpt2
model:
  type: gpt2
  hidden_dim: 768
  num_heads: 12
  num_layers: 12
  seq_len: 1024
trainer:
  train_batch_size: 512
  num_train_steps: 1000
`;

const GPT_126M = `name: small
trainer:
  devices: 8
  num_nodes: 1
  precision: bf16
model:
  micro_batch_size: 4
  global_batch_size: 256
  tensor_model_parallel_size: 1
  pipeline_model_parallel_size: 1
  encoder_seq_length: 2048
  max_position_embeddings: 2048
  num_layers: 12
  hidden_size: 768
  ffn_hidden_size: 3072
  num_attention_heads: 12
  make_vocab_size_divisible_by: 128
  tokenizer: {library: megatron, type: GPT2BPETokenizer}
  optim: {name: fused_adam, lr: 6e-4, sched: {name: CosineAnnealing}}
exp_manager: {exp_dir: null}
`;

/** Models that are given by their dimensions alone, and how many parameters they were published with. */
describe('a model of stated dimensions', () => {
  it.each([
    ['GPT-NeoX-20B (Black et al. 2022)', 'neox.yml', NEOX_20B, 20_554_567_680],
    ['OLMo 2 7B (allenai/OLMo-2-1124-7B)', 'olmo.yaml', OLMO2_7B, 7_298_617_344],
    ['GPT-2 (openai-community/gpt2)', 'levanter.yaml', GPT2_SMALL, 124_439_808],
    // 124,439,808 of GPT-2, a thousand more positions and 47 rows of padding.
    ['GPT-3 126M of NeMo', 'nemo.yaml', GPT_126M, 124_439_808 + (1024 + 47) * 768],
  ])('has as many parameters as %s', (_what, file, text, count) => {
    const analysis = analyze({
      file: `/w/${file}`,
      text,
      files: { roots: ['/w'], read: () => ({ kind: 'missing' }) },
      settings: {},
    });
    expect(analysis.plans[0]?.plan.values['model.parameterCount']?.value).toBe(count);
  });
});
