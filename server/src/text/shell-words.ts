import { type ArithmeticExpression, type Command, parse, type Script, type Word, type WordPart } from 'unbash';
import type { TextRange } from './types.ts';

/** One argument of a command after expansion, with the text its value is written at. */
export interface ShellWord {
  readonly text: string;
  readonly range: TextRange;
  /** False where part of it comes from outside the script: an unset variable, a command's output, `$@`. */
  readonly known: boolean;
}

export interface ShellCommand {
  /** The program and its arguments, variables of the script filled in. */
  readonly words: readonly ShellWord[];
  /** Assignments before the program: `NPROC_PER_NODE=8 swift sft`. */
  readonly environment: ReadonlyMap<string, ShellWord>;
  readonly range: TextRange;
}

/** Words of one variable: several for an array or an unquoted string with blanks. */
type Variables = Map<string, readonly ShellWord[]>;

/** Commands deeper than this are not looked for, and a script's expansions stop at this many words. */
const MAX_DEPTH = 40;
const MAX_WORDS = 20_000;

/** The commands of a script in order, with the script's own variables filled in. Nothing is run; what a loop or a test decides is not decided here. */
export function shellCommands(text: string): readonly ShellCommand[] {
  const script: Script = parse(text);
  const state: State = { text, variables: new Map(), commands: [], words: 0 };
  for (const statement of script.commands) visit(statement, state, 0);
  return state.commands;
}

interface State {
  readonly text: string;
  readonly variables: Variables;
  readonly commands: ShellCommand[];
  words: number;
}

function visit(node: ShellNode, state: State, depth: number): void {
  if (depth > MAX_DEPTH) return;
  // The parser names its nodes by type; one called Command is its Command.
  if (node.type === 'Command') visitCommand(node as unknown as Command, state);
  else for (const child of childNodes(node)) visit(child, state, depth + 1);
}

/** Any node of the parser's tree. */
interface ShellNode {
  readonly type: string;
}

/** The parser's nodes hold their children under many names; every one that is itself a node is followed. */
function childNodes(node: ShellNode): readonly ShellNode[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function isNode(value: unknown): value is ShellNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    value.type !== 'Word'
  );
}

function visitCommand(command: Command, state: State): void {
  const assigned = new Map<string, ShellWord>();
  for (const prefix of command.prefix) {
    if (prefix.type !== 'Assignment' || prefix.name === undefined) continue;
    const words = assignedWords(prefix.value, state);
    // Without a program the assignment stays for the rest of the script.
    if (command.name === undefined) state.variables.set(prefix.name, words);
    else if (words[0] !== undefined) assigned.set(prefix.name, words[0]);
  }
  if (command.name === undefined) return;
  const words = wordsOf(command, command.name, state);
  if (words[0]?.text === 'read') takeHereDocument(command, words, state);
  state.commands.push({ words, environment: assigned, range: { start: command.pos, end: command.end } });
}

function wordsOf(command: Command, name: Word, state: State): ShellWord[] {
  const words = expand(name, state);
  for (const part of command.suffix) {
    if (part.type === 'Word') words.push(...expand(part, state));
    else if (part.type === 'Assignment' && part.name !== undefined) takeAssignment(part, words, state);
  }
  return words;
}

/** `read -d '' NAME <<EOF` keeps a whole command line in a variable; its words keep the places they are written at. */
function takeHereDocument(command: Command, words: readonly ShellWord[], state: State): void {
  const variable = words.at(-1)?.text;
  const document = command.suffix.find((part) => part.type === 'HereDoc');
  if (variable === undefined || document?.body === undefined) return;
  const { pos, end } = document.body;
  const inPlace = parse(`${' '.repeat(pos)}${state.text.slice(pos, end)}`);
  const held = inPlace.commands.flatMap(({ command: line }) =>
    line.type === 'Command' && line.name !== undefined ? wordsOf(line, line.name, state) : [],
  );
  state.variables.set(variable, held);
}

/** `export A=1` assigns; behind any other program `a.b=1` is an argument that looks like an assignment. */
function takeAssignment(
  part: {
    readonly name?: string;
    readonly value?: unknown;
    readonly text?: string;
    readonly pos: number;
    readonly end: number;
  },
  words: ShellWord[],
  state: State,
): void {
  const program = words[0]?.text;
  const value = assignedWords(part.value, state);
  if (part.name !== undefined && (program === 'export' || program === 'declare' || program === 'local'))
    state.variables.set(part.name, value);
  const [first] = value;
  const name = `${part.name ?? ''}=`;
  if (first !== undefined)
    words.push({ text: name + first.text, range: { start: part.pos, end: part.end }, known: first.known });
}

function assignedWords(value: unknown, state: State): readonly ShellWord[] {
  if (!isRecord(value)) return [];
  if (value['type'] === 'ArrayValue' && Array.isArray(value['elements']))
    return value['elements'].flatMap((element: Word) => expand(element, state));
  // Assigned words are the parser's own Word nodes.
  return value['type'] === 'Word' ? [joined(value as unknown as Word, state)] : [];
}

/** A word as the arguments it becomes: an array or an unquoted variable may give several. */
function expand(word: Word, state: State): ShellWord[] {
  state.words += 1;
  if (state.words > MAX_WORDS) return [];
  const whole = wholeVariable(word);
  const held = whole === undefined ? undefined : state.variables.get(whole.name);
  if (whole === undefined || held === undefined) return [joined(word, state)];
  if (whole.quoted && !whole.all) return [joined(word, state)];
  return held.flatMap((one) => (whole.quoted ? [one] : splitBlanks(one)));
}

/** An unquoted string variable is split at blanks, as the shell does; the pieces keep their places where they are literal. */
function splitBlanks(word: ShellWord): ShellWord[] {
  if (!/\s/.test(word.text)) return [word];
  const inner = word.range.end - word.range.start - word.text.length;
  const lead = inner >= 2 ? 1 : 0;
  return [...word.text.matchAll(/\S+/g)].map((match) => {
    const start = word.range.start + lead + match.index;
    return { text: match[0], range: { start, end: start + match[0].length }, known: word.known };
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
function joined(word: Word, state: State): ShellWord {
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

interface Piece {
  readonly text: string;
  readonly known: boolean;
}

function pieceOf(part: WordPart, state: State): Piece {
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
      const value = part.expression === undefined ? undefined : arithmetic(part.expression, state);
      return value === undefined ? { text: part.text, known: false } : { text: String(value), known: true };
    }
    default:
      return { text: part.text, known: false };
  }
}

/** What the shell's whole-number arithmetic comes to, where every part of it is known. */
function arithmetic(expression: ArithmeticExpression, state: State, depth = 0): number | undefined {
  if (depth > MAX_DEPTH) return undefined;
  switch (expression.type) {
    case 'ArithmeticGroup':
      return arithmetic(expression.expression, state, depth + 1);
    case 'ArithmeticBinary': {
      const left = arithmetic(expression.left, state, depth + 1);
      const right = arithmetic(expression.right, state, depth + 1);
      const value =
        left === undefined || right === undefined ? undefined : OPERATORS[expression.operator]?.(left, right);
      return Number.isSafeInteger(value) ? value : undefined;
    }
    case 'ArithmeticWord': {
      const name = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(expression.value)?.[1];
      const held = name === undefined ? undefined : state.variables.get(name);
      const word = held?.length === 1 ? held[0] : undefined;
      const digits = name === undefined ? expression.value : word?.known === true ? word.text : '';
      // A leading zero makes the number octal.
      return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
    }
    default:
      return undefined;
  }
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => Math.trunc(left / right),
  '%': (left, right) => left % right,
  '**': (left, right) => left ** right,
};

function variablePiece(name: string, source: string, fallback: Piece | undefined, state: State): Piece {
  const held = state.variables.get(name);
  if (held !== undefined)
    return { text: held.map((word) => word.text).join(' '), known: held.every((word) => word.known) };
  return fallback ?? { text: source, known: false };
}

/** `${NAME:-value}` means the value wherever the caller sets nothing, which is how such scripts are meant to be read. */
function defaultOf(part: Extract<WordPart, { type: 'ParameterExpansion' }>, state: State): Piece | undefined {
  const { operation } = part;
  if (operation === undefined || operation.type !== 'Default') return undefined;
  const { operand } = operation;
  if (operand === undefined) return { text: '', known: true };
  const { text, known } = joined(operand, state);
  return { text, known };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
