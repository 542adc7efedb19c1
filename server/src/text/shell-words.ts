import type { ArithmeticExpression, Word, WordPart } from 'unbash';
import { arithmetic } from './shell-arithmetic.ts';
import type { TextRange } from './types.ts';

/** One argument of a command after expansion, with the text its value is written at. */
export interface ShellWord {
  readonly text: string;
  readonly range: TextRange;
  /** False where part of it comes from outside the script: an unset variable, a command's output, `$@`. */
  readonly known: boolean;
}

/** What the script has set so far. */
export interface ShellState {
  readonly text: string;
  /** Words of each variable: several for an array or an unquoted string with blanks. */
  readonly variables: Map<string, readonly ShellWord[]>;
  /** Another file or the terminal has set variables too, so one that is not set here may hold anything. */
  sourced: boolean;
  /** Where `$1` is an argument that the script itself passes. */
  inFunction: boolean;
  /** Names that `export` hands to the programs below. */
  readonly exported: Set<string>;
  /** Words expanded. */
  words: number;
}

/** A script's expansions stop at this many words. */
const MAX_WORDS = 20_000;

/** A word as the arguments it becomes: an array or an unquoted variable may give several. */
export function expand(word: Word, state: ShellState): ShellWord[] {
  state.words += 1;
  if (state.words > MAX_WORDS) return [];
  const whole = wholeVariable(word);
  const held = whole === undefined ? undefined : state.variables.get(whole.name);
  if (whole === undefined || held === undefined) return [joined(word, state)];
  if (whole.quoted && !whole.all) return [joined(word, state)];
  return held.flatMap((one) => (whole.quoted ? [one] : splitBlanks(one, state.text)));
}

/** A command's output, or a default with blanks. */
const HAS_BLANKS_INSIDE = /\$\(|`|\$\{[^}\s]*\s/;

/**
 * An unquoted string variable is split at blanks, as the shell does, and an empty one is no argument. The pieces keep their places where as many are
 * written: a variable or a continued line among them takes another length, and a value with blanks leaves all of them
 * at the whole string.
 */
function splitBlanks(word: ShellWord, text: string): ShellWord[] {
  if (!/\s/.test(word.text)) return word.text === '' && word.known ? [] : [word];
  const source = text.slice(word.range.start, word.range.end);
  const lead = /^["']/.test(source) ? 1 : 0;
  const written = [...source.slice(lead, source.length - lead).matchAll(/(?:\\(?!\r?\n)|[^\s\\])+/g)];
  const pieces = word.text.match(/\S+/g) ?? [];
  const hasBlanksInside = HAS_BLANKS_INSIDE.test(word.text);
  return pieces.map((piece, index) => {
    const match = written.length === pieces.length ? written[index] : undefined;
    // What is not known stands there as it is written, with its dollar sign.
    const known = word.known || (!hasBlanksInside && !piece.includes('$'));
    if (match === undefined) return { ...word, text: piece, known };
    const start = word.range.start + lead + match.index;
    return { text: piece, range: { start, end: start + match[0].length }, known };
  });
}

interface WholeVariable {
  readonly name: string;
  readonly quoted: boolean;
  readonly all: boolean;
}

/** The variable that a word consists of, and nothing else. */
function wholeVariable(word: Word): WholeVariable | undefined {
  const match = /^(")?\$(?:\{(\w+)(\[[@*]\])?\}|(\w+))\1?$/.exec(word.text);
  const name = match?.[2] ?? match?.[4];
  return name === undefined ? undefined : { name, quoted: match?.[1] !== undefined, all: match?.[3] !== undefined };
}

/** One argument, its variables replaced by their text. */
export function joined(word: Word, state: ShellState): ShellWord {
  const whole = wholeVariable(word);
  const held = whole === undefined ? undefined : state.variables.get(whole.name);
  if (held?.length === 1 && held[0] !== undefined) return held[0];
  const parts = word.parts ?? [];
  if (parts.length === 0) return { text: word.value, range: { start: word.pos, end: word.end }, known: true };
  const pieces = parts.map((part) => pieceOf(part, state));
  return {
    text: pieces.map((piece) => piece.text).join(''),
    range: { start: word.pos, end: word.end },
    known: pieces.every((piece) => piece.known),
  };
}

/**
 * A word's text as a test compares it; undefined where it hangs on what is outside the script. A variable that nobody
 * sets is empty: scripts are read as started with no arguments and nothing in the environment, as `${NAME:-value}` is.
 */
export function testedText(word: Word, state: ShellState): string | undefined {
  const name = /^"?\$\{?(\w+|#)\}?"?$/.exec(word.text)?.[1];
  if (name !== undefined && !state.variables.has(name)) {
    if (state.sourced || SET_BY_SCHEDULER.test(name) || (state.inFunction && /^[\d#]/.test(name))) return undefined;
    return name === '#' ? '0' : '';
  }
  const { text, known } = joined(word, state);
  return known ? text : undefined;
}

/** The value of an arithmetic expression where all of it is known. */
export function numberOf(expression: ArithmeticExpression | undefined, state: ShellState): number | undefined {
  return expression === undefined ? undefined : arithmetic(expression, state.variables);
}

interface Piece {
  readonly text: string;
  readonly known: boolean;
}

function pieceOf(part: WordPart, state: ShellState): Piece {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
      return { text: part.value, known: true };
    case 'DoubleQuoted': {
      const pieces = part.parts.map((inner) => pieceOf(inner as WordPart, state));
      return { text: pieces.map((piece) => piece.text).join(''), known: pieces.every((piece) => piece.known) };
    }
    case 'SimpleExpansion':
      return variablePiece(part.text.slice(1), part.text, undefined, state);
    case 'ParameterExpansion':
      return variablePiece(part.parameter, part.text, defaultOf(part, state), state);
    case 'ArithmeticExpansion': {
      const value = numberOf(part.expression, state);
      return value === undefined ? { text: part.text, known: false } : { text: String(value), known: true };
    }
    default:
      return { text: part.text, known: false };
  }
}

function variablePiece(name: string, source: string, fallback: Piece | undefined, state: ShellState): Piece {
  const held = state.variables.get(name);
  if (held !== undefined) {
    const text = held.map((word) => word.text).join(' ');
    const known = held.every((word) => word.known);
    // What a command prints has blanks of its own where it stands; its variable's name has none.
    return { text: known || !HAS_BLANKS_INSIDE.test(text) ? text : source, known };
  }
  return fallback ?? { text: source, known: false };
}

/** Variables that a scheduler sets for every job: a value beside them is for a run without it. */
const SET_BY_SCHEDULER = /^(?:SLURM|PBS|LSB|OMPI|PMI)_/;

/** `${NAME:-value}` means the value wherever the caller sets nothing, which is how such scripts are meant to be read. */
function defaultOf(part: Extract<WordPart, { type: 'ParameterExpansion' }>, state: ShellState): Piece | undefined {
  const { operation } = part;
  if (SET_BY_SCHEDULER.test(part.parameter)) return undefined;
  if (operation === undefined || operation.type !== 'Default') return undefined;
  const { operand } = operation;
  if (operand === undefined) return { text: '', known: true };
  const { text, known } = joined(operand, state);
  return { text, known };
}
