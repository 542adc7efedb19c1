import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig } from '../read-config.ts';

const PPO = `pretrain: meta-llama/Llama-3.1-8B-Instruct
reward_pretrain: OpenRLHF/Llama-3-8b-rm-700k
micro_train_batch_size: 8
train_batch_size: 256
micro_rollout_batch_size: 16
rollout_batch_size: 128
n_samples_per_prompt: 8
prompt_max_len: 1024
generate_max_len: 1024
actor_learning_rate: 5e-7
advantage_estimator: reinforce_baseline
zero_stage: 3
bf16: true
gradient_checkpointing: true
actor_num_nodes: 1
actor_num_gpus_per_node: 8
ring_attn_size: 2
colocate_all_models: true
vllm_gpu_memory_utilization: 0.6
vllm_enable_sleep: true
`;

const read = (text: string) => readConfig({ 'ppo.yaml': text });

describe("OpenRLHF's arguments", () => {
  it('sample prompts × completions and update on a batch of completions', () => {
    expect(planTable(read(PPO))).toMatchSnapshot();
    expect(read(PPO).value('rollout.batch')).toBe(1024);
    expect(read(PPO).value('parallel.data')).toBe(4);
    expect(read(PPO).value('batch.gradientAccumulation')).toBe(8);
  });

  it('share GPUs with other models only where told to', () => {
    expect(read(PPO).residents.map(({ role }) => role)).toEqual(['reference', 'reward']);
    const awake = PPO.replace('vllm_enable_sleep: true\n', '').replace('reinforce_baseline', 'gae');
    expect(read(awake).residents.map(({ role }) => role)).toEqual(['reference', 'critic', 'reward', 'rollout-engine']);
    expect(read(PPO.replace('colocate_all_models: true\n', '')).residents).toEqual([]);
  });

  it('cap tokens where batches are dynamic', () => {
    const plan = read(`${PPO}use_dynamic_batch: true\ntrain_max_tokens_per_gpu: 24000\n`);
    expect(plan.value('batch.micro')).toBeUndefined();
    expect(plan.value('batch.microTokens')).toBe(24_000);
  });

  it('train without sampling too', () => {
    const plan = read(
      'pretrain: m\nmicro_train_batch_size: 2\ntrain_batch_size: 64\nmax_len: 4096\nlearning_rate: 5e-6\nmax_epochs: 2\n',
    );
    expect(plan.value('batch.global')).toBe(64);
    expect(plan.value('run.objective')).toBe('sft');
    expect(plan.value('schedule.epochs')).toBe(2);
    expect(plan.value('rollout.miniBatch')).toBeUndefined();
  });

  it('name an advantage estimator it knows', () => {
    expect(issueLines(read(PPO.replace('reinforce_baseline', 'grpo')))).toEqual([
      'not-allowed | advantage_estimator | refused | grpo | gae, reinforce, rloo, reinforce_baseline, group_norm, dr_grpo',
    ]);
  });
});
