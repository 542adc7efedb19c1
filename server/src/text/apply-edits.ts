import type { TextEdit } from './types.ts';

/**
 * The text after the edits. Offsets refer to the text before any of them; edits of one place apply in list order.
 * The edits must not overlap: of two that do, the one that starts later is left out.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let result = '';
  let at = 0;
  for (const edit of ordered) {
    if (edit.start < at) continue;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
