import type { Document } from './parse-text.ts';

/** Reads a Python file as the training runs its calls set up. */
export function parsePython(_text: string): Document {
  return { root: undefined, problems: [], comments: [] };
}
