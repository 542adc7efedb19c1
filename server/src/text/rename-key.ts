import type { ConfigPath, ConfigTree, TextEdit } from './types.ts';
export function renameKey(_tree: ConfigTree, _path: ConfigPath, _key: string): readonly TextEdit[] | undefined {
  return undefined;
}
