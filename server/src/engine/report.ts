import { FIELD_INFO, FIELD_NAMES, type FieldName } from '../plan/index.ts';
import { memoryText } from './code-lens.ts';
import type { LineOf } from './hover.ts';
import { originText } from './origin-text.ts';
import type { Analysis, PlanAnalysis } from './types.ts';
import { gibText, valueText } from './value-text.ts';

/** The whole reading of a file as Markdown: plan with origins, memory table, findings. */
export function reportMarkdown(analysis: Analysis, fileName: string, lineOf: LineOf): string {
  if (analysis.framework === undefined)
    return `# ${fileName}\n\nThis file is no training config that Batchwise knows.\n`;
  const head = `# ${fileName}\n\n${analysis.framework.title}, recognised by ${analysis.framework.reasons.join(', ')}.`;
  const plans = analysis.plans.map((plan) => planSection(plan, analysis, lineOf));
  return `${[head, ...plans, findingsSection(analysis, lineOf)].join('\n\n')}\n`;
}

function planSection(analysis: PlanAnalysis, { plans, file }: Analysis, lineOf: LineOf): string {
  const { plan } = analysis;
  const title = plans.length > 1 ? `## Plan: ${plan.name}` : '## Plan';
  const rows = planRows(analysis, file, lineOf).map(
    ({ label, value, origin }) => `| ${cell(label)} | ${cell(value)} | ${cell(origin)} |`,
  );
  return `${title}\n\n| | value | from |\n|---|---|---|\n${rows.join('\n')}\n\n${memorySection(analysis)}`;
}

export interface PlanRow {
  readonly field: FieldName;
  readonly label: string;
  readonly value: string;
  readonly origin: string;
}

/** Every known field of a plan in the registry's order, as text. A checkpoint's config.json stands in the rows it gives. */
export function planRows({ plan }: PlanAnalysis, file: string, lineOf: LineOf): readonly PlanRow[] {
  return FIELD_NAMES.flatMap((field) => {
    const sourced = plan.values[field];
    if (sourced === undefined || field === 'model.configJson') return [];
    return [
      {
        field,
        label: FIELD_INFO[field].label,
        value: valueText(field, sourced),
        origin: originText(plan, field, file, lineOf),
      },
    ];
  });
}

function memorySection(analysis: PlanAnalysis): string {
  const outcome = analysis.memory();
  if (!outcome.known) return `## Memory\n\n${memoryText(outcome) ?? outcome.reason ?? 'Not known.'}`;
  const { estimate } = outcome;
  const rows = estimate.terms
    .filter((term) => term.bytes > 0)
    .map((term) => `| ${term.name}${term.atPeak ? '' : ' (not live at the peak)'} | ${gibText(term.bytes)} |`);
  const notes = [estimate.regime.note, ...estimate.assumptions].map((note) => `- ${note}`);
  return `## Memory\n\n${memoryText(outcome)}; the peak is in ${estimate.peakPhase}.\n\n| part | per GPU |\n|---|---|\n${rows.join('\n')}\n\n${notes.join('\n')}`;
}

function findingsSection(analysis: Analysis, lineOf: LineOf): string {
  if (analysis.findings.length === 0) return '## Findings\n\nNone.';
  const rows = analysis.findings.map(
    (finding) =>
      `- line ${(lineOf(finding.at) ?? 0) + 1}, ${finding.severity}, \`${finding.rule}\`: ${finding.message}`,
  );
  return `## Findings\n\n${rows.join('\n')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
