import { styleText } from 'node:util';
import type { Finding } from '../../engine/index.ts';
import { type CheckedFile, type CheckResult, countsOf, shownPath, spanReader } from './reporter.ts';

type Style = Parameters<typeof styleText>[0];

const SEVERITY_STYLE: Readonly<Record<string, Style>> = {
  error: 'red',
  warning: 'yellow',
  information: 'blue',
  hint: 'gray',
};

/** For people: one block a file, findings in the order of the text, fixes as titles. */
export function prettyReport(result: CheckResult): string {
  const spanOf = spanReader(result);
  const blocks = result.files.map((file) => fileBlock(file, spanOf)).filter((block) => block !== '');
  return [...blocks, `${summary(result)}\n`].join('\n');
}

/** Colours only on a terminal, and never where NO_COLOR is set. */
export function paint(style: Style, text: string): string {
  return process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined ? styleText(style, text) : text;
}

function fileBlock(file: CheckedFile, spanOf: ReturnType<typeof spanReader>): string {
  const path = paint('underline', shownPath(file.file));
  if (file.unreadable !== undefined) return `${path}\n  cannot be read: ${file.unreadable}\n`;
  const { analysis } = file;
  if (analysis?.framework === undefined) return '';
  const problems = analysis.problems.map((problem) => {
    const { line, column } = spanOf(problem.at);
    return `  ${place(line, column)}  ${paint(problem.kind === 'limit' ? 'blue' : 'red', problem.kind === 'limit' ? 'information' : 'error')}  ${problem.message}`;
  });
  const findings = analysis.findings.map((finding) => findingLines(finding, spanOf));
  if (problems.length + findings.length === 0) return '';
  return `${path} ${paint('gray', analysis.framework.title)}\n${[...problems, ...findings].join('\n')}\n`;
}

function findingLines(finding: Finding, spanOf: ReturnType<typeof spanReader>): string {
  const { line, column } = spanOf(finding.at);
  const severity = paint(SEVERITY_STYLE[finding.severity] ?? 'reset', finding.severity);
  const plan = finding.plan === undefined ? '' : `${finding.plan}: `;
  const head = `  ${place(line, column)}  ${severity}  ${plan}${finding.message}  ${paint('gray', finding.rule)}`;
  const related = finding.related
    .filter(({ at }) => at.file !== finding.at.file)
    .map(({ at, message }) => `           ${paint('gray', `${shownPath(at.file)}:${spanOf(at).line}`)} ${message}`);
  const fixes = finding.fixes
    .slice(0, 3)
    .map(
      (fix) =>
        `           ${paint('green', 'fix:')} ${fix.title}${fix.safety === 'safe' ? '' : paint('gray', ' (changes training)')}`,
    );
  return [head, ...related, ...fixes].join('\n');
}

function place(line: number, column: number): string {
  return `${line}:${column}`.padStart(7);
}

function summary(result: CheckResult): string {
  const { files, recognised, errors, warnings, notes, fixed } = countsOf(result);
  const skipped = files - recognised;
  const parts = [
    `${plural(recognised, 'training config')} checked${skipped === 0 ? '' : `, ${plural(skipped, 'other file')} skipped`}`,
    `${plural(errors, 'error')}, ${plural(warnings, 'warning')}, ${plural(notes, 'note')}`,
    ...(fixed === 0 ? [] : [`${plural(fixed, 'fix', 'fixes')} applied`]),
  ];
  return `${parts.join(' · ')} ${paint('gray', `(${result.milliseconds} ms)`)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
