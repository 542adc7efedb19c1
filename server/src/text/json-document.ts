import { type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { MAX_DEPTH } from './limits.ts';
import { markOverwritten } from './mark-overwritten.ts';
import type { Document } from './parse-text.ts';
import type { Comment, ConfigNode, MapEntry, ScalarNode, TextProblem, TextRange } from './types.ts';
import { markUnresolved } from './with-loader.ts';

/** What a script fills in before a program reads the file stands bare, as in `"stage": ${zero_stage}`. */
const STRING_COMMENT_OR_BLANK = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$\{\w+\}/g;

/** The text with a string of the same length for each blank to be filled in. */
function withoutBlanks(text: string): string {
  if (!text.includes('${')) return text;
  return text.replace(STRING_COMMENT_OR_BLANK, (part) =>
    part.startsWith('$') ? `"${'_'.repeat(part.length - 2)}"` : part,
  );
}

/** Reads JSON, with comments and trailing commas let through: DeepSpeed reads its JSON with hjson. */
export function parseJson(text: string): Document {
  const comments: Comment[] = [];
  const open: OpenNode[] = [];
  let root: ConfigNode | undefined;
  let problem: TextProblem | undefined;

  const place = (node: ConfigNode): void => {
    const parent = open.at(-1);
    if (parent === undefined) root ??= node;
    else addChild(parent, node);
  };
  const close = (end: number): void => {
    const node = open.pop();
    if (node !== undefined) place(closed(node, Math.min(end, text.length)));
  };
  const begin = (kind: OpenNode['kind'], offset: number): boolean => {
    if (open.length >= MAX_DEPTH) {
      problem ??= depthProblem({ start: offset, end: offset + 1 });
      return false;
    }
    open.push({ kind, start: offset, entries: [], items: [], key: undefined });
    return true;
  };

  visit(
    withoutBlanks(text),
    {
      onObjectBegin: (offset) => begin('map', offset),
      onArrayBegin: (offset) => begin('seq', offset),
      onObjectProperty: (key, offset, length) => {
        const parent = open.at(-1);
        if (parent === undefined) return;
        flushKey(parent);
        parent.key = { name: key, range: clamped(text, offset, length) };
      },
      onLiteralValue: (value, offset, length) => place(jsonScalar(text, offset, length, value)),
      onObjectEnd: (offset, length) => close(offset + length),
      onArrayEnd: (offset, length) => close(offset + length),
      onComment: (offset, length) => comments.push(jsonComment(text, offset, length)),
      onError: (code, offset, length) => {
        problem ??= { kind: 'syntax', range: clamped(text, offset, length), message: jsonMessage(code) };
      },
    },
    { allowTrailingComma: true, allowEmptyContent: true },
  );

  // A text that ends early leaves its last maps open: what they hold so far is kept.
  while (open.length > 0) close(text.trimEnd().length);
  return { root, problems: problem === undefined ? [] : [problem], comments };
}

interface OpenNode {
  readonly kind: 'map' | 'seq';
  readonly start: number;
  readonly entries: MapEntry[];
  readonly items: ConfigNode[];
  /** A key that has no value yet. */
  key: { readonly name: string; readonly range: TextRange } | undefined;
}

function addChild(parent: OpenNode, node: ConfigNode): void {
  if (parent.kind === 'seq') {
    parent.items.push(node);
  } else if (parent.key !== undefined) {
    parent.entries.push({ key: parent.key.name, keyRange: parent.key.range, value: node });
    parent.key = undefined;
  }
}

/** A key without a value is kept while someone types: as null, right behind the key. */
function flushKey(parent: OpenNode): void {
  const end = parent.key?.range.end;
  if (end === undefined) return;
  addChild(parent, { kind: 'scalar', range: { start: end, end }, value: null, source: '', style: 'plain' });
}

function closed(node: OpenNode, end: number): ConfigNode {
  flushKey(node);
  const range = { start: node.start, end: Math.max(end, node.start) };
  if (node.kind === 'seq') return { kind: 'seq', range, items: node.items, flow: true };
  return { kind: 'map', range, entries: markOverwritten(node.entries), flow: true };
}

function jsonScalar(text: string, start: number, length: number, value: unknown): ScalarNode {
  const range = clamped(text, start, length);
  const source = text.slice(range.start, range.end);
  if (source.startsWith('$')) return markUnresolved({ kind: 'scalar', range, value: source, source, style: 'plain' });
  if (typeof value === 'string') {
    return markUnresolved({ kind: 'scalar', range, value, source: source.replace(/^"|"$/g, ''), style: 'double' });
  }
  const known = typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return { kind: 'scalar', range, value: known, source, style: 'plain' };
}

function jsonComment(text: string, start: number, length: number): Comment {
  const { end } = clamped(text, start, length);
  const inner = text.slice(
    start + 2,
    text.startsWith('/*', start) && text.slice(start + 2, end).endsWith('*/') ? end - 2 : end,
  );
  return { start, end, text: inner.trim() };
}

function depthProblem(range: TextRange): TextProblem {
  return { kind: 'limit', range, message: `This is nested over ${MAX_DEPTH} levels deep, so it is not read.` };
}

/** The scanner runs past the end of a text that breaks off inside a comment. */
function clamped(text: string, offset: number, length: number): TextRange {
  const start = Math.min(offset, text.length);
  return { start, end: Math.min(start + length, text.length) };
}

const MESSAGES: Readonly<Record<ReturnType<typeof printParseErrorCode>, string>> = {
  InvalidSymbol: 'This is no JSON value: a word here needs quotes.',
  InvalidNumberFormat: 'This is no JSON number, so the value cannot be read.',
  PropertyNameExpected: 'A key in double quotes is expected here.',
  ValueExpected: 'A value is missing here.',
  ColonExpected: 'A colon is missing between the key and its value.',
  CommaExpected: 'A comma is missing before this item.',
  CloseBraceExpected: 'A brace is opened and never closed.',
  CloseBracketExpected: 'A bracket is opened and never closed.',
  EndOfFileExpected: 'The JSON value ends before here, so the rest of the file is not read.',
  InvalidCommentToken: 'A comment cannot stand here.',
  UnexpectedEndOfComment: 'A comment is opened and never closed.',
  UnexpectedEndOfString: 'A quote is opened and not closed on this line.',
  UnexpectedEndOfNumber: 'This number breaks off.',
  InvalidUnicode: 'This unicode escape is broken: it needs four hexadecimal digits.',
  InvalidEscapeCharacter: 'This escape is unknown to JSON, so the string cannot be read.',
  InvalidCharacter: 'A control character stands in this string, which JSON does not allow.',
  '<unknown ParseErrorCode>': 'The text here is not JSON, so the file cannot be read past it.',
};

function jsonMessage(code: ParseErrorCode): string {
  return MESSAGES[printParseErrorCode(code)];
}
