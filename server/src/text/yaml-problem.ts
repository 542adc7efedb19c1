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
  return { kind: 'syntax', range: { start, end }, message: plainMessage(first, text) };
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

/** Our words for what the package says; an error without a row here keeps the package's first line. */
const MESSAGES: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_INDENT: 'The indentation here fits no level above, so the file cannot be read from this line on.',
  BLOCK_AS_IMPLICIT_KEY: 'A second colon makes a map inside a value here, which one line cannot hold.',
  BLOCK_IN_FLOW: 'An indented block stands inside brackets here, so the file cannot be read past it.',
  DUPLICATE_KEY: 'This key occurs twice in one map.',
  IMPOSSIBLE: 'The text here is not YAML, so the file cannot be read past it.',
  MISSING_CHAR: 'A comma, a colon or a space is missing here, so the file cannot be read past it.',
  MULTILINE_IMPLICIT_KEY: 'This key runs over several lines: a comma, a colon or a closing quote is missing.',
  TAB_AS_INDENT: 'This line is indented with a tab, which YAML does not allow.',
  UNEXPECTED_TOKEN: 'This text is unexpected here, so the file cannot be read past it.',
  BAD_ALIAS: 'An alias or anchor here has no valid name.',
  BAD_COLLECTION_TYPE: 'The tag here does not fit the value behind it.',
};

function plainMessage(error: YAMLParseError, text: string): string {
  const raw = error.message.split('\n', 1)[0] ?? '';
  if (error.code === 'MISSING_CHAR') return missingCharacter(raw, error, text);
  if (
    /^(Flow|Unexpected .* in flow)/.test(raw) &&
    !/^Flow .* comma/.test(raw) &&
    error.code !== 'MULTILINE_IMPLICIT_KEY'
  ) {
    return 'A bracket or brace is opened and not closed before here, so the file cannot be read past it.';
  }
  return MESSAGES[error.code] ?? `${raw.replace(/[.:]?\s*$/, '')}.`;
}

function missingCharacter(raw: string, error: YAMLParseError, text: string): string {
  if (/quote/.test(raw)) return 'A quote is opened and not closed, so the rest of the file cannot be read.';
  if (/Flow (map|sequence).*must end with/i.test(raw) || /expected .*[\]}]/i.test(raw)) {
    return 'A bracket or brace is opened and never closed, so the rest of the file cannot be read.';
  }
  if (raw.includes(', ') || /comma|Missing ,/i.test(raw)) return 'A comma is missing before this item.';
  if (/space|whitespace/i.test(raw)) return 'A space is missing here.';
  const line = text.slice(error.pos[0], error.pos[1]).trim();
  return /:/.test(raw) && line !== ''
    ? 'This line is no key with a value: a colon and a space are missing.'
    : (MESSAGES.MISSING_CHAR ?? raw);
}
