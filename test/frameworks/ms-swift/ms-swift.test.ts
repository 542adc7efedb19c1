import { describe, expect, it } from 'vitest';
import { planTable, readConfig, recognisedAs } from '../read-config.ts';

const LORA = `model: Qwen/Qwen2.5-7B-Instruct
torch_dtype: bfloat16
tuner_type: lora
lora_rank: 16
target_modules: all-linear
dataset: [data/a.jsonl]
max_length: 4096
learning_rate: 1e-4
gradient_accumulation_steps: 8
num_train_epochs: 2
deepspeed: zero2
`;

const MEGATRON = `model: Qwen/Qwen3-30B-A3B
tuner_type: full
dataset: [data/a.jsonl]
split_dataset_ratio: 0
micro_batch_size: 1
global_batch_size: 32
tensor_model_parallel_size: 2
expert_model_parallel_size: 4
lr: 1e-5
min_lr: 1e-6
lr_warmup_fraction: 0.05
train_iters: 500
max_length: 8192
recompute_granularity: full
`;

const read = (text: string) => readConfig({ 'sft.yaml': text });

describe('an ms-swift file', () => {
  it('fine-tunes adapters under a DeepSpeed preset', () => {
    expect(planTable(read(LORA))).toMatchSnapshot();
  });

  it("takes Megatron's names", () => {
    expect(planTable(read(MEGATRON))).toMatchSnapshot();
  });

  it("has Megatron's states in RAM where all of them are offloaded", () => {
    const offloaded = `${MEGATRON}optimizer_cpu_offload: true\n`;
    expect(read(MEGATRON).value('sharding.offloadOptimizer')).toBe('none');
    expect(read(offloaded).value('sharding.offloadOptimizer')).toBe('cpu');
    expect(read(`${offloaded}optimizer_offload_fraction: 0.2\n`).value('sharding.offloadOptimizer')).toBeUndefined();
  });

  it('has the rate that its tuner decides', () => {
    const text = LORA.replace('learning_rate: 1e-4\n', '');
    expect(read(text).value('optimizer.peakLearningRate')).toBe(1e-4);
    expect(read(text.replace('tuner_type: lora', 'tuner_type: full')).value('optimizer.peakLearningRate')).toBe(1e-5);
  });

  it('keeps a reference only where all weights train', () => {
    expect(read(`${LORA}rlhf_type: dpo\n`).residents).toEqual([]);
    const full = read(`${LORA.replace('tuner_type: lora', 'tuner_type: full')}rlhf_type: dpo\n`);
    expect(full.residents).toMatchObject([{ role: 'reference', trainable: false }]);
    expect(full.value('batch.unit')).toBe('pairs');
  });

  it('samples rounds of whole global batches under Megatron', () => {
    const plan = read(`${MEGATRON}rlhf_type: grpo\nnum_generations: 8\nsteps_per_generation: 4\ntrain: {gpus: 4}\n`);
    expect(plan.value('rollout.batch')).toBe(128);
    expect(plan.value('rollout.promptsPerStep')).toBe(16);
    expect(plan.value('parallel.data')).toBe(2);
  });

  it('gives roles GPUs of their own unless a group shares them', () => {
    const apart = `${MEGATRON}rlhf_type: grpo\nuse_vllm: true\ntrain: {gpus: 4}\nrollout: {gpus: 4}\n`;
    expect(read(apart).value('rollout.colocated')).toBe(false);
    expect(read(`${apart}colocate_groups: [[train, rollout]]\n`).value('rollout.colocated')).toBe(true);
  });

  it("counts Megatron's steps from epochs where both are given, unless the data is streamed", () => {
    const both = read(`${MEGATRON}num_train_epochs: 2\n`);
    expect([both.value('schedule.epochs'), both.value('schedule.totalSteps')]).toEqual([2, undefined]);
    const streamed = read(`${MEGATRON}num_train_epochs: 2\nstreaming: true\n`);
    expect([streamed.value('schedule.epochs'), streamed.value('schedule.totalSteps')]).toEqual([undefined, 500]);
  });

  it('saves and evaluates where Megatron is told to', () => {
    const plan = read(`${MEGATRON}save_steps: 200\neval_steps: 100\n`);
    expect([plan.value('schedule.saveSteps'), plan.value('schedule.evalSteps')]).toEqual([200, 100]);
    expect(read(MEGATRON).value('schedule.saveSteps')).toBe(500);
    const epochs = read(`${MEGATRON}save_strategy: epoch\n`);
    expect([epochs.value('schedule.saveCadence'), epochs.value('schedule.saveSteps')]).toEqual(['epoch', undefined]);
    expect(read(`${MEGATRON}freeze_vit: true\n`).value('run.task')).toBe('vision-language');
  });

  it('is told from files that only sample', () => {
    expect(recognisedAs('a.yaml', 'model: m\ndataset: d\nsampler_engine: vllm\nmax_length: 2048\n')).not.toBe(
      'ms-swift',
    );
    expect(recognisedAs('a.yaml', LORA)).toBe('ms-swift');
  });

  it('bounds the prompt alone where completions are sampled', () => {
    const plan = read(`${MEGATRON}rlhf_type: grpo\nmax_completion_length: 1024\n`);
    expect(plan.value('rollout.promptLength')).toBe(8192);
    expect(plan.value('data.sequenceLength')).toBe(9216);
  });
});

describe('what a file for ms-swift says of the model', () => {
  it('has a head over labels, or none, where it classifies or embeds', () => {
    expect(read(`${LORA}task_type: seq_cls\nnum_labels: 3\n`).value('run.task')).toBe('classification');
    expect(read(`${LORA}task_type: embedding\n`).value('run.task')).toBe('contrastive');
    expect(read(`${LORA}task_type: causal_lm\n`).value('run.task')).toBe('causal-lm');
  });

  it('trains DoRA where LoRA is the tuner and use_dora is set, without a contradiction', () => {
    const config = read(`${LORA}use_dora: true\n`);
    expect(config.value('adapter.kind')).toBe('dora');
    expect(config.sourced('adapter.kind')?.overridden?.every(({ value }) => value === 'dora')).not.toBe(false);
  });

  it('evaluates nothing without a validation set', () => {
    const asked = `${LORA}eval_strategy: steps\n`;
    expect(read(asked).value('schedule.evalCadence')).toBe('no');
    expect(read(`${asked}split_dataset_ratio: 0.01\n`).value('schedule.evalCadence')).toBe('steps');
    expect(read(`${asked}val_dataset: [b.jsonl]\n`).value('schedule.evalCadence')).toBe('steps');
  });

  it('has stages of unlike length where the last is given its layers', () => {
    const text = `${MEGATRON}pipeline_model_parallel_size: 2\n`;
    expect(read(text).value('parallel.unevenStages')).toBeUndefined();
    expect(read(`${text}decoder_last_pipeline_num_layers: 13\n`).value('parallel.unevenStages')).toBe(true);
  });
});
