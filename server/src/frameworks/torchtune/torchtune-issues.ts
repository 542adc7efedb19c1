import type { ConfigTree } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { castNumber } from '../kit/key.ts';
import { checkKeys, foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { KeyIssue } from '../types.ts';
import { isTraining } from './torchtune-recipe.ts';

const RECIPE = 'torchtune: recipes/full_finetune_distributed.py';

const CHECKS: readonly KeyCheck[] = [
  requires('optimizer_in_bwd', {
    when: isTrue,
    requires: 'compile.optimizer_step: false',
    found: (around) => (isTrue(around.get('compile.optimizer_step') ?? null) ? 'true' : undefined),
    effect: 'refused',
    cite: RECIPE,
  }),
  requires('enable_fp8_training', {
    when: isTrue,
    requires: 'context_parallel_dim: 1',
    found: (around) =>
      (castNumber(around.get('context_parallel_dim') ?? null) ?? 1) > 1
        ? foundAt(around, 'context_parallel_dim')
        : undefined,
    effect: 'refused',
    cite: RECIPE,
  }),
];

/** Settings the recipes refuse at start (torchtune: recipes/full_finetune_distributed.py). */
export function torchtuneIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  if (!isTraining(around)) return [];
  const issues: KeyIssue[] = [];
  const dtype = around.node('dtype');
  if (dtype !== undefined && around.get('dtype') === 'fp16')
    issues.push({
      kind: 'not-allowed',
      at: { file: tree.file, ...dtype.range },
      path: ['dtype'],
      key: 'dtype',
      data: { found: 'fp16', expected: 'bf16, fp32' },
      effect: 'refused',
      mend: { title: 'Change to bf16', safe: false, edits: [{ file: tree.file, path: ['dtype'], to: 'bf16' }] },
    });
  const degree = around.get('tensor_parallel_dim');
  const node = around.node('tensor_parallel_dim');
  if (node !== undefined && typeof degree === 'number' && degree > 1 && !around.has('tensor_parallel_plan'))
    issues.push({
      kind: 'needs-other-key',
      at: { file: tree.file, ...node.range },
      path: ['tensor_parallel_dim'],
      key: 'tensor_parallel_dim',
      data: { needs: 'tensor_parallel_plan', expected: 'set' },
      effect: 'refused',
    });
  return [...issues, ...checkKeys(tree, CHECKS)];
}
