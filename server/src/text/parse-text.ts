import { parseJson } from './json-document.ts';
import { MAX_LINES, MAX_TEXT_LENGTH } from './limits.ts';
import { parsePython } from './python-document.ts';
import { parseShell } from './shell-document.ts';
import { parseToml } from './toml-document.ts';
import type { Comment, ConfigNode, Format, Launch, ParsedText, TextProblem, TextRange } from './types.ts';
import { parseYaml } from './yaml-document.ts';

export { MAX_DEPTH, MAX_LINES, MAX_NODES, MAX_TEXT_LENGTH } from './limits.ts';

/** What each format's reader yields. */
export interface Document {
  readonly root: ConfigNode | undefined;
  readonly problems: readonly TextProblem[];
  readonly comments: readonly Comment[];
  readonly launches?: readonly Launch[];
}

/**
 * Parses a text once, without a reader's dialect. Never throws: what could not be read is told in `problems`,
 * and only the first syntax problem is, since the later ones mostly follow from it.
 */
export function parseText(file: string, text: string, format: Format): ParsedText {
  return { file, text, format, ...documentOf(text, format) };
}

function documentOf(text: string, format: Format): Document {
  const refusal = sizeProblem(text) ?? conflictProblem(text);
  if (refusal !== undefined) return nothingRead(refusal);

  try {
    return PARSERS[format](text);
  } catch (error) {
    return nothingRead(crashProblem(text, error));
  }
}

const PARSERS: Readonly<Record<Format, (text: string) => Document>> = {
  yaml: parseYaml,
  json: (text) => parseJson(blankByteOrderMark(text)),
  toml: (text) => parseToml(blankByteOrderMark(text)),
  shell: parseShell,
  python: parsePython,
};

/** The JSON and TOML parsers take a byte order mark for content; a space keeps every offset. */
function blankByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
}

function nothingRead(problem: TextProblem): Document {
  return { root: undefined, problems: [problem], comments: [] };
}

function sizeProblem(text: string): TextProblem | undefined {
  if (text.length > MAX_TEXT_LENGTH) {
    return limitProblem(text, `${count(text.length)} characters, over the limit of ${count(MAX_TEXT_LENGTH)}`);
  }
  const lines = countLines(text);
  if (lines > MAX_LINES) return limitProblem(text, `${count(lines)} lines, over the limit of ${count(MAX_LINES)}`);
  return undefined;
}

function limitProblem(text: string, excess: string): TextProblem {
  return { kind: 'limit', range: firstLine(text), message: `The file has ${excess}, so it is not read.` };
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** Git writes the opening and the closing marker at the start of a line, seven characters and a space. */
function conflictProblem(text: string): TextProblem | undefined {
  const opening = /^<{7} .*$/m.exec(text);
  if (opening === null || !/^>{7} /m.test(text)) return undefined;
  return {
    kind: 'syntax',
    range: { start: opening.index, end: opening.index + opening[0].length },
    message: 'An unresolved merge conflict starts here, so the file holds two versions and neither is read.',
  };
}

/** The parsers recurse: a RangeError from one is an exhausted stack. */
function crashProblem(text: string, error: unknown): TextProblem {
  const tooDeep = error instanceof RangeError;
  return {
    kind: tooDeep ? 'limit' : 'syntax',
    range: firstLine(text),
    message: tooDeep
      ? 'Maps and lists are nested too deeply here, so the file is not read.'
      : 'The file could not be parsed, so it is not read.',
  };
}

function firstLine(text: string): TextRange {
  const end = text.search(/[\r\n]/);
  return { start: 0, end: end === -1 ? Math.min(text.length, 200) : Math.min(end, 200) };
}
