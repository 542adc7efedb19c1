import type { ConfigTree } from '../../text/index.ts';
import { topKeys } from '../kit/evidence.ts';

/** A recipe has both halves; a file with one is a piece of another recipe. */
export function isNemoFragment(tree: ConfigTree): boolean {
  const keys = topKeys(tree);
  return !keys.has('trainer') || !keys.has('model');
}
