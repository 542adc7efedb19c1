import type { Replacement } from './check-edit.ts';
import { nodeAt } from './navigate.ts';
import type { ConfigNode, ConfigPath, ConfigTree, ConfigValue } from './types.ts';

/**
 * Writes over a literal argument of a Python call. Nothing is added to a call that does not name it, and neither an
 * expression nor a constant that other places use is written over.
 */
export function setInCall(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly Replacement[] | undefined {
  const node = nodeAt(tree, path);
  if (node === undefined || node.shared || (node.kind === 'scalar' && node.unresolved !== undefined)) return undefined;
  // What a call says by being made has no text of its own.
  if (node.range.start === node.range.end) return undefined;
  const spelled = spell(value, node);
  return spelled === undefined ? undefined : [{ ...node.range, text: spelled }];
}

function spell(value: ConfigValue, before: ConfigNode): string | undefined {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return spellNumber(value);
  if (typeof value === 'string') return spellString(value, before);
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item: ConfigValue) => spell(item, before));
  return items.includes(undefined) ? undefined : `[${items.join(', ')}]`;
}

function spellNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential().replace('e+', 'e') : String(value);
}

/** In the quotes that stand there; a dtype of torch stays one. */
function spellString(value: string, before: ConfigNode): string {
  const source = before.kind === 'scalar' ? before.source : '';
  if (/^torch\s*\./.test(source) && /^(?:bfloat16|float16|float32)$/.test(value)) return `torch.${value}`;
  const quoted = JSON.stringify(value);
  const isPlain = quoted === `"${value}"` && !value.includes("'");
  return isPlain && /^[uU]?'/.test(source) ? `'${value}'` : quoted;
}
