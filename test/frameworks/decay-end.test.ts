import { describe, expect, it } from 'vitest';
import { setField } from '../../server/src/plan/index.ts';
import { readConfig, rewritten } from './read-config.ts';

const OLMO = `run_name: small
model:
  d_model: 256
  n_layers: 4
  max_sequence_length: 512
device_train_microbatch_size: 4
global_train_batch_size: 8
max_duration: 1000
scheduler:
  name: cosine_with_warmup
  t_warmup: 100
  t_max: 1000
`;

const OLMO_TOKENS = OLMO.replace('t_warmup: 100', `units: tokens\n  t_warmup: ${100 * 4096}`).replace(
  't_max: 1000',
  `t_max: ${1000 * 4096}`,
);

const MAXTEXT = `base_config: "base.yml"
run_name: small
per_device_batch_size: 2
base_emb_dim: 512
steps: 2000
learning_rate_schedule_steps: 2000
warmup_steps_fraction: 0.05
max_target_length: 1024
`;

const NEOX = `{
  "num_layers": 12,
  "hidden_size": 768,
  "num_attention_heads": 12,
  "seq_length": 2048,
  "max_position_embeddings": 2048,
  "pipe_parallel_size": 1,
  "model_parallel_size": 1,
  "train_micro_batch_size_per_gpu": 4,
  "train_iters": 2000,
  "lr_decay_iters": 2000,
  "lr_decay_style": "cosine",
  "warmup": 0.1
}
`;

const FOUNDRY = `max_seq_len: 2048
model:
  name: mpt_causal_lm
  d_model: 768
  n_heads: 12
  n_layers: 12
scheduler:
  name: cosine_with_warmup
  t_warmup: 0.1dur
  t_max: 1000ba
optimizer:
  name: decoupled_adamw
  lr: 6.0e-4
max_duration: 1000ba
eval_interval: 500ba
global_train_batch_size: 256
device_train_microbatch_size: 16
`;

const MEGATRON = `MODEL_ARGS:
  --num-layers: 12
  --hidden-size: 512
  --num-attention-heads: 8
  --micro-batch-size: 4
  --global-batch-size: 32
  --seq-length: 1024
  --max-position-embeddings: 1024
  --train-iters: 1000
  --lr-decay-iters: 1000
  --lr-decay-style: cosine
  --lr-warmup-iters: 200
`;

describe('a decay that ends at a step', () => {
  it.each([
    ['OLMo', 'olmo.yaml', OLMO, 900],
    ['OLMo counting tokens', 'olmo.yaml', OLMO_TOKENS, 900],
    ['MaxText', 'maxtext.yml', MAXTEXT, 1900],
    ['GPT-NeoX', 'neox.yml', NEOX, 1800],
    ['llm-foundry', 'foundry.yaml', FOUNDRY, 900],
    ['Megatron-LM', 'model_config.yaml', MEGATRON, 800],
  ])('takes what warmup leaves of it: %s', (_what, file, text, steps) => {
    const files = { [file]: text };
    expect(readConfig(files).value('schedule.decaySteps')).toBe(steps);
    const edited = rewritten(files, setField('schedule.decaySteps', steps / 2));
    expect(edited?.[file]).toBeDefined();
    expect(readConfig({ [file]: edited?.[file] ?? '' }).value('schedule.decaySteps')).toBe(steps / 2);
  });

  it('is unknown where warmup outlasts it', () => {
    const text = OLMO.replace('t_warmup: 100', 't_warmup: 1000');
    expect(readConfig({ 'olmo.yaml': text }).value('schedule.decaySteps')).toBeUndefined();
  });
});
