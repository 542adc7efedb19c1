import { Composer, Lexer, Parser, type Document as YamlDocument } from 'yaml';
import { MAX_NODES } from './limits.ts';
import type { Document } from './parse-text.ts';
import type { Comment, TextProblem } from './types.ts';
import { convertYaml } from './yaml-nodes.ts';
import { isExhausted, yamlProblem } from './yaml-problem.ts';

/**
 * Reads the first document with content of a YAML stream, in one pass over the text;
 * a text with a syntax problem is read again as PyYAML would, which lets more indentation pass.
 */
export function parseYaml(text: string): Document {
  const strict = read(text, new Lexer());
  if (strict.problems[0]?.kind !== 'syntax') return strict;
  // The errors of a broken text are clearer read strictly, so leniency must leave none at all.
  const lenient = read(text, lenientLexer());
  return lenient.problems.length === 0 ? lenient : strict;
}

function read(text: string, lexer: Lexer): Document {
  const { documents, comments, tooManyNodes } = compose(text, lexer);
  if (tooManyNodes) return { root: undefined, problems: [nodeLimitProblem()], comments };

  const chosen = documents.findIndex(hasContent);
  const document = documents[chosen === -1 ? 0 : chosen];
  if (document === undefined) return { root: undefined, problems: [], comments };

  const converted = convertYaml(text, document);
  const problem = yamlProblem(text, documents.slice(0, Math.max(chosen, 0) + 1)) ?? converted.problem;
  const readable = hasContent(document) && !(problem !== undefined && isExhausted(problem));
  return {
    root: readable ? converted.root : undefined,
    problems: problem === undefined ? [] : [problem],
    comments,
  };
}

interface Composed {
  readonly documents: readonly YamlDocument.Parsed[];
  readonly comments: readonly Comment[];
  readonly tooManyNodes: boolean;
}

/** Marks the lexeme that follows it as a scalar, which may begin with `#` in a block scalar. */
const SCALAR_MARK = '\u001F';
/** Lexemes without length in the text, by the `yaml` package's cst.ts: document mode and a flow cut short. */
const MARKS: ReadonlySet<string> = new Set([SCALAR_MARK, '\u0002', '\u0018']);

/**
 * What counts towards the limit, by a lexeme's first character: a comma or a dash may stand for an empty item,
 * and anchors and tags in a row cost the package quadratic time.
 */
const COUNTED: Readonly<Record<string, number>> = {
  [SCALAR_MARK]: 1,
  ',': 1,
  '-': 1,
  '[': 1,
  '{': 1,
  '&': 10,
  '!': 10,
};

/**
 * Drives the lexer by hand, because comments with offsets and a limit before the costly step come for free so.
 * Duplicate keys are looked for later: the package's own search is quadratic in the keys of a map.
 */
function compose(text: string, lexer: Lexer): Composed {
  const parser = new Parser();
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, logLevel: 'silent', prettyErrors: false });
  const documents: YamlDocument.Parsed[] = [];
  const comments: Comment[] = [];
  let offset = 0;
  let weight = 0;
  let isScalar = false;

  for (const lexeme of lexer.lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (!isScalar && lexeme.startsWith('#')) comments.push(commentAt(offset, lexeme));
    if (isScalar || !MARKS.has(lexeme)) offset += lexeme.length;
    if (!isScalar) weight += COUNTED[lexeme.charAt(0)] ?? 0;
    isScalar = !isScalar && lexeme === SCALAR_MARK;
    if (weight > 2 * MAX_NODES) return { documents: [], comments, tooManyNodes: true };
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(false, text.length));
  return { documents, comments, tooManyNodes: false };
}

/** The parts of the package's lexer that know how deep the next line must be indented. */
interface IndentingLexer {
  indentNext: number;
  parseQuotedScalar: () => Generator<string, unknown>;
  parseFlowCollection: () => Generator<string, unknown>;
}

/**
 * PyYAML asks for no indentation inside quotes and brackets (lib/yaml/scanner.py: unwind_indent does nothing in a
 * flow, and scan_flow_scalar_spaces skips any blanks), and published configs make use of that.
 */
function lenientLexer(): Lexer {
  const lexer = new Lexer();
  // The package declares these members private and offers no option; its version is pinned and a test reads such a text.
  const inner = lexer as unknown as IndentingLexer;
  const { parseQuotedScalar, parseFlowCollection } = inner;
  inner.parseQuotedScalar = () => unindented(inner, parseQuotedScalar);
  inner.parseFlowCollection = () => unindented(inner, parseFlowCollection);
  return lexer;
}

function* unindented(lexer: IndentingLexer, parse: () => Generator<string, unknown>): Generator<string, unknown> {
  const { indentNext } = lexer;
  lexer.indentNext = 0;
  const state = yield* parse.call(lexer);
  lexer.indentNext = indentNext;
  return state;
}

function commentAt(start: number, source: string): Comment {
  return { start, end: start + source.length, text: source.slice(1).trim() };
}

function hasContent(document: YamlDocument.Parsed): boolean {
  const { contents } = document;
  if (contents === null) return false;
  return !('source' in contents) || contents.range[1] > contents.range[0] || contents.tag !== undefined;
}

function nodeLimitProblem(): TextProblem {
  return {
    kind: 'limit',
    range: { start: 0, end: 0 },
    message: `The file has over ${MAX_NODES.toLocaleString('en-US')} values, so it is not read.`,
  };
}
