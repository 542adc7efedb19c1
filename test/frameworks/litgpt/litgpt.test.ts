import { describe, expect, it } from 'vitest';
import { enrichPlan } from '../../../server/src/facts/index.ts';
import { completePlan, type TrainingPlan } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig } from '../read-config.ts';

const LORA = `checkpoint_dir: checkpoints/meta-llama/Llama-3.2-1B
out_dir: out/lora
precision: bf16-true
quantize:
devices: 1
lora_r: 16
lora_query: true
lora_value: false
lora_mlp: true
data:
  class_path: litgpt.data.Alpaca2k
train:
  global_batch_size: 10
  micro_batch_size: 4
  lr_warmup_steps: 10
  epochs: 2
  max_seq_length: 512
optimizer:
  class_path: torch.optim.AdamW
  init_args:
    lr: 2e-4
`;

const PRETRAIN = `model_name: pythia-14m
precision: bf16-mixed
data: TinyStories
devices: auto
train:
  global_batch_size: 128
  micro_batch_size: 4
  lr_warmup_steps: 100
  max_tokens: 100000000
  min_lr: 6e-5
optimizer:
  class_path: torch.optim.AdamW
  init_args:
    lr: 6e-4
`;

describe('a LitGPT config', () => {
  it('is a fine-tuning plan with the defaults of its command', () => {
    expect(planTable(readConfig({ 'lora.yaml': LORA }))).toMatchSnapshot();
  });

  it('is a pretraining plan by its model name', () => {
    expect(planTable(readConfig({ 'pretrain.yaml': PRETRAIN }))).toMatchSnapshot();
  });

  it('rounds accumulation down twice, as the framework does', () => {
    expect(readConfig({ 'a.yaml': LORA }).value('batch.gradientAccumulation')).toBe(2);
    const four = LORA.replace('devices: 1', 'devices: 4').replace('global_batch_size: 10', 'global_batch_size: 70');
    expect(readConfig({ 'a.yaml': four }).value('batch.gradientAccumulation')).toBe(4);
    expect(readConfig({ 'a.yaml': PRETRAIN }).value('batch.gradientAccumulation')).toBeUndefined();
  });

  it('keeps the head apart from the embedding unless pretraining ties them', () => {
    expect(readConfig({ 'a.yaml': LORA }).value('model.tiedEmbeddings')).toBe(false);
    expect(readConfig({ 'a.yaml': PRETRAIN }).value('model.tiedEmbeddings')).toBe(false);
    const tied = PRETRAIN.replace('train:\n', 'train:\n  tie_embeddings: true\n');
    expect(readConfig({ 'a.yaml': tied }).value('model.tiedEmbeddings')).toBe(true);
    const null_ = PRETRAIN.replace('train:\n', 'train:\n  tie_embeddings:\n');
    expect(readConfig({ 'a.yaml': null_ }).value('model.tiedEmbeddings')).toBe(false);
  });

  it('pretrains at the block size of its own model table', () => {
    const plan = completed({ 'a.yaml': PRETRAIN });
    expect(plan.values['model.maxPositions']?.value).toBe(512);
    expect(plan.values['data.sequenceLength']?.value).toBe(512);
    expect(plan.values['batch.tokensPerStep']?.value).toBe(128 * 512);
    const larger = PRETRAIN.replace('pythia-14m', 'pythia-160m');
    const other = completed({ 'a.yaml': larger });
    expect(other.values['data.sequenceLength']?.value).toBe(2048);
    const tuned = completed({ 'a.yaml': LORA.replace(/ +max_seq.*\n/, '') });
    expect(tuned.values['data.sequenceLength']).toBeUndefined();
  });

  it('shards and checkpoints where there are several GPUs', () => {
    const many = readConfig({ 'a.yaml': LORA.replace('devices: 1', 'devices: 4') });
    expect(many.value('parallel.world')).toBe(4);
    expect(many.value('sharding.engine')).toBe('fsdp1');
    expect(many.value('activations.checkpointing')).toBe('full');
    expect(readConfig({ 'a.yaml': PRETRAIN }).value('sharding.engine')).toBeUndefined();
  });

  it('pages the optimizer of a quantised base', () => {
    const quantised = readConfig({ 'a.yaml': LORA.replace('quantize:', 'quantize: bnb.nf4-dq') });
    expect(quantised.value('optimizer.name')).toBe('paged_adamw_32bit');
    expect(quantised.value('adapter.quantization')).toBe('nf4');
    expect(quantised.value('adapter.doubleQuantization')).toBe(true);
  });

  it('tells of what its commands refuse', () => {
    const lines = (text: string) => issueLines(readConfig({ 'a.yaml': text }));
    const quantised = LORA.replace('quantize:', 'quantize: bnb.nf4');
    expect(lines(quantised.replace('bf16-true', 'bf16-mixed'))).toEqual([
      'not-allowed | precision | refused | bf16-mixed | bf16-true, 16-true or 32-true',
    ]);
    expect(lines(quantised.replace('devices: 1', 'devices: 2'))).toEqual([
      'not-allowed | devices | refused | 2 | 1 device with quantize',
    ]);
    expect(lines(quantised.replace('torch.optim.AdamW', 'torch.optim.SGD'))).toEqual([
      'not-allowed | optimizer.class_path | refused | torch.optim.SGD | AdamW with quantize',
    ]);
    expect(lines(LORA.replace('epochs: 2', 'epochs: 2\n  max_norm: 1.0'))).toEqual([
      'not-allowed | train.max_norm | refused | 1 | nothing in fine-tuning',
    ]);
    expect(lines(LORA.replace('micro_batch_size', 'micro_batch_sise'))).toEqual([
      'unknown-key | train.micro_batch_sise | refused | micro_batch_size',
    ]);
    expect(lines(PRETRAIN)).toEqual([]);
  });
});

/** The plan with the catalogue's facts and what follows from them. */
function completed(files: Parameters<typeof readConfig>[0]): TrainingPlan {
  const plan = readConfig(files).reading.plans[0]?.plan;
  if (plan === undefined) throw new Error('no plan');
  return completePlan(enrichPlan(plan));
}
