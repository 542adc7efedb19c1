import type { Objective, ShardingEngine } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { positive } from '../kit/key.ts';
import type { Around } from '../types.ts';

/** Files for the reinforcement-learning trainers; the others are for supervised fine-tuning. */
export const isRl = (around: Around): boolean =>
  around.has('actor_rollout_ref') || around.has('algorithm.adv_estimator') || around.has('async_training');

export const isSft = (around: Around): boolean => !isRl(around) && around.has('data');

/** The trained side's engine as the file names it, or as its sections tell. */
export function engineOf(around: Around): ShardingEngine | undefined {
  const name = isRl(around)
    ? around.get('actor_rollout_ref.actor.strategy')
    : (around.get('engine.strategy') ?? around.get('model.strategy'));
  if (typeof name === 'string') return ENGINES[name.toLowerCase()];
  if (around.has('actor_rollout_ref.actor.megatron')) return 'megatron';
  return around.has('actor_rollout_ref.actor.fsdp_config') ? 'fsdp1' : undefined;
}

const ENGINES: Readonly<Record<string, ShardingEngine>> = {
  fsdp: 'fsdp1',
  fsdp2: 'fsdp2',
  megatron: 'megatron',
  veomni: 'fsdp2',
};

export const onMegatron = (around: Around): boolean => engineOf(around) === 'megatron';

/** Every rule of the policy's update but the group ones is PPO's clipped one with another advantage. */
export function objectiveOf(estimator: ConfigValue | undefined): Objective | undefined {
  if (typeof estimator !== 'string') return undefined;
  if (/^(grpo|gpg|gdpo|opo)/.test(estimator)) return 'grpo';
  return estimator.startsWith('rloo') ? 'rloo' : 'ppo';
}

/** Completions sampled for one prompt: 1 unless stated. */
export function generationsOf(around: Around): number | undefined {
  const value = around.get('actor_rollout_ref.rollout.n');
  if (value === undefined) return around.has('actor_rollout_ref.rollout.n') ? undefined : 1;
  return positive(value);
}

/**
 * Generation runs by itself and hands over prompt after prompt: `data.train_batch_size` is 0 there and `rollout.n` of
 * the section beside the trainer's is not read (verl: verl/experimental/fully_async_policy/fully_async_rollouter.py).
 */
export function isFullyAsync(around: Around): boolean {
  return around.has('async_training.staleness_threshold');
}

/** GPUs of the trainer, where both factors are stated. */
export function gpusOf(around: Around): number | undefined {
  const nodes = positive(around.get('trainer.nnodes') ?? null);
  const each = positive(around.get('trainer.n_gpus_per_node') ?? null);
  return nodes === undefined || each === undefined ? undefined : nodes * each;
}

/** Ranks one sequence is split over by all-to-all. */
export function ulyssesOf(around: Around): number {
  const stated =
    around.get('actor_rollout_ref.actor.ulysses_sequence_parallel_size') ??
    around.get('ulysses_sequence_parallel_size') ??
    around.get('engine.ulysses_sequence_parallel_size') ??
    1;
  return positive(stated) ?? 1;
}
