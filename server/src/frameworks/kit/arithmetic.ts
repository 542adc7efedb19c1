/** Parentheses and signs inside one another. */
const MAX_DEPTH = 32;

/**
 * The number a plain arithmetic expression comes to, with Python's operators and precedence: `+ - * / // % **` and
 * parentheses over numbers. Undefined for anything else, and for a result that is not finite.
 */
export function calculate(text: string): number | undefined {
  const tokens = text.match(/\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\*\*|\/\/|[-+*/%()]|\S/g) ?? [];
  const reader = new ExpressionReader(tokens);
  const value = reader.sum(0);
  return value !== undefined && reader.atEnd() && Number.isFinite(value) ? value : undefined;
}

class ExpressionReader {
  private at = 0;
  private readonly tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  atEnd(): boolean {
    return this.at === this.tokens.length;
  }

  sum(depth: number): number | undefined {
    let value = this.product(depth);
    for (let sign = this.take('+', '-'); sign !== undefined; sign = this.take('+', '-')) {
      const next = this.product(depth);
      if (value === undefined || next === undefined) return undefined;
      value = sign === '+' ? value + next : value - next;
    }
    return value;
  }

  private product(depth: number): number | undefined {
    let value = this.signed(depth);
    for (let sign = this.take('*', '//', '/', '%'); sign !== undefined; sign = this.take('*', '//', '/', '%')) {
      const next = this.signed(depth);
      if (value === undefined || next === undefined) return undefined;
      value = applied(sign, value, next);
    }
    return value;
  }

  private signed(depth: number): number | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const sign = this.take('+', '-');
    if (sign === undefined) return this.power(depth);
    const value = this.signed(depth + 1);
    return value === undefined || sign === '+' ? value : -value;
  }

  private power(depth: number): number | undefined {
    const base = this.atom(depth);
    if (this.take('**') === undefined) return base;
    const exponent = this.signed(depth + 1);
    return base === undefined || exponent === undefined ? undefined : base ** exponent;
  }

  private atom(depth: number): number | undefined {
    if (this.take('(') !== undefined) {
      const value = this.sum(depth + 1);
      return this.take(')') === undefined ? undefined : value;
    }
    const token = this.tokens[this.at];
    if (token === undefined || !/^[.\d]/.test(token)) return undefined;
    this.at += 1;
    return Number(token.replaceAll('_', ''));
  }

  private take(...wanted: readonly string[]): string | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.at += 1;
    return token;
  }
}

function applied(sign: string, left: number, right: number): number {
  switch (sign) {
    case '*':
      return left * right;
    case '//':
      return Math.floor(left / right);
    case '%':
      return left - Math.floor(left / right) * right;
    default:
      return left / right;
  }
}
