import { type CheckedFile, type CheckResult, shownPath, spanReader } from './reporter.ts';

/** JUnit XML: one suite a file, one failed case a finding at warning or above. */
export function junitReport(result: CheckResult): string {
  const spanOf = spanReader(result);
  const suites = result.files
    .filter((file) => file.analysis?.framework !== undefined)
    .map((file) => suite(file, spanOf));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="batchwise">\n${suites.join('\n')}\n</testsuites>\n`;
}

function suite({ file, analysis }: CheckedFile, spanOf: ReturnType<typeof spanReader>): string {
  const failed = (analysis?.findings ?? []).filter(
    (finding) => finding.severity === 'error' || finding.severity === 'warning',
  );
  const cases = failed.map((finding) => {
    const { line, column } = spanOf(finding.at);
    return `    <testcase name="${escaped(finding.rule)}" classname="${escaped(shownPath(file))}" line="${line}"><failure type="${finding.severity}" message="${escaped(finding.message)}">line ${line}, column ${column}</failure></testcase>`;
  });
  const passed =
    failed.length === 0 ? [`    <testcase name="no findings" classname="${escaped(shownPath(file))}"/>`] : [];
  return `  <testsuite name="${escaped(shownPath(file))}" tests="${Math.max(1, failed.length)}" failures="${failed.length}">\n${[...cases, ...passed].join('\n')}\n  </testsuite>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
