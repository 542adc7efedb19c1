import type { Replacement } from './check-edit.ts';
import { nodeAt } from './navigate.ts';
import type { ConfigPath, ConfigTree, ConfigValue } from './types.ts';

/** Writes over a literal argument of a Python call; nothing is added to a call that does not name it. */
export function setInCall(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly Replacement[] | undefined {
  const node = nodeAt(tree, path);
  const spelled = spell(value);
  if (node?.kind !== 'scalar' || spelled === undefined) return undefined;
  return [{ ...node.range, text: spelled }];
}

function spell(value: ConfigValue): string | undefined {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number')
    return Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential().replace('e+', 'e') : String(value);
  return typeof value === 'string' ? JSON.stringify(value) : undefined;
}
