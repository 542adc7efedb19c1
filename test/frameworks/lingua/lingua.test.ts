import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig } from '../read-config.ts';

const RUN = `name: small
steps: 60_000
grad_acc_steps: 2
optim:
  lr: 3e-3
  warmup: 5000
  lr_min_ratio: 0.000001
distributed:
  fsdp_type: full_shard
  model_dtype: bf16
  compile: true
model:
  dim: 2048
  n_layers: 25
  n_heads: 16
  vocab_size: 32000
data:
  batch_size: 4
  seq_len: 4096
  n_views: 2
`;

describe('a Meta Lingua config', () => {
  it('is a pretraining plan with the shape of its transformer', () => {
    expect(planTable(readConfig({ 'run.yaml': RUN }))).toMatchSnapshot();
  });

  it('scales and rounds the feed-forward width', () => {
    const read = readConfig({ 'a.yaml': RUN.replace('n_heads: 16', 'n_heads: 16\n  ffn_dim_multiplier: 1.5') });
    expect(read.value('model.intermediateSize')).toBe(8192);
  });

  it("takes another architecture's width and blocks for no Llama", () => {
    const mamba = readConfig({ 'a.yaml': RUN.replace('n_heads: 16', 'n_heads: 16\n  state_dim: 128') });
    expect(mamba.value('model.family')).toBeUndefined();
    expect([mamba.value('model.hiddenSize'), mamba.value('model.layers')]).toEqual([2048, 25]);
    expect([mamba.value('model.heads'), mamba.value('model.intermediateSize')]).toEqual([undefined, undefined]);
    expect(mamba.value('batch.micro')).toBe(4);
  });

  it('tells of slips of the keyboard', () => {
    expect(issueLines(readConfig({ 'a.yaml': RUN.replace('warmup', 'warmpu') }))).toEqual([
      'unknown-key | optim.warmpu | refused | warmup',
    ]);
  });
});
