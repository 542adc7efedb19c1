import type { Around } from '../types.ts';

/** Sections of the algorithms, the most particular first: a parent for GRPO leaves its section behind in a child for PPO. */
const ALGORITHMS = ['ppo', 'distillation', 'dpo', 'rm', 'sft', 'grpo'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The algorithm a config is for. */
export function algorithmOf(around: Around): Algorithm | undefined {
  return ALGORITHMS.find((name) => around.has(name));
}

/** Megatron trains where its section is enabled; both sections may be there. */
export function usesMegatron(around: Around): boolean {
  return around.get('policy.megatron_cfg.enabled') === true;
}

/** DTensor trains where its own section is enabled and Megatron's is not. */
export function usesDtensor(around: Around): boolean {
  return !usesMegatron(around) && around.get('policy.dtensor_cfg.enabled') === true;
}

/** Micro batches are filled up to a number of tokens, so a number of samples says nothing exact. */
export function batchesByTokens(around: Around): boolean {
  return (
    around.get('policy.dynamic_batching.enabled') === true || around.get('policy.sequence_packing.enabled') === true
  );
}
