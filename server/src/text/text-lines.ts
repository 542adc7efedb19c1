/** Where the line that holds the offset begins. */
export function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && text.startsWith('\uFEFF') && offset > 0 ? 1 : start;
}

/** Where the line that holds the offset ends, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  if (feed === -1) return text.length;
  return feed > offset && text[feed - 1] === '\r' ? feed - 1 : feed;
}

/** Where the next line begins, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  return feed === -1 ? text.length : feed + 1;
}

/** The line break that the text uses first. */
export function lineBreakOf(text: string): string {
  const feed = text.indexOf('\n');
  return feed > 0 && text[feed - 1] === '\r' ? '\r\n' : '\n';
}

/** What stands before the offset on its line. */
export function beforeOnLine(text: string, offset: number): string {
  return text.slice(lineStart(text, offset), offset);
}

/** The offset's column as blanks, for a line that is to stand in line with it. */
export function indentAt(text: string, offset: number): string {
  return beforeOnLine(text, offset).replace(/[^\t ]/g, ' ');
}
