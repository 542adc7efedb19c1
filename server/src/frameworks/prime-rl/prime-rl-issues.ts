import type { ConfigTree } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { castNumber } from '../kit/key.ts';
import { Refusals } from '../kit/refusals.ts';
import type { KeyIssue } from '../types.ts';
import { contextRanks, isMultiNode, isRl, trainerPrefix } from './prime-rl-keys.ts';

/** Combinations its validators refuse (prime-rl: packages/prime-rl-configs/src/prime_rl/configs/sft.py, rl.py). */
export function primeRlIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  const refusals = new Refusals(tree);

  if (isMultiNode(around) && !around.has('slurm'))
    refusals.refuse('deployment.type', 'needs-other-key', { needs: 'slurm', expected: 'set' });
  const prefix = trainerPrefix(around);
  const ranks = contextRanks(around);
  if (!isRl(around)) {
    const batch = castNumber(around.get('data.batch_size') ?? 128);
    const micro = castNumber(around.get('data.micro_batch_size') ?? 1);
    const length = castNumber(around.get('data.seq_len') ?? 128);
    if (batch !== undefined && micro !== undefined && batch % micro !== 0)
      refusals.refuse('data.batch_size', 'not-allowed', {
        found: batch,
        expected: `a multiple of micro_batch_size ${micro}`,
      });
    if (length !== undefined && length % ranks !== 0)
      refusals.refuse('data.seq_len', 'not-allowed', { found: length, expected: `a multiple of model.cp ${ranks}` });
    if (micro !== undefined && micro > 1 && ranks > 1)
      refusals.refuse('data.micro_batch_size', 'not-allowed', { found: micro, expected: '1 with model.cp' });
  }
  if (isRl(around)) {
    const batch = castNumber(around.get('orchestrator.batch_size') ?? null);
    const group = castNumber(around.get('orchestrator.group_size') ?? 1);
    if (batch !== undefined && group !== undefined && group > 1 && batch % group !== 0)
      refusals.refuse('orchestrator.batch_size', 'not-allowed', {
        found: batch,
        expected: `a multiple of group_size ${group}`,
      });
  }
  const muon = around.get(`${prefix}optim.type`) === 'muon';
  if (muon && around.get(`${prefix}model.fsdp_cpu_offload`) === true)
    refusals.refuse(`${prefix}model.fsdp_cpu_offload`, 'not-allowed', { found: 'true', expected: 'false with muon' });
  return refusals.issues;
}
