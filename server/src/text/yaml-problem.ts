import type { Document, ErrorCode, YAMLParseError } from 'yaml';
import type { TextProblem } from './types.ts';

/** The first error of the documents, in plain words. The later ones mostly follow from it. */
export function yamlProblem(text: string, documents: readonly Document.Parsed[]): TextProblem | undefined {
  let first: YAMLParseError | undefined;
  for (const document of documents) {
    for (const error of document.errors) {
      // A tag of the framework's own (`!include`) makes its value unresolved and is no mistake.
      if (error.code === 'TAG_RESOLVE_FAILED') continue;
      if (first === undefined || error.pos[0] < first.pos[0]) first = error;
    }
  }
  if (first === undefined) return undefined;

  if (first.code === 'RESOURCE_EXHAUSTION' || first.message.startsWith('Maximum call stack')) return EXHAUSTED;

  const start = Math.min(first.pos[0], text.length);
  const end = Math.min(Math.max(first.pos[1], start), text.length);
  const line = text.slice(start, end).split(/[\r\n]/, 1)[0] ?? '';
  return { kind: 'syntax', range: { start, end: start + line.length }, message: plainMessage(first, line) };
}

/** The package recurses, and reports its own exhausted stack as an error at some inner place. */
const EXHAUSTED: TextProblem = {
  kind: 'limit',
  range: { start: 0, end: 0 },
  message: 'Maps and lists are nested too deeply in this file, so it is not read.',
};

export function isExhausted(problem: TextProblem): boolean {
  return problem === EXHAUSTED;
}

/** Our words for what the package says, the first pattern that fits. An error of no row keeps the package's words. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [
    /^Flow .* must|must end with a [\]}]$/,
    'A bracket or brace is opened and not closed before here, so the file cannot be read past it.',
  ],
  [/^Missing closing .*quote/, 'A quote is opened and not closed, so the rest of the file cannot be read.'],
  [/^Missing , /, 'A comma is missing before this item.'],
  [/^Unexpected (,|empty item) in flow/, 'A comma stands here with no item before it.'],
  [/^Missing space after :/, 'A blank is missing behind this colon.'],
  [/^Comments must be separated/, 'A blank is missing before this comment.'],
  [/at node end$/, 'This text follows a value that has ended already, so the file cannot be read past it.'],
  [/^Block scalar header includes/, 'Text stands on the line of a | or >, whose block begins on the next line.'],
  [/^Nested mappings are not allowed/, 'A second colon makes a map inside a value here, which one line cannot hold.'],
  [/^Plain value cannot start with/, 'A value cannot begin with this character unless it is quoted.'],
  [/^Invalid escape sequence/, 'This escape is unknown to YAML: a backslash in double quotes is written twice.'],
  [/^Tabs are not allowed/, 'This line is indented with a tab, which YAML does not allow.'],
  [/^(Alias|Anchor) /, 'An alias or anchor here has no valid name.'],
  [/^An alias node must not/, 'An alias cannot have a tag or an anchor of its own.'],
  [/^Tags and anchors must/, 'A blank is missing behind this tag or anchor.'],
];

/** Where no pattern fits. */
const MESSAGES_BY_CODE: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_DIRECTIVE: 'A line that begins with % is a directive, and this one is malformed.',
  BAD_INDENT: 'The indentation here fits no level above, so the file cannot be read from this line on.',
  BLOCK_AS_IMPLICIT_KEY: 'A list cannot begin on the line of its key.',
  BLOCK_IN_FLOW: 'An indented block stands inside brackets here, so the file cannot be read past it.',
  IMPOSSIBLE: 'The text here is not YAML, so the file cannot be read past it.',
  KEY_OVER_1024_CHARS: 'This key is longer than the 1,024 characters that YAML allows.',
  MISSING_CHAR: 'This is no key with a value: a colon is missing.',
  UNEXPECTED_TOKEN: 'This text is unexpected here, so the file cannot be read past it.',
};

function plainMessage(error: YAMLParseError, line: string): string {
  if (error.code === 'MULTILINE_IMPLICIT_KEY') {
    return /:[^\s:]/.test(line)
      ? 'A blank is missing behind the colon, so this line is no key with a value.'
      : 'This is no key with a value: a comma, a colon or a closing quote is missing.';
  }
  const raw = error.message.split('\n', 1)[0] ?? '';
  const row = MESSAGES.find(([pattern]) => pattern.test(raw));
  return row?.[1] ?? MESSAGES_BY_CODE[error.code] ?? `This is not YAML: ${raw.replace(/[.:]?\s*$/, '')}.`.slice(0, 150);
}
