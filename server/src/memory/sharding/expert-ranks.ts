import type { CountedParameter, Parameter } from '../tape/parameter.ts';
import type { Workload } from '../workload.ts';

/**
 * Over how many ranks of data parallelism the experts are dealt out already, so that so many fewer share one expert's
 * states (Megatron-LM: megatron/core/parallel_state.py, expert data parallel; torchtitan: torchtitan/distributed,
 * efsdp). 1 where the mesh has an axis of its own for experts.
 */
export function expertRanks({ sharding, expertParallel }: Workload): number {
  if (sharding.kind === 'none' || sharding.kind === 'ddp' || sharding.engine === 'jax') return 1;
  return Math.max(1, Math.min(expertParallel, sharding.degree));
}

/** Ranks that share one tensor's states. */
export function ranksOf(workload: Workload, { role }: Pick<Parameter, 'role'>, degree: number): number {
  return role === 'experts' ? degree / expertRanks(workload) : degree;
}

/** The tensors as they count when every sum over them is divided by all ranks. */
export function asDealtOut<P extends CountedParameter>(workload: Workload, parameters: readonly P[]): readonly P[] {
  const ranks = expertRanks(workload);
  if (ranks === 1) return parameters;
  return parameters.map((one) => (one.role === 'experts' ? { ...one, copies: one.copies * ranks } : one));
}
