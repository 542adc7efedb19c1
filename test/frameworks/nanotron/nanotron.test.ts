import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig } from '../read-config.ts';

const TRAIN = `checkpoints:
  checkpoint_interval: 1000
  checkpoints_path: out
  resume_checkpoint_path: null
general:
  project: small
  seed: 42
model:
  dtype: bfloat16
  init_method:
    std: 0.025
  make_vocab_size_divisible_by: 1
  model_config:
    hidden_size: 2048
    intermediate_size: 8192
    is_llama_config: true
    max_position_embeddings: 4096
    num_attention_heads: 32
    num_hidden_layers: 16
    num_key_value_heads: 8
    tie_word_embeddings: true
    vocab_size: 49153
optimizer:
  accumulate_grad_in_fp32: true
  clip_grad: 1.0
  learning_rate_scheduler:
    learning_rate: 0.0003
    lr_decay_style: cosine
    lr_warmup_steps: 200
    min_decay_lr: 1.0e-05
  optimizer_factory:
    adam_beta1: 0.9
    adam_beta2: 0.95
    adam_eps: 1.0e-08
    name: adamW
    torch_adam_is_fused: true
  weight_decay: 0.01
  zero_stage: 1
parallelism:
  dp: 4
  pp: 1
  tp: 2
  pp_engine: 1f1b
  tp_mode: REDUCE_SCATTER
tokens:
  batch_accumulation_per_replica: 8
  micro_batch_size: 2
  sequence_length: 4096
  train_steps: 2000
`;

describe('a nanotron config', () => {
  it('is a plan with the defaults of its dataclasses', () => {
    expect(planTable(readConfig({ 'a.yaml': TRAIN }))).toMatchSnapshot();
  });

  it('has its world and its global batch from its own degrees', () => {
    const read = readConfig({ 'a.yaml': TRAIN });
    expect(read.value('parallel.world')).toBe(8);
    expect(read.value('batch.global')).toBe(64);
  });

  it('pads the vocabulary so that tensor-parallel ranks share it evenly', () => {
    expect(readConfig({ 'a.yaml': TRAIN }).value('model.vocabSize')).toBe(49_154);
  });

  it('says nothing of a fresh start where a checkpoint is resumed', () => {
    const resumed = TRAIN.replace('resume_checkpoint_path: null', 'resume_checkpoint_path: base/1000');
    expect(readConfig({ 'a.yaml': resumed }).value('run.fromScratch')).toBeUndefined();
    const started = TRAIN.replace('std: 0.025', 'path: base/1000');
    expect(readConfig({ 'a.yaml': started }).value('run.fromScratch')).toBe(false);
  });

  it('keeps 16-bit gradients and no master weights without fp32 accumulation', () => {
    const plain = readConfig({
      'a.yaml': TRAIN.replace('accumulate_grad_in_fp32: true', 'accumulate_grad_in_fp32: false'),
    });
    expect(plain.value('precision.gradients')).toBe('bf16');
    expect(plain.value('precision.master')).toBe('none');
  });

  it('tells of a number that arrives as text, a doubled key and an unknown one', () => {
    expect(issueLines(readConfig({ 'a.yaml': TRAIN.replace('0.0003', '3e-4') }))[0]).toMatch(/^number-read-as-text/);
    const doubled = TRAIN.replace(
      '    vocab_size',
      '    moe_config: null\n    moe_config: {num_experts: 8}\n    vocab_size',
    );
    expect(issueLines(readConfig({ 'a.yaml': doubled }))[0]).toMatch(/^duplicate-key \| model.model_config.moe_config/);
    const odd = TRAIN.replace('  micro_batch_size', '  micro_batchsize');
    expect(issueLines(readConfig({ 'a.yaml': odd }))).toEqual([
      'unknown-key | tokens.micro_batchsize | refused | micro_batch_size',
    ]);
  });
});
