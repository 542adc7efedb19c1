import {
  type AndOr,
  type Case,
  type Command,
  type CompoundList,
  type If,
  parse,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { matchesPattern, succeeds } from './shell-test.ts';
import { expand, joined, type ShellState, type ShellWord, testedText } from './shell-words.ts';
import type { TextRange } from './types.ts';

export interface ShellCommand {
  /** The program and its arguments, variables of the script filled in. */
  readonly words: readonly ShellWord[];
  /** What the script exported above and the assignments before the program: `NPROC_PER_NODE=8 swift sft`. */
  readonly environment: ReadonlyMap<string, ShellWord>;
  readonly range: TextRange;
}

interface Script extends ShellState {
  /** What the variables that the branch at hand sets held when it began. */
  before: Map<string, readonly ShellWord[] | undefined>;
  readonly commands: ShellCommand[];
}

/** Commands deeper than this are not looked for. */
const MAX_DEPTH = 40;

/**
 * The commands of a script in order, with the script's own variables filled in, as if it were started with no arguments
 * and nothing set in the environment. Nothing is run: of a test that only a run decides every branch is read, and a
 * variable that then may hold one value or another is unknown.
 */
export function shellCommands(text: string): readonly ShellCommand[] {
  const script: Script = {
    text,
    variables: new Map(),
    before: new Map(),
    commands: [],
    words: 0,
    sourced: false,
    inFunction: false,
    exported: new Set(),
  };
  visit(parse(text), script, 0);
  return script.commands;
}

function visit(node: SyntaxNode | undefined, state: Script, depth: number): void {
  if (node === undefined || depth > MAX_DEPTH) return;
  const inside = depth + 1;
  switch (node.type) {
    case 'Command':
      visitCommand(node, state);
      break;
    case 'Script':
    case 'CompoundList':
    case 'Pipeline':
      for (const command of node.commands) visit(command, state, inside);
      break;
    case 'Statement':
    case 'Redirected':
      visit(node.command, state, inside);
      break;
    case 'AndOr':
      visitAndOr(node, state, inside);
      break;
    case 'If':
      visitIf(node, state, inside);
      break;
    case 'Case':
      visitCase(node, state, inside);
      break;
    case 'While':
      if (succeeds(node.clause, state) !== (node.kind === 'until')) visit(node.body, state, inside);
      break;
    case 'For':
    case 'Select':
      setUnknown(node.name.value, node.name, state);
      visit(node.body, state, inside);
      break;
    case 'Function':
      visitFunction(node.body, state, inside);
      break;
    case 'ArithmeticFor':
    case 'Subshell':
    case 'BraceGroup':
    case 'Coproc':
      visit(node.body, state, inside);
      break;
    default:
  }
}

/** Arguments of a function are not those of the script. */
function visitFunction(body: SyntaxNode, state: Script, depth: number): void {
  const outer = state.inFunction;
  state.inFunction = true;
  visit(body, state, depth);
  state.inFunction = outer;
}

/** `test && A=1 || A=2`: what a decided test leaves out is left out; after any other command, all is read. */
function visitAndOr({ commands, operators }: AndOr, state: Script, depth: number): void {
  let truth: boolean | undefined;
  commands.forEach((command, index) => {
    const operator = operators[index - 1];
    if ((operator === '&&' && truth === false) || (operator === '||' && truth === true)) return;
    const decided = succeeds(command, state);
    visit(command, state, depth);
    truth = decided ?? (isAssignment(command) ? true : undefined);
  });
}

function isAssignment(node: SyntaxNode): boolean {
  return node.type === 'Command' && node.name === undefined;
}

interface Branch {
  readonly body: CompoundList;
  /** Whether it is the one that runs, as far as that can be told. */
  readonly taken: boolean | undefined;
}

function visitIf(node: If, state: Script, depth: number): void {
  const branches: Branch[] = [node, ...node.elif].map(({ clause, then }) => ({
    body: then,
    taken: succeeds(clause, state),
  }));
  if (node.else !== undefined) branches.push({ body: node.else, taken: true });
  visitBranches(branches, state, depth);
}

function visitCase(node: Case, state: Script, depth: number): void {
  const text = testedText(node.word, state);
  const branches = node.items.map(({ pattern, body }): Branch => {
    if (pattern.some((one) => one.text === '*')) return { body, taken: true };
    const matches = pattern.map((one) => (text === undefined ? undefined : matchesPattern(text, one, state)));
    return { body, taken: matches.includes(true) ? true : matches.includes(undefined) ? undefined : false };
  });
  visitBranches(branches, state, depth);
}

/** Those that may run: up to the first that surely does if the ones before do not. */
function visitBranches(all: readonly Branch[], state: Script, depth: number): void {
  const possible = all.filter(({ taken }) => taken !== false);
  const sure = possible.findIndex(({ taken }) => taken === true);
  const branches = sure < 0 ? possible : possible.slice(0, sure + 1);
  const [only] = branches;
  if (only !== undefined && sure === 0) visit(only.body, state, depth);
  else if (only !== undefined) visitUndecided(branches, sure < 0, state, depth);
}

/** Each branch begins with the variables before the test; `orNone`: it may be that none of them runs. */
function visitUndecided(branches: readonly Branch[], orNone: boolean, state: Script, depth: number): void {
  const outer = state.before;
  const outcomes = branches.map(({ body }) => outcomeOf(body, state, depth));
  state.before = outer;
  const ways = outcomes.filter((outcome) => outcome !== undefined);
  if (orNone) ways.push(new Map());
  for (const name of new Set(ways.flatMap((way) => [...way.keys()]))) {
    const held = state.variables.get(name);
    const values = ways.map((way) => way.get(name) ?? held);
    const last = ways.findLast((way) => way.has(name))?.get(name) ?? [];
    setVariable(name, agree(values) ? last : undecided(name, last, values), state);
  }
}

/** What a branch leaves in the variables it sets, which are put back; undefined where the script ends in it. */
function outcomeOf(body: CompoundList, state: Script, depth: number): Map<string, readonly ShellWord[]> | undefined {
  state.before = new Map();
  visit(body, state, depth);
  const after = new Map<string, readonly ShellWord[]>();
  for (const [name, held] of state.before) {
    after.set(name, state.variables.get(name) ?? []);
    if (held === undefined) state.variables.delete(name);
    else state.variables.set(name, held);
  }
  return body.commands.some(({ command }) => leaves(command)) ? undefined : after;
}

function leaves(node: SyntaxNode): boolean {
  return node.type === 'Command' && (node.name?.value === 'exit' || node.name?.value === 'return');
}

type Words = readonly ShellWord[];

function agree(values: readonly (Words | undefined)[]): boolean {
  const texts = values.map((words) => words?.map(({ text, known }) => (known ? text : '?')).join('\n'));
  return texts.every((text) => text !== undefined && text === texts[0]);
}

/** A value that may be one or another is unknown; of arguments that may be one set or another the last set is read. */
function undecided(name: string, last: Words, values: readonly (Words | undefined)[]): Words {
  const [word] = last;
  const areValues = values.every(
    (words) => words === undefined || (words.length === 1 && VALUE.test(words[0]?.text ?? '')),
  );
  return word !== undefined && areValues ? [{ text: `$${name}`, range: word.range, known: false }] : last;
}

/** One word that is no option. */
const VALUE = /^(?!-\D)\S+$/;

function setUnknown(name: string, at: Word, state: Script): void {
  setVariable(name, [{ text: `$${name}`, range: { start: at.pos, end: at.end }, known: false }], state);
}

function setVariable(name: string, words: readonly ShellWord[], state: Script): void {
  if (!state.before.has(name)) state.before.set(name, state.variables.get(name));
  state.variables.set(name, words);
}

function visitCommand(command: Command, state: Script): void {
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
  const program = words[0]?.text;
  if (program === 'read') takeHereDocument(command, words, state);
  if (program !== undefined && SETS_VARIABLES.has(program)) state.sourced = true;
  const environment = new Map([...exportedWords(state), ...assigned]);
  state.commands.push({ words, environment, range: { start: command.pos, end: command.end } });
}

/** What the programs further down find in their environment because the script exported it. */
function exportedWords(state: Script): readonly (readonly [string, ShellWord])[] {
  return [...state.exported].flatMap((name) => {
    const word = state.variables.get(name)?.[0];
    return word === undefined ? [] : [[name, word] as const];
  });
}

/** Programs after which a variable may hold what this script does not say. */
const SETS_VARIABLES: ReadonlySet<string> = new Set(['source', '.', 'eval', 'getopts', 'mapfile', 'readarray']);

/** Sets a variable; `+=` adds words to an array and text to a string. */
function assign(part: AssignmentParts, words: readonly ShellWord[], state: Script): void {
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

function wordsOf(command: Command, name: Word, state: Script): ShellWord[] {
  const words = expand(name, state);
  for (const part of command.suffix) {
    if (part.type === 'Word') words.push(...expand(part, state));
    else if (part.type === 'Assignment' && part.name !== undefined) takeAssignment(part, words, state);
  }
  return words;
}

/** `read -d '' NAME <<EOF` keeps a whole command line in a variable; its words keep the places they are written at. */
function takeHereDocument(command: Command, words: readonly ShellWord[], state: Script): void {
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
function takeAssignment(part: AssignmentParts, words: ShellWord[], state: Script): void {
  const program = words[0]?.text;
  const value = assignedWords(part.value, state);
  if (program === 'export' && part.name !== undefined) state.exported.add(part.name);
  if (program === 'export' || program === 'declare' || program === 'local') assign(part, value, state);
  const [first] = value;
  const name = `${part.name ?? ''}=`;
  if (first !== undefined)
    words.push({ text: name + first.text, range: { start: part.pos, end: part.end }, known: first.known });
}

function assignedWords(value: unknown, state: Script): readonly ShellWord[] {
  if (!isRecord(value)) return [];
  if (value['type'] === 'ArrayValue' && Array.isArray(value['elements']))
    return value['elements'].flatMap((element: Word) => expand(element, state));
  // Assigned words are the parser's own Word nodes.
  return value['type'] === 'Word' ? [joined(value as unknown as Word, state)] : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
