import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Analysis, Location } from '../../engine/index.ts';
import { LineIndex } from '../line-index.ts';

export interface CheckedFile {
  /** Absolute path, forward slashes. */
  readonly file: string;
  readonly text: string;
  readonly analysis: Analysis | undefined;
  /** Why the file could not be read. */
  readonly unreadable: string | undefined;
  /** Safe fixes applied. */
  readonly fixed: number;
}

export interface CheckResult {
  readonly files: readonly CheckedFile[];
  readonly milliseconds: number;
}

/** A whole report as text for standard output. */
export type Reporter = (result: CheckResult) => string;

/** Paths in reports are relative to the current folder, with forward slashes. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file).replaceAll('\\', '/');
  return path === '' ? file : path;
}

export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Turns places in a report's files, and in the files those link to, into lines and columns. */
export function spanReader(result: CheckResult): (at: Location) => Span {
  const texts = new Map(result.files.map((file) => [file.file, file.text]));
  const indexes = new Map<string, LineIndex>();
  return (at) => {
    const index = indexes.get(at.file) ?? new LineIndex(texts.get(at.file) ?? textOf(at.file));
    indexes.set(at.file, index);
    const start = index.at(at.start);
    const end = index.at(at.end);
    return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export interface Counts {
  readonly files: number;
  readonly recognised: number;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  readonly fixed: number;
}

export function countsOf(result: CheckResult): Counts {
  const findings = result.files.flatMap((file) => file.analysis?.findings ?? []);
  const syntax = result.files.flatMap((file) => (file.analysis?.framework === undefined ? [] : file.analysis.problems));
  const of = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  return {
    files: result.files.length,
    recognised: result.files.filter((file) => file.analysis?.framework !== undefined).length,
    errors: of('error') + syntax.filter((problem) => problem.kind === 'syntax').length,
    warnings: of('warning'),
    notes: of('information') + of('hint'),
    fixed: result.files.reduce((sum, file) => sum + file.fixed, 0),
  };
}
