import { type Command, parse, type Script, type Word, type WordPart } from 'unbash';
import { arithmetic } from './shell-arithmetic.ts';
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
  const state: State = { text, variables: new Map(), before: new Map(), commands: [], words: 0 };
  for (const statement of script.commands) visit(statement, state, 0);
  return state.commands;
}

interface State {
  readonly text: string;
  readonly variables: Variables;
  /** What the variables that the branch at hand sets held when it began. */
  before: Map<string, readonly ShellWord[] | undefined>;
  readonly commands: ShellCommand[];
  words: number;
}

function visit(node: ShellNode, state: State, depth: number): void {
  if (depth > MAX_DEPTH) return;
  // The parser names its nodes by type; one called Command is its Command.
  if (node.type === 'Command') visitCommand(node as unknown as Command, state);
  else if (node.type === 'If' || node.type === 'Case') visitBranches(branchesOf(node), state, depth);
  else for (const child of childNodes(node)) visit(child, state, depth + 1);
}

/** The bodies of a test, of which one is run; the conditions before them set nothing that matters. */
function branchesOf(node: ShellNode): readonly ShellNode[] {
  // The parser's If and Case have these fields and no other node does.
  const { then, elif = [], else: last, items = [] } = node as ShellNode & Branches;
  return [then, ...elif.map((one) => one.then), last, ...items.map((item) => item.body)].filter(isNode);
}

interface Branches {
  readonly then?: ShellNode;
  readonly elif?: readonly { readonly then: ShellNode }[];
  readonly else?: ShellNode;
  readonly items?: readonly { readonly body: ShellNode }[];
}

/** Every branch begins with the variables before the test; what the last one sets stands after it. */
function visitBranches(branches: readonly ShellNode[], state: State, depth: number): void {
  const outer = state.before;
  const after: Variables = new Map();
  for (const branch of branches) {
    state.before = new Map();
    visit(branch, state, depth + 1);
    for (const [name, held] of state.before) {
      after.set(name, state.variables.get(name) ?? []);
      if (held === undefined) state.variables.delete(name);
      else state.variables.set(name, held);
    }
  }
  state.before = outer;
  for (const [name, words] of after) setVariable(name, words, state);
}

function setVariable(name: string, words: readonly ShellWord[], state: State): void {
  if (!state.before.has(name)) state.before.set(name, state.variables.get(name));
  state.variables.set(name, words);
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
    if (command.name === undefined) assign(prefix, words, state);
    else if (words[0] !== undefined) assigned.set(prefix.name, words[0]);
  }
  if (command.name === undefined) return;
  const words = wordsOf(command, command.name, state);
  if (words[0]?.text === 'read') takeHereDocument(command, words, state);
  state.commands.push({ words, environment: assigned, range: { start: command.pos, end: command.end } });
}

/** Sets a variable; `+=` adds words to an array and text to a string. */
function assign(part: AssignmentParts, words: readonly ShellWord[], state: State): void {
  if (part.name === undefined) return;
  const held = part.append === true ? (state.variables.get(part.name) ?? []) : [];
  const [added] = words;
  const last = held.at(-1);
  const isText = !(isRecord(part.value) && part.value['type'] === 'ArrayValue');
  // Text with a blank between falls apart there once the variable is used; each side keeps its own place.
  if (isText && added !== undefined && last !== undefined && !/\s$/.test(last.text) && !/^\s/.test(added.text))
    setVariable(
      part.name,
      [...held.slice(0, -1), { text: last.text + added.text, range: last.range, known: last.known && added.known }],
      state,
    );
  else setVariable(part.name, [...held, ...words], state);
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
  setVariable(variable, held, state);
}

interface AssignmentParts {
  readonly name?: string;
  readonly value?: unknown;
  readonly append?: boolean | undefined;
  readonly pos: number;
  readonly end: number;
}

/** `export A=1` assigns; behind any other program `a.b=1` is an argument that looks like an assignment. */
function takeAssignment(part: AssignmentParts, words: ShellWord[], state: State): void {
  const program = words[0]?.text;
  const value = assignedWords(part.value, state);
  if (program === 'export' || program === 'declare' || program === 'local') assign(part, value, state);
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
  return held.flatMap((one) => (whole.quoted ? [one] : splitBlanks(one, state.text)));
}

/** A command's output, or a default with blanks. */
const HAS_BLANKS_INSIDE = /\$\(|`|\$\{[^}\s]*\s/;

/**
 * An unquoted string variable is split at blanks, as the shell does. The pieces keep their places where as many are
 * written: a variable or a continued line among them takes another length, and a value with blanks leaves all of them
 * at the whole string.
 */
function splitBlanks(word: ShellWord, text: string): ShellWord[] {
  if (!/\s/.test(word.text)) return [word];
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
      const value = part.expression === undefined ? undefined : arithmetic(part.expression, state.variables);
      return value === undefined ? { text: part.text, known: false } : { text: String(value), known: true };
    }
    default:
      return { text: part.text, known: false };
  }
}

function variablePiece(name: string, source: string, fallback: Piece | undefined, state: State): Piece {
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
function defaultOf(part: Extract<WordPart, { type: 'ParameterExpansion' }>, state: State): Piece | undefined {
  const { operation } = part;
  if (SET_BY_SCHEDULER.test(part.parameter)) return undefined;
  if (operation === undefined || operation.type !== 'Default') return undefined;
  const { operand } = operation;
  if (operand === undefined) return { text: '', known: true };
  const { text, known } = joined(operand, state);
  return { text, known };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
