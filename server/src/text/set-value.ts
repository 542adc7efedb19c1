import type { ConfigPath, ConfigTree, ConfigValue, TextEdit } from './types.ts';
export function setValue(_tree: ConfigTree, _path: ConfigPath, _value: ConfigValue): readonly TextEdit[] | undefined {
  return undefined;
}
