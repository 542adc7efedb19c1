import type { ConfigTree } from '../../text/index.ts';
import type { Evidence, Recognisable } from '../types.ts';
import { aroundOf } from './around.ts';

/** A sign of a framework: a dotted key (with a value that passes, where given) or a file name, and how much it tells. */
export interface Sign {
  readonly key?: string;
  readonly value?: (value: unknown) => boolean;
  readonly file?: RegExp;
  readonly weight: number;
}

/** Adds up the signs seen, capped at 100. Negative weights are keys that speak against. */
export function weigh(input: Recognisable, signs: readonly Sign[]): Evidence | undefined {
  const around = aroundOf(input.tree);
  let score = 0;
  const reasons: string[] = [];
  for (const sign of signs) {
    if (!isSeen(sign, input, around)) continue;
    score += sign.weight;
    if (sign.weight > 0) reasons.push(sign.key === undefined ? 'the file name' : `the key ${sign.key}`);
  }
  return score > 0 ? { score: Math.min(100, score), reasons } : undefined;
}

function isSeen(sign: Sign, input: Recognisable, around: ReturnType<typeof aroundOf>): boolean {
  if (sign.file !== undefined && !sign.file.test(input.file)) return false;
  if (sign.key === undefined) return true;
  if (!around.has(sign.key)) return false;
  return sign.value === undefined || sign.value(around.get(sign.key));
}

/** Top-level keys of a document, for cheap tests. */
export function topKeys(tree: ConfigTree): ReadonlySet<string> {
  return new Set(tree.root?.kind === 'map' ? tree.root.entries.map((entry) => entry.key) : []);
}
