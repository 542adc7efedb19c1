import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import type { Document } from './parse-text.ts';
import { tomlTree } from './toml-nodes.ts';
import type { TextProblem } from './types.ts';

/** Reads TOML. The parser stops at the first error, so a broken text has no tree. */
export function parseToml(text: string): Document {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { root: undefined, problems: [tomlProblem(text, error)], comments: [] };
  }
  const comments = program.comments.map(({ range: [start, end], value }) => ({ start, end, text: value.trim() }));
  return { root: tomlTree(text, program), problems: [], comments };
}

function tomlProblem(text: string, error: ParseError): TextProblem {
  const start = Math.min(Math.max(error.index, 0), text.length);
  const endOfWord = /^[^\s,\]}=]+/.exec(text.slice(start, start + 200))?.[0].length ?? 0;
  return { kind: 'syntax', range: { start, end: start + endOfWord }, message: plainMessage(error.message) };
}

/** Our words for the parser's: each pattern is tried on its message. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/^Unterminated string/, 'A quote is opened and not closed, so the rest of the file cannot be read.'],
  [/^Unterminated (array|inline table)/, 'A bracket or brace is opened and never closed.'],
  [/^Unterminated table-key/, 'This table header has no closing bracket.'],
  [/^Missing newline/, 'Two values stand on one line: TOML wants a line for each.'],
  [/^Missing equals/, 'An equals sign is missing after this key.'],
  [/^Missing (the )?value|^Unspecified values/, 'A value is missing after the equals sign.'],
  [/^Missing (the )?key/, 'A key is missing here.'],
  [/comma/i, 'A comma is missing or out of place here.'],
  [/^Defining a key multiple times|duplicate/i, 'This key or table is defined twice, which TOML does not allow.'],
  [/^Unexpected (character|token)/, 'This text is unexpected here: TOML wants strings in quotes.'],
];

function plainMessage(message: string): string {
  const first = message.split('\n', 1)[0] ?? '';
  const row = MESSAGES.find(([pattern]) => pattern.test(first));
  return row === undefined ? `${first.replace(/[.:]?\s*$/, '')}.` : row[1];
}
