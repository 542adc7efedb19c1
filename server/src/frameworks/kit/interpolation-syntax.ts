/** A piece of a text with `${…}` in it. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** `${a.b}`, `${.sibling}`, `${a.${b}}`: a key path, itself made of pieces. */
  | { readonly kind: 'reference'; readonly path: readonly Piece[] }
  /** `${name:argument,argument}`. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly (readonly Piece[])[] };

/** Interpolations inside one another; nobody writes more than two or three. */
const MAX_NESTING = 16;

/** The pieces of a text, or undefined where its braces do not close or it holds an escape. */
export function piecesOf(text: string, nesting = 0): readonly Piece[] | undefined {
  if (nesting > MAX_NESTING || text.includes('\\$')) return undefined;
  const pieces: Piece[] = [];
  let at = 0;
  for (let start = text.indexOf('${'); start !== -1; start = text.indexOf('${', at)) {
    if (start > at) pieces.push({ kind: 'text', text: text.slice(at, start) });
    const end = closing(text, start + 1);
    if (end === undefined) return undefined;
    const piece = expression(text.slice(start + 2, end).trim(), nesting + 1);
    if (piece === undefined) return undefined;
    pieces.push(piece);
    at = end + 1;
  }
  if (at < text.length) pieces.push({ kind: 'text', text: text.slice(at) });
  return pieces;
}

/** Offset of the brace that closes the one at `open`. */
function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] !== '}') continue;
    depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

function expression(content: string, nesting: number): Piece | undefined {
  const name = /^([A-Za-z_][\w.]*)\s*:/.exec(content);
  if (name?.[1] === undefined) {
    const path = piecesOf(content, nesting);
    return path === undefined || content === '' ? undefined : { kind: 'reference', path };
  }
  const args = splitArguments(content.slice(name[0].length)).map((argument) => piecesOf(argument, nesting));
  if (args.some((argument) => argument === undefined)) return undefined;
  return { kind: 'call', name: name[1], args: args.flatMap((argument) => (argument === undefined ? [] : [argument])) };
}

/** Splits at commas outside quotes and brackets; blanks around an argument and one pair of quotes do not count. */
function splitArguments(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if ('{[('.includes(char)) depth += 1;
    else if ('}])'.includes(char)) depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => withoutQuotes(part.trim()));
}

function withoutQuotes(text: string): string {
  return /^"[^"]*"$|^'[^']*'$/.test(text) ? text.slice(1, -1) : text;
}
