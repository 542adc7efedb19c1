import type { SyntaxNode, TestExpression, Word } from 'unbash';
import { numberOf, type ShellState, testedText } from './shell-words.ts';

/** Tests within tests deeper than this are not decided. */
const MAX_DEPTH = 40;

/** Whether a condition holds; undefined where it hangs on a file, on a program or on what the caller sets. */
export function succeeds(node: SyntaxNode | undefined, state: ShellState, depth = 0): boolean | undefined {
  if (node === undefined || depth > MAX_DEPTH) return undefined;
  switch (node.type) {
    case 'CompoundList':
      return node.commands.length === 1 ? succeeds(node.commands[0], state, depth + 1) : undefined;
    case 'Statement':
      return succeeds(node.command, state, depth + 1);
    case 'AndOr':
      return node.commands.reduce<boolean | undefined>((sofar, command, index) => {
        if (index === 0) return succeeds(command, state, depth + 1);
        const join = node.operators[index - 1] === '&&' ? both : either;
        return join(sofar, succeeds(command, state, depth + 1));
      }, undefined);
    case 'Pipeline': {
      const [command, more] = node.commands;
      if (more !== undefined) return undefined;
      const inner = succeeds(command, state, depth + 1);
      return node.prefixes.filter(({ type }) => type === 'Negation').length % 2 === 1 ? not(inner) : inner;
    }
    case 'Command':
      return node.name === undefined ? undefined : ofProgram(node.name, node.suffix.filter(isWord), state);
    case 'TestCommand':
      return holds(node.expression, state, depth + 1);
    case 'ArithmeticCommand': {
      const value = numberOf(node.expression, state);
      return value === undefined ? undefined : value !== 0;
    }
    default:
      return undefined;
  }
}

/** Whether a text is one that a pattern of `case` or `[[ … ]]` means; undefined for one that is not known. */
export function matchesPattern(text: string, pattern: Word, state: ShellState): boolean | undefined {
  const { parts = [] } = pattern;
  if (!parts.some(({ type }) => type === 'Glob')) {
    const exact = pattern.text === '*' ? text : testedText(pattern, state);
    return exact === undefined ? undefined : exact === text;
  }
  let expression = '';
  for (const part of parts) {
    if (part.type === 'Glob' && part.text === '*') expression += '[^]*';
    else if (part.type === 'Glob' && part.text === '?') expression += '[^]';
    else if (part.type === 'Literal' || part.type === 'SingleQuoted') expression += literally(part.value);
    else return undefined;
  }
  return new RegExp(`^${expression}$`).test(text);
}

function ofProgram(name: Word, words: readonly Word[], state: ShellState): boolean | undefined {
  const program = testedText(name, state);
  if (program === 'true' || program === ':') return true;
  if (program === 'false') return false;
  if (program === 'test') return ofBracket(words, state);
  return program === '[' && words.at(-1)?.text === ']' ? ofBracket(words.slice(0, -1), state) : undefined;
}

/** `[ … ]` of up to three words behind any `!`; the old way of joining tests within it, -a and -o, is not decided. */
function ofBracket(words: readonly Word[], state: ShellState): boolean | undefined {
  const [first, second, third, more] = words;
  if (first?.text === '!') return not(ofBracket(words.slice(1), state));
  if (first === undefined) return false;
  if (second === undefined) return ofUnary('-n', first, state);
  if (third === undefined) return ofUnary(first.text, second, state);
  return more === undefined ? ofBinary(second.text, first, third, false, state) : undefined;
}

function holds(test: TestExpression, state: ShellState, depth: number): boolean | undefined {
  if (depth > MAX_DEPTH) return undefined;
  switch (test.type) {
    case 'TestUnary':
      return ofUnary(test.operator, test.operand, state);
    case 'TestBinary':
      return ofBinary(test.operator, test.left, test.right, true, state);
    case 'TestLogical':
      return test.operands
        .map((operand) => holds(operand, state, depth + 1))
        .reduce(test.operator === '&&' ? both : either);
    case 'TestNot': {
      const inner = holds(test.operand, state, depth + 1);
      return test.negations.length % 2 === 1 ? not(inner) : inner;
    }
    case 'TestGroup':
      return holds(test.expression, state, depth + 1);
    default:
      return undefined;
  }
}

function ofUnary(operator: string, operand: Word, state: ShellState): boolean | undefined {
  if (operator !== '-z' && operator !== '-n') return undefined;
  const text = testedText(operand, state);
  return text === undefined ? undefined : (text === '') === (operator === '-z');
}

function ofBinary(
  operator: string,
  left: Word,
  right: Word,
  patterns: boolean,
  state: ShellState,
): boolean | undefined {
  const text = testedText(left, state);
  if (text === undefined) return undefined;
  if (EQUALITY.has(operator)) {
    const other = testedText(right, state);
    const same = patterns ? matchesPattern(text, right, state) : other === undefined ? undefined : other === text;
    return operator === '!=' ? not(same) : same;
  }
  const compare = COMPARISONS[operator];
  const number = testedText(right, state);
  if (compare === undefined || number === undefined || !WHOLE.test(text) || !WHOLE.test(number)) return undefined;
  return compare(Number(text), Number(number));
}

const EQUALITY: ReadonlySet<string> = new Set(['=', '==', '!=']);

const WHOLE = /^-?\d{1,15}$/;

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '-eq': (left, right) => left === right,
  '-ne': (left, right) => left !== right,
  '-lt': (left, right) => left < right,
  '-le': (left, right) => left <= right,
  '-gt': (left, right) => left > right,
  '-ge': (left, right) => left >= right,
};

function both(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  if (one === false || other === false) return false;
  return one === true && other === true ? true : undefined;
}

function either(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  if (one === true || other === true) return true;
  return one === false && other === false ? false : undefined;
}

function not(truth: boolean | undefined): boolean | undefined {
  return truth === undefined ? undefined : !truth;
}

function isWord(part: { readonly type: string }): part is Word {
  return part.type === 'Word';
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
