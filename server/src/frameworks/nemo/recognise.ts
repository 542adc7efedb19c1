import { type ConfigTree, nodeAt } from '../../text/index.ts';
import { type Sign, topKeys } from '../kit/evidence.ts';

/** What only turns a checkpoint into another format holds a model's keys and those of a trainer that never trains. */
export const CONVERTS: Sign = { file: /(^|\/)(conversion(_[^/]*)?\/|convert_[^/]*$)/, weight: -200 };

/**
 * A recipe has both halves; a file with one is a piece of another recipe. NeMo-Aligner merges its files over the
 * config inside the restored checkpoint, so there too an absent key proves nothing.
 */
export function isNemoFragment(tree: ConfigTree): boolean {
  const keys = topKeys(tree);
  if (keys.has('pretrained_checkpoint') || nodeAt(tree, ['model', 'overwrite_base_config']) !== undefined) return true;
  return !keys.has('trainer') || !keys.has('model');
}
