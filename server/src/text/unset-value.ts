import type { ConfigPath, ConfigTree, TextEdit } from './types.ts';
export function unsetValue(_tree: ConfigTree, _path: ConfigPath): readonly TextEdit[] | undefined {
  return undefined;
}
