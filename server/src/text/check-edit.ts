import { applyEdits } from './apply-edits.ts';
import { parseText } from './parse-text.ts';
import type { ConfigTree, TextEdit } from './types.ts';
import { withLoader } from './with-loader.ts';

/** A change of a text before it is known to be sound: what to write where. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Turns replacements into edits if the text after them reads as intended, else into nothing.
 * Writing by place and checking by reading keeps the writers simple and the law whole:
 * an anchor's other uses, a tag or a keep-all-breaks block cannot change unseen.
 */
export function checkEdit(
  tree: ConfigTree,
  replacements: readonly Replacement[] | undefined,
  isSound: (after: ConfigTree) => boolean,
): readonly TextEdit[] | undefined {
  if (replacements === undefined) return undefined;
  const edits = replacements.map((replacement) => ({ file: tree.file, ...replacement }));
  const text = applyEdits(tree.text, edits);
  const after = withLoader(parseText(tree.file, text, tree.format), tree.loader);
  return after.problems.length === 0 && isSound(after) ? edits : undefined;
}
