import type { ConfigTree } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { KeyIssue } from '../types.ts';
import { TORCHTUNE_CHECKS } from './torchtune-checks.ts';
import { isTraining } from './torchtune-recipe.ts';

/** Settings the recipes refuse at start; what only evaluates or generates has none of them. */
export function torchtuneIssues(tree: ConfigTree): readonly KeyIssue[] {
  if (!isTraining(aroundOf(tree))) return [];
  return checkKeys(tree, TORCHTUNE_CHECKS).map((issue) =>
    issue.key === 'dtype'
      ? {
          ...issue,
          mend: { title: 'Change to bf16', safe: false, edits: [{ file: tree.file, path: issue.path, to: 'bf16' }] },
        }
      : issue,
  );
}
