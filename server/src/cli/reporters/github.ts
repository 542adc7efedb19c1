import { type CheckResult, shownPath, spanReader } from './reporter.ts';

const COMMAND = { error: 'error', warning: 'warning', information: 'notice', hint: 'notice' } as const;

/** Workflow commands that GitHub turns into annotations of the changed lines. */
export function githubReport(result: CheckResult): string {
  const spanOf = spanReader(result);
  const lines = result.files.flatMap(({ file, analysis }) =>
    (analysis?.findings ?? []).map((finding) => {
      const { line, column, endLine, endColumn } = spanOf(finding.at);
      const place = `file=${property(shownPath(file))},line=${line},col=${column},endLine=${endLine},endColumn=${endColumn},title=${property(finding.rule)}`;
      return `::${COMMAND[finding.severity]} ${place}::${data(finding.message)}`;
    }),
  );
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Escapes as the runner's command parser undoes them. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
