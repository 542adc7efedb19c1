import type { ArithmeticExpression } from 'unbash';

/** Variables by name, as the words they hold. */
type Variables = ReadonlyMap<string, readonly { readonly text: string; readonly known: boolean }[]>;

/** Expressions deeper than this are not worked out. */
const MAX_DEPTH = 40;

/** What the shell's whole-number arithmetic comes to, where every part of it is known. */
export function arithmetic(expression: ArithmeticExpression, variables: Variables, depth = 0): number | undefined {
  if (depth > MAX_DEPTH) return undefined;
  switch (expression.type) {
    case 'ArithmeticGroup':
      return arithmetic(expression.expression, variables, depth + 1);
    case 'ArithmeticBinary': {
      const left = arithmetic(expression.left, variables, depth + 1);
      const right = arithmetic(expression.right, variables, depth + 1);
      const value =
        left === undefined || right === undefined ? undefined : OPERATORS[expression.operator]?.(left, right);
      return Number.isSafeInteger(value) ? value : undefined;
    }
    case 'ArithmeticWord': {
      const name = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(expression.value)?.[1];
      const held = name === undefined ? undefined : variables.get(name);
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
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
};
