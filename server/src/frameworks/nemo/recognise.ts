import { type ConfigTree, nodeAt } from '../../text/index.ts';
import { topKeys } from '../kit/evidence.ts';

/**
 * A recipe has both halves; a file with one is a piece of another recipe. NeMo-Aligner merges its files over the
 * config inside the restored checkpoint, so there too an absent key proves nothing.
 */
export function isNemoFragment(tree: ConfigTree): boolean {
  const keys = topKeys(tree);
  if (keys.has('pretrained_checkpoint') || nodeAt(tree, ['model', 'overwrite_base_config']) !== undefined) return true;
  return !keys.has('trainer') || !keys.has('model');
}
