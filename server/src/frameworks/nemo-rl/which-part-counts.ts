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
  return backEndOf(around) === 'megatron';
}

/** DTensor trains where its own section is enabled and Megatron's is not. */
export function usesDtensor(around: Around): boolean {
  return backEndOf(around) === 'dtensor';
}

/** Whether the file, or one it builds on, says outright which back end trains. */
export function namesBackEnd(around: Around): boolean {
  return around.get('policy.megatron_cfg.enabled') === true || around.get('policy.dtensor_cfg.enabled') === true;
}

/**
 * What trains. A recipe over a file that was not read may leave that to it; then it is the back end whose settings the
 * recipe changes, where it changes one's alone. `policy.optimizer` is DTensor's, Megatron's section has its own.
 */
function backEndOf(around: Around): 'megatron' | 'dtensor' | undefined {
  const megatron = around.get('policy.megatron_cfg.enabled');
  const dtensor = around.get('policy.dtensor_cfg.enabled');
  if (megatron === true) return 'megatron';
  if (dtensor === true) return 'dtensor';
  const mayBeMegatron = megatron === undefined && around.has('policy.megatron_cfg');
  const mayBeDtensor =
    dtensor === undefined && (around.has('policy.dtensor_cfg') || around.has('policy.optimizer.kwargs'));
  if (mayBeMegatron === mayBeDtensor) return undefined;
  return mayBeMegatron ? 'megatron' : 'dtensor';
}

/** Micro batches are filled up to a number of tokens, so a number of samples says nothing exact. */
export function batchesByTokens(around: Around): boolean {
  return (
    around.get('policy.dynamic_batching.enabled') === true || around.get('policy.sequence_packing.enabled') === true
  );
}
