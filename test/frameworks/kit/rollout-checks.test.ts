import { describe, expect, it } from 'vitest';
import { cutTexts, type Files, issueLines, readConfig } from '../read-config.ts';

/** Lines of a nested config, from dotted keys and their values. */
function yamlOf(values: Readonly<Record<string, string | number | boolean | null>>): string {
  const root: Record<string, unknown> = {};
  for (const [dotted, value] of Object.entries(values)) {
    const steps = dotted.split('.');
    let at = root;
    for (const step of steps.slice(0, -1)) {
      at[step] ??= {};
      // What stands there was put there as a section, one line above.
      at = at[step] as Record<string, unknown>;
    }
    at[steps.at(-1) ?? ''] = value;
  }
  return JSON.stringify(root);
}

function told(files: Files): readonly string[] {
  const read = readConfig(files);
  expect(cutTexts(read)).toEqual([]);
  return issueLines(read).filter((line) => /^(needs-other-key|not-allowed)/.test(line));
}

describe('what NeMo-RL refuses', () => {
  const BASE = {
    'policy.model_name': 'Qwen/Qwen2.5-1.5B',
    'policy.train_global_batch_size': 512,
    'policy.train_micro_batch_size': 4,
    'policy.max_total_sequence_length': 512,
    'policy.dtensor_cfg.enabled': true,
    'policy.dtensor_cfg._v2': true,
    'policy.generation.backend': 'vllm',
    'loss_fn.use_importance_sampling_correction': false,
    'cluster.gpus_per_node': 8,
    'cluster.num_nodes': 1,
  };
  const GRPO = { ...BASE, 'grpo.num_prompts_per_step': 32, 'grpo.num_generations_per_prompt': 16 };
  const run = (values: Readonly<Record<string, string | number | boolean | null>>) =>
    told({ 'grpo.yaml': yamlOf({ ...GRPO, ...values }) });

  it.each([
    [{ 'policy.megatron_cfg.enabled': true }, 'policy.megatron_cfg.enabled'],
    [
      { 'policy.dynamic_batching.enabled': true, 'policy.sequence_packing.enabled': true },
      'policy.dynamic_batching.enabled',
    ],
    [
      { 'policy.dtensor_cfg.context_parallel_size': 2, 'policy.sequence_packing.enabled': true },
      'policy.dtensor_cfg.context_parallel_size',
    ],
    [
      { 'policy.dtensor_cfg._v2': false, 'policy.dtensor_cfg.lora_cfg.enabled': true },
      'policy.dtensor_cfg.lora_cfg.enabled',
    ],
    [{ 'grpo.batch_multiplier': 2, 'grpo.use_dynamic_sampling': false }, 'grpo.batch_multiplier'],
    [{ 'loss_fn.force_on_policy_ratio': true, 'policy.train_global_batch_size': 256 }, 'loss_fn.force_on_policy_ratio'],
    [
      { 'grpo.skip_reference_policy_logprobs_calculation': true, 'loss_fn.reference_policy_kl_penalty': 0.01 },
      'grpo.skip_reference_policy_logprobs_calculation',
    ],
    [{ 'grpo.async_grpo.enabled': true }, 'grpo.async_grpo.enabled'],
    [{ 'policy.generation.vllm_cfg.precision': 'fp8' }, 'policy.generation.vllm_cfg.precision'],
    [{ 'policy.generation.vllm_cfg.kv_cache_dtype': 'fp8' }, 'policy.generation.vllm_cfg.kv_cache_dtype'],
  ])('is told: %j', (values, key) => {
    expect(run(values).join('\n')).toMatch(new RegExp(`\\| ${key.replaceAll('.', '\\.')} \\| refused`));
  });

  it('is packing under DPO, and context parallel under Megatron without it', () => {
    const dpo = yamlOf({ ...BASE, 'dpo.max_num_epochs': 1, 'policy.sequence_packing.enabled': true });
    expect(told({ 'dpo.yaml': dpo }).join()).toContain('policy.sequence_packing.enabled | refused');
    const megatron = {
      'policy.dtensor_cfg.enabled': false,
      'policy.megatron_cfg.enabled': true,
      'policy.megatron_cfg.context_parallel_size': 2,
      'policy.sequence_packing.enabled': false,
    };
    expect(run(megatron).join()).toContain('policy.megatron_cfg.context_parallel_size | refused');
    expect(run({ ...megatron, 'policy.sequence_packing.enabled': true })).toEqual([]);
  });

  it('is nothing of what goes together', () => {
    expect(run({ 'policy.sequence_packing.enabled': true })).toEqual([]);
    expect(run({ 'loss_fn.force_on_policy_ratio': true, 'grpo.batch_multiplier': 1 })).toEqual([]);
  });

  it('is not the batch of log-probabilities, which an environment variable lets pass', () => {
    const wide = { 'policy.dtensor_cfg.tensor_parallel_size': 4, 'policy.logprob_batch_size': 8 };
    expect(run(wide).join()).toContain('policy.logprob_batch_size | accepted');
    expect(run({ ...wide, 'policy.logprob_batch_size': 4 })).toEqual([]);
  });
});

describe('what ROLL refuses', () => {
  const BASE = {
    exp_name: 'agentic',
    pretrain: 'Qwen/Qwen2.5-0.5B-Instruct',
    rollout_batch_size: 128,
    val_batch_size: 128,
    sequence_length: 8192,
    'actor_train.strategy_args.strategy_name': 'megatron_train',
    'actor_train.training_args.learning_rate': 0.000001,
    'train_env_manager.num_env_groups': 16,
    'train_env_manager.group_size': 8,
    'train_env_manager.max_traj_per_env': 1,
    'val_env_manager.num_env_groups': 128,
    'val_env_manager.group_size': 1,
  };
  const run = (values: Readonly<Record<string, string | number | boolean | null>>) =>
    told({ 'agentic.yaml': yamlOf({ ...BASE, ...values }) });

  it.each([
    [{ rollout_batch_size: 100 }, 'rollout_batch_size'],
    [{ rollout_batch_size: 256 }, 'train_env_manager.max_traj_per_env'],
    [{ val_batch_size: 64 }, 'val_batch_size'],
    [{ async_generation_ratio: 1, generate_opt_level: 0 }, 'async_generation_ratio'],
    [{ val_prompt_length: 1024 }, 'val_prompt_length'],
    [{ profiler_timeline: true, profiler_memory: true }, 'profiler_timeline'],
    [{ is_pure_opd: true, use_opd: true }, 'is_pure_opd'],
    [{ 'actor_train.router_replay.mode': 'R2' }, 'actor_train.router_replay.mode'],
  ])('is told: %j', (values, key) => {
    expect(run(values).map((line) => line.split(' | ')[1])).toEqual([key]);
  });

  it('is nothing of whole groups', () => {
    expect(run({})).toEqual([]);
    expect(run({ rollout_batch_size: 256, async_generation_ratio: 1 })).toEqual([]);
    expect(run({ rollout_batch_size: -1, val_batch_size: -1 })).toEqual([]);
  });
});

describe('what verl refuses', () => {
  const BASE = {
    'data.train_batch_size': 256,
    'actor_rollout_ref.model.path': 'Qwen/Qwen2.5-7B-Instruct',
    'actor_rollout_ref.actor.ppo_mini_batch_size': 64,
    'actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu': 4,
    'actor_rollout_ref.rollout.name': 'vllm',
    'actor_rollout_ref.rollout.n': 8,
    'trainer.n_gpus_per_node': 8,
    'trainer.nnodes': 1,
  };
  const run = (values: Readonly<Record<string, string | number | boolean | null>>) =>
    told({ 'ppo.yaml': yamlOf({ ...BASE, ...values }) });

  it.each([
    [
      { 'actor_rollout_ref.rollout.val_kwargs.do_sample': true, 'actor_rollout_ref.rollout.temperature': 0 },
      'actor_rollout_ref.rollout.val_kwargs.do_sample | refused',
    ],
    [
      {
        'actor_rollout_ref.actor.ulysses_sequence_parallel_size': 2,
        'actor_rollout_ref.model.use_remove_padding': false,
      },
      'actor_rollout_ref.actor.ulysses_sequence_parallel_size | refused',
    ],
    [
      {
        'actor_rollout_ref.rollout.expert_parallel_size': 8,
        'actor_rollout_ref.rollout.tensor_model_parallel_size': 4,
      },
      'actor_rollout_ref.rollout.expert_parallel_size | refused',
    ],
    [
      { 'actor_rollout_ref.rollout.pipeline_model_parallel_size': 2 },
      'actor_rollout_ref.rollout.pipeline_model_parallel_size | refused',
    ],
    [
      { 'algorithm.use_kl_in_reward': true, 'actor_rollout_ref.actor.use_kl_loss': true },
      'algorithm.use_kl_in_reward | accepted',
    ],
    [{ 'actor_rollout_ref.rollout.mode': 'sync' }, 'actor_rollout_ref.rollout.mode | accepted'],
  ])('is told: %j', (values, line) => {
    expect(run(values).join('\n')).toContain(line);
  });

  it('is nothing of a usual run', () => {
    expect(run({ 'algorithm.use_kl_in_reward': false, 'actor_rollout_ref.actor.use_kl_loss': true })).toEqual([]);
  });

  it('is a batch said twice, unless batches are counted in tokens', () => {
    const twice = { ...BASE, 'actor_rollout_ref.actor.ppo_micro_batch_size': 32 };
    const effects = (values: Readonly<Record<string, string | number | boolean | null>>) =>
      issueLines(readConfig({ 'ppo.yaml': yamlOf(values) })).map((line) => line.split(' | ')[2]);
    expect(effects(twice)).toEqual(['refused']);
    expect(effects({ ...twice, 'actor_rollout_ref.actor.use_dynamic_bsz': true })).toEqual(['accepted']);
  });
});
