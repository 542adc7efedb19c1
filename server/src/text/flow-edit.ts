import type { Replacement } from './check-edit.ts';
import { indentAt, lineBreakOf, lineEnd, lineStart, nextLine } from './text-lines.ts';
import type { Format, TextRange } from './types.ts';

/** A collection in brackets or braces, in any format: its own range and its items', from key to value. */
export interface FlowCollection {
  readonly text: string;
  readonly format: Format;
  readonly range: TextRange;
  readonly items: readonly TextRange[];
}

/** Adds an item behind the last one, on its own line where the last one stands on its own. */
export function appendFlowItem(collection: FlowCollection, item: string, step: string): readonly Replacement[] {
  const { text, range, items } = collection;
  const last = items.at(-1);
  if (last === undefined) return [fillEmpty(collection, item, step)];

  const comma = commaAfter(collection, last.end);
  const onOwnLine = /^[\s]*$/.test(text.slice(lineStart(text, last.start), last.start));
  const closesLater = nextLine(text, last.end) <= range.end - 1;
  if (!onOwnLine || !closesLater) {
    return comma === undefined
      ? [insertion(last.end, `, ${item}`)]
      : [insertion(comma + 1, ` ${item}${item === '' ? '' : ','}`)];
  }
  const line = `${lineBreakOf(text)}${indentAt(text, last.start)}${item}`;
  if (comma !== undefined) return [insertion(lineEnd(text, comma), `${line},`)];

  const end = lineEnd(text, last.end);
  return end === last.end ? [insertion(end, `,${line}`)] : [insertion(last.end, ','), insertion(end, line)];
}

function fillEmpty({ text, format, range }: FlowCollection, item: string, step: string): Replacement {
  const inner = text.slice(range.start + 1, range.end - 1);
  // A comment in an empty collection stays: the item goes before it, on a line of its own.
  if (inner.trim() !== '') {
    const line = `${lineBreakOf(text)}${indentOfLine(text, range.start)}${step}${item}`;
    return insertion(range.start + 1, line);
  }
  if (format !== 'json' || step === '') return { start: range.start + 1, end: range.end - 1, text: item };

  const lineBreak = lineBreakOf(text);
  const outer = indentOfLine(text, range.start);
  const filled = `${lineBreak}${outer}${step}${item}${lineBreak}${outer}`;
  return { start: range.start + 1, end: range.end - 1, text: filled };
}

export function indentOfLine(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
}

/** Takes the item out with the comma that it no longer needs, and with its line where it has one for itself. */
export function removeFlowItem(collection: FlowCollection, index: number): readonly Replacement[] {
  const { text, range, items } = collection;
  const item = items[index];
  if (item === undefined) return [];
  const previous = items[index - 1];
  const next = items[index + 1];
  const comma = commaAfter(collection, item.end);
  const end = comma === undefined ? item.end : comma + 1;

  const lines = wholeLines(text, { start: item.start, end });
  const spare = next === undefined && comma === undefined && previous !== undefined;
  const previousComma = spare ? commaAfter(collection, previous.end) : undefined;
  if (lines !== undefined) {
    return previousComma === undefined ? [deletion(lines)] : [deletion(at(previousComma)), deletion(lines)];
  }
  if (next !== undefined) return [deletion({ start: item.start, end: sameLine(text, end, next.start) })];
  if (previousComma !== undefined) {
    const between = text.slice(previousComma + 1, item.start);
    if (between.trim() !== '') return [deletion(at(previousComma)), deletion({ start: item.start, end })];
    return [deletion({ start: previousComma, end })];
  }
  if (previous !== undefined) return [deletion({ start: skipBlanksBack(text, item.start), end })];
  const rest = text.slice(range.start + 1, item.start) + text.slice(end, range.end - 1);
  return [deletion(rest.trim() === '' ? { start: range.start + 1, end: range.end - 1 } : { start: item.start, end })];
}

/** The lines of a range, if nothing else but a trailing comment stands on them. */
function wholeLines(text: string, range: TextRange): TextRange | undefined {
  const start = lineStart(text, range.start);
  if (text.slice(start, range.start).trim() !== '') return undefined;
  const behind = text.slice(range.end, lineEnd(text, range.end));
  if (!/^\s*(?:(?:#|\/\/).*)?$/.test(behind)) return undefined;
  const end = nextLine(text, range.end);
  return end === text.length && text[end - 1] !== '\n' ? undefined : { start, end };
}

function sameLine(text: string, end: number, nextStart: number): number {
  const between = text.slice(end, nextStart);
  return between.trim() === '' ? nextStart : end;
}

function skipBlanksBack(text: string, offset: number): number {
  let start = offset;
  while (/[ \t]/.test(text.charAt(start - 1))) start--;
  return start;
}

/** The comma behind an item, past blanks and comments, if there is one before the collection ends. */
function commaAfter({ text, format, range }: FlowCollection, from: number): number | undefined {
  const skip = format === 'json' ? /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y : /(?:\s|#[^\n]*)*/y;
  skip.lastIndex = from;
  skip.exec(text);
  const found = skip.lastIndex;
  return found < range.end && text[found] === ',' ? found : undefined;
}

function at(offset: number): TextRange {
  return { start: offset, end: offset + 1 };
}

function deletion({ start, end }: TextRange): Replacement {
  return { start, end, text: '' };
}

export function insertion(offset: number, text: string): Replacement {
  return { start: offset, end: offset, text };
}
