const QUANTIFIER: ReadonlySet<string> = new Set(['*', '+', '?']);

/**
 * Whether Python's `re` surely refuses a pattern: brackets that do not pair, a quantifier with nothing before it,
 * a lone backslash at the end. What else may be wrong with it is passed over (Python: Lib/re/_parser.py).
 */
export function brokenPattern(pattern: string): boolean {
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at];
    if (letter === '\\') {
      if (at + 1 === pattern.length) return true;
      at += 1;
    } else if (letter === '[') {
      const end = endOfSet(pattern, at);
      if (end === undefined) return true;
      at = end;
    } else if (letter === '(') {
      depth += 1;
      if (pattern[at + 1] === '?') at += 1;
    } else if (letter === ')') {
      depth -= 1;
      if (depth < 0) return true;
    } else if (letter !== undefined && QUANTIFIER.has(letter) && startsBranch(pattern, at)) return true;
  }
  return depth !== 0;
}

/** The closing bracket of a set; one that stands first in it is a letter of the set. */
function endOfSet(pattern: string, start: number): number | undefined {
  const first = pattern[start + 1] === '^' ? start + 2 : start + 1;
  for (let at = pattern[first] === ']' ? first + 1 : first; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']') return at;
  }
  return undefined;
}

function startsBranch(pattern: string, at: number): boolean {
  const before = pattern[at - 1];
  const isEscaped = pattern[at - 2] === '\\';
  return before === undefined || ((before === '(' || before === '|') && !isEscaped);
}
