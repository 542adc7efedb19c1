import type { Log, ReportingDescriptor, Result } from 'sarif';
import { KEY_RULES, RULES } from '../../engine/index.ts';
import { type CheckResult, type Span, shownPath, spanReader } from './reporter.ts';

const LEVEL = { error: 'error', warning: 'warning', information: 'note', hint: 'note' } as const;

/** SARIF 2.1.0, for code-scanning services. */
export function sarifReport(result: CheckResult): string {
  const spanOf = spanReader(result);
  const results = result.files.flatMap(({ file, analysis }) =>
    (analysis?.findings ?? []).map(
      (finding): Result => ({
        ruleId: finding.rule,
        level: LEVEL[finding.severity],
        message: { text: finding.message },
        locations: [location(file, spanOf(finding.at))],
        relatedLocations: finding.related.map(({ at, message }) => ({
          ...location(at.file, spanOf(at)),
          message: { text: message },
        })),
      }),
    ),
  );
  const log: Log = {
    version: '2.1.0',
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    runs: [{ tool: { driver: { name: 'batchwise', rules: descriptors() } }, results, columnKind: 'utf16CodeUnits' }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptors(): ReportingDescriptor[] {
  return [...RULES, ...KEY_RULES].map((rule) => ({ id: rule.id, shortDescription: { text: rule.summary } }));
}

function location(file: string, { line, column, endLine, endColumn }: Span): NonNullable<Result['locations']>[number] {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(shownPath(file)) },
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
  };
}
