import type { Checkpointing, WeightQuantization } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { ATTENTION_NAMES } from '../hf-trainer/hf-trainer-keys.ts';
import { byDefault, key, oneOf, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';

export const PPO_CLI = 'OpenRLHF: openrlhf/cli/train_ppo_ray.py';
export const SFT_CLI = 'OpenRLHF: openrlhf/cli/train_sft.py';

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };

/** Arguments of the reinforcement-learning script; the others are for supervised and preference training. */
export const isRl = (around: Around): boolean =>
  ['rollout_batch_size', 'micro_rollout_batch_size', 'actor_learning_rate', 'n_samples_per_prompt', 'prompt_data'].some(
    (name) => around.has(name),
  );

const batchesByTokens = (around: Around): boolean => around.get('use_dynamic_batch') === true;
const usesLora = (around: Around): boolean => positive(around.get('lora_rank') ?? null) !== undefined;

function rl<T>(value: T, when: (around: Around) => boolean = isRl) {
  return { when, default: byDefault(value, PPO_CLI) };
}

/** A default both scripts share, or one for each. */
function both<T>(forRl: T, forSft: T) {
  return { default: byDefault((around: Around) => (isRl(around) ? forRl : forSft), PPO_CLI) };
}

export const OPENRLHF_KEYS: KeyTable = {
  micro_train_batch_size: key('batch.micro', {
    ...WHOLE,
    ...both(4, 8),
    when: (around) => !batchesByTokens(around),
  }),
  train_max_tokens_per_gpu: key('batch.microTokens', { ...WHOLE, ...rl(16_192, batchesByTokens) }),
  train_batch_size: [
    key('batch.global', { ...WHOLE, ...both(128, 128) }),
    // A mini-batch is what one optimizer step takes, counted in completions.
    key('rollout.miniBatch', { ...WHOLE, ...rl(128) }),
  ],
  rollout_batch_size: key('rollout.promptsPerStep', { ...WHOLE, ...rl(1024) }),
  n_samples_per_prompt: key('rollout.generations', { ...WHOLE, ...rl(1) }),
  prompt_max_len: key('rollout.promptLength', { ...WHOLE, ...rl(1024) }),
  generate_max_len: key('rollout.completionLength', { ...WHOLE, ...rl(1024) }),
  max_len: key('data.sequenceLength', { ...WHOLE, when: (around) => !isRl(around) }),
  packing_samples: [
    key('data.packing', { when: (around) => !isRl(around), default: byDefault(false, SFT_CLI) }),
    key('data.packingIsolated', {
      read: (value) => (value === true ? true : undefined),
      when: (around) => !isRl(around),
    }),
  ],

  pretrain: key('model.name'),
  actor_learning_rate: key('optimizer.peakLearningRate', rl(1e-6)),
  learning_rate: key('optimizer.peakLearningRate', { when: (around) => !isRl(around) }),
  l2: key('optimizer.weightDecay', { default: byDefault(0, PPO_CLI) }),
  adam_betas: [key('optimizer.beta1', beta(0, 0.9)), key('optimizer.beta2', beta(1, 0.95))],
  max_norm: key('optimizer.maxGradNorm', { default: byDefault(1, PPO_CLI) }),
  lr_warmup_ratio: key('schedule.warmupRatio', { default: byDefault(0.03, PPO_CLI) }),
  lr_scheduler: key('schedule.kind', { default: byDefault('cosine_with_min_lr', PPO_CLI) }),
  num_episodes: key('schedule.epochs', { ...WHOLE, ...rl(1) }),
  max_epochs: [
    key('rollout.updateEpochs', { ...WHOLE, ...rl(1) }),
    key('schedule.epochs', { ...WHOLE, when: (around) => !isRl(around) }),
  ],

  zero_stage: key('sharding.zeroStage', {
    read: (value) => (value === 0 || value === 1 || value === 2 || value === 3 ? value : undefined),
    write: (to) => to,
    default: byDefault(2 as const, PPO_CLI),
  }),
  adam_offload: key('sharding.offloadOptimizer', {
    ...oneOf<'none' | 'cpu' | 'nvme'>([
      [true, 'cpu'],
      [false, 'none'],
    ]),
    default: byDefault('none' as const, PPO_CLI),
  }),
  overlap_comm: key('sharding.overlap', { default: byDefault(false, PPO_CLI) }),
  gradient_checkpointing: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault<Checkpointing>('none', PPO_CLI),
  }),
  attn_implementation: key('model.attention', {
    ...ATTENTION_NAMES,
    default: byDefault('flash' as const, PPO_CLI),
  }),
  use_liger_kernel: key('loss.fusedLayers', { default: byDefault(false, PPO_CLI) }),
  load_in_4bit: key('adapter.quantization', {
    ...oneOf<WeightQuantization>([
      [true, 'nf4'],
      [false, 'none'],
    ]),
    default: byDefault<WeightQuantization>('none', PPO_CLI),
  }),
  lora_rank: [
    key('adapter.kind', {
      read: (value) => (positive(value) === undefined ? 'none' : 'lora'),
      default: byDefault('none' as const, PPO_CLI),
    }),
    key('adapter.rank', { ...WHOLE, when: usesLora }),
  ],
  lora_alpha: key('adapter.alpha', { ...WHOLE, when: usesLora, default: byDefault(16, PPO_CLI) }),
  lora_dropout: key('adapter.dropout', { when: usesLora, default: byDefault(0, PPO_CLI) }),
  target_modules: key('adapter.targets', {
    read: (value) =>
      value === 'all-linear'
        ? 'all-linear'
        : Array.isArray(value) && value.every((name) => typeof name === 'string')
          ? value
          : undefined,
    write: (to) => to,
    when: usesLora,
    default: byDefault('all-linear' as const, PPO_CLI),
  }),
  aux_loss_coef: key('moe.balanceLoss', { read: positive, write: (to) => to }),

  actor_num_nodes: key('parallel.nodes', { ...WHOLE, ...rl(1) }),
  actor_num_gpus_per_node: key('parallel.gpusPerNode', { ...WHOLE, ...rl(8) }),
  ds_tensor_parallel_size: key('parallel.tensor', { ...WHOLE, default: byDefault(1, PPO_CLI) }),
  ring_attn_size: key('parallel.context', { ...WHOLE, default: byDefault(1, PPO_CLI) }),

  advantage_estimator: key('rollout.algorithm', rl('gae')),
  eps_clip: key('rollout.clipRange', rl(0.2)),
  init_kl_coef: key('rollout.klCoefficient', rl(0.01)),
  beta: key('preference.beta', { when: (around) => !isRl(around) }),
  colocate_all_models: key('rollout.colocated', rl(false)),
  vllm_gpu_memory_utilization: key('rollout.memoryShare', rl(0.95)),
  vllm_tensor_parallel_size: key('rollout.tensorParallel', { ...WHOLE, ...rl(1) }),
  ema_beta: key('optimizer.emaDecay', { when: (around) => around.get('enable_ema') === true }),
};

/** One of a pair of betas; the other is kept in writing. */
function beta(index: 0 | 1, usual: number) {
  return {
    ...pairElement('adam_betas', index),
    default: byDefault(usual, PPO_CLI),
  };
}
