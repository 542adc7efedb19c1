import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const GRPO = `data:
  train_batch_size: 512
  max_prompt_length: 1024
  max_response_length: 3072
actor_rollout_ref:
  model:
    path: Qwen/Qwen2.5-7B-Instruct
  actor:
    ppo_mini_batch_size: 256
    ppo_micro_batch_size_per_gpu: 8
    use_kl_loss: true
    optim:
      lr: 1e-6
      betas: [0.9, 0.95]
  rollout:
    name: vllm
    n: 5
    gpu_memory_utilization: 0.6
algorithm:
  adv_estimator: grpo
trainer:
  nnodes: 1
  n_gpus_per_node: 8
  total_epochs: 2
`;

const SFT = `data:
  train_batch_size: 256
  micro_batch_size_per_gpu: 4
  max_length: 4096
model:
  partial_pretrain: Qwen/Qwen2.5-0.5B-Instruct
  fsdp_config:
    model_dtype: bf16
optim:
  lr: 2e-5
trainer:
  nnodes: 1
  n_gpus_per_node: 4
  total_epochs: 3
ulysses_sequence_parallel_size: 2
`;

const read = (text: string, more: Record<string, string> = {}) => readConfig({ 'run.yaml': text, ...more });

describe('a verl run', () => {
  it('counts prompts a round and completions an update', () => {
    expect(planTable(read(GRPO))).toMatchSnapshot();
  });

  it('trains supervised with a batch of sequences over sequence-parallel pairs', () => {
    expect(planTable(read(SFT))).toMatchSnapshot();
    expect(read(SFT).value('parallel.data')).toBe(2);
  });

  it('keeps the reference and the sleeping engine off the GPU while it updates', () => {
    expect(read(GRPO).residents).toMatchObject([
      { role: 'reference', trainable: false, offload: { value: 'cpu' } },
      { role: 'rollout-engine', memoryShare: { value: 0.6 }, offload: { value: 'cpu' } },
    ]);
    expect(read(GRPO.replace('grpo', 'gae')).residents.map(({ role }) => role)).toContain('critic');
    const awake = GRPO.replace('name: vllm', 'name: vllm\n    free_cache_engine: false');
    expect(read(awake).residents[1]?.offload).toBeUndefined();
  });

  it('splits 256 prompts of 5 completions over 8 GPUs into 20 micro batches of 8', () => {
    const plan = read(GRPO);
    expect(plan.value('rollout.miniBatch')).toBe(1280);
    expect(plan.value('batch.gradientAccumulation')).toBe(20);
    expect(plan.value('rollout.batch')).toBe(2560);
  });

  it('has a cap on tokens instead of a micro batch where batches are dynamic', () => {
    const plan = read(
      GRPO.replace('use_kl_loss: true', 'use_dynamic_bsz: true\n    ulysses_sequence_parallel_size: 2'),
    );
    expect(plan.value('batch.micro')).toBeUndefined();
    expect(plan.value('batch.microTokens')).toBe(32_768);
    expect(plan.value('parallel.data')).toBe(4);
  });

  it('reads the older micro batch of all ranks', () => {
    const plan = read(GRPO.replace('ppo_micro_batch_size_per_gpu: 8', 'ppo_micro_batch_size: 32'));
    expect(plan.value('batch.micro')).toBe(4);
    expect(issueLines(plan)).toEqual([
      'deprecated-key | actor_rollout_ref.actor.ppo_micro_batch_size | accepted | ppo_micro_batch_size_per_gpu',
    ]);
  });

  it('is refused with both of its micro batches', () => {
    const both = GRPO.replace('use_kl_loss: true', 'ppo_micro_batch_size: 32');
    expect(issueLines(read(both))).toEqual([
      'deprecated-key | actor_rollout_ref.actor.ppo_micro_batch_size | refused | ppo_micro_batch_size_per_gpu',
    ]);
    expect(issueLines(read(GRPO.replace('use_kl_loss: true', 'ppo_micro_batch_size: null')))).toEqual([]);
  });

  it('follows the degrees of Megatron', () => {
    const text = GRPO.replace(
      '  actor:',
      '  actor:\n    strategy: megatron\n    megatron: {tensor_model_parallel_size: 4}',
    );
    const plan = read(text);
    expect(plan.value('sharding.engine')).toBe('megatron');
    expect(plan.value('parallel.data')).toBe(2);
    expect(plan.value('precision.master')).toBe('fp32');
    expect(plan.value('parallel.ulysses')).toBe(1);
  });

  it('assumes no defaults where its parents are not there, and reads them where they are', () => {
    const text = `defaults:\n  - base\n  - _self_\n${GRPO.replace(/ {2}nnodes.*\n/, '')}`;
    expect(read(text).value('parallel.nodes')).toBeUndefined();
    const parent = { 'base.yaml': 'trainer:\n  nnodes: 4\nactor_rollout_ref:\n  actor:\n    grad_clip: 0.5\n' };
    expect(read(text, parent).value('parallel.world')).toBe(32);
    expect(read(text, parent).value('optimizer.maxGradNorm')).toBe(0.5);
  });

  it('knows neither prompts a round nor epochs where generation runs by itself', () => {
    const apart = `async_training: {staleness_threshold: 0.1}\nrollout: {nnodes: 1, n: 4, total_rollout_steps: 100}\n${GRPO}`;
    expect(read(apart).value('rollout.generations')).toBe(5);
    expect(read(apart).value('rollout.promptsPerStep')).toBeUndefined();
    expect(read(apart).value('schedule.epochs')).toBeUndefined();
    expect(read(apart).value('rollout.miniBatch')).toBe(1280);
  });

  it('writes a mini-batch in prompts', () => {
    expect(rewritten({ 'run.yaml': GRPO }, setField('rollout.miniBatch', 640))?.['run.yaml']).toContain(
      'ppo_mini_batch_size: 128',
    );
    expect(rewritten({ 'run.yaml': GRPO }, setField('rollout.miniBatch', 641))).toBeUndefined();
  });

  it("is told from other frameworks' files", () => {
    expect(recognisedAs('a.yaml', GRPO)).toBe('verl');
    expect(recognisedAs('a.yaml', SFT)).toBe('verl');
    expect(recognisedAs('a.yaml', 'data: {train_batch_size: 8}\noptim: {lr: 1}\n')).not.toBe('verl');
  });
});
