import type { Scored } from './memory-scores.ts';
export function accuracyPage(scored: readonly Scored[]): string {
  return String(scored.length);
}
