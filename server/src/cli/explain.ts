import {
  FIELD_INFO,
  FIELD_NAMES,
  type FieldName,
  fieldMarkdown,
  gibText,
  memoryText,
  type PlanAnalysis,
  type PlanRow,
  planRows,
} from '../engine/index.ts';
import type { ExitStatus } from './main.ts';
import { type OpenedConfig, openConfig } from './open-config.ts';
import { ArgumentError, choiceOption, withArguments } from './options.ts';
import { jsonPlan } from './reporters/json.ts';
import { paint } from './reporters/pretty.ts';

/** `batchwise explain FILE [FIELD]`: every known value with its origin and the memory table, or one field in full. */
export function explain(
  file: string,
  field: string | undefined,
  options: Record<string, unknown>,
): Promise<ExitStatus> {
  return withArguments(() => {
    const format = choiceOption(options, 'format', ['pretty', 'json']);
    const opened = openConfig(file, options);
    const wanted = field === undefined ? undefined : fieldNamed(field, opened);
    if (format === 'json') process.stdout.write(`${JSON.stringify(jsonOf(opened), null, 2)}\n`);
    else process.stdout.write(opened.analysis.plans.map((plan) => planText(plan, opened, wanted)).join('\n'));
    return 0 as const;
  });
}

/** A field by its dotted name, its label or the key that states it. */
function fieldNamed(name: string, { analysis }: OpenedConfig): FieldName {
  const byKey = analysis.plans.flatMap((plan) => [...plan.places]).find(([, place]) => place.path.join('.') === name);
  const found = FIELD_NAMES.find((field) => field === name || FIELD_INFO[field].label === name) ?? byKey?.[0];
  if (found === undefined)
    throw new ArgumentError(
      `${name} is no field and no key of this file; batchwise explain without it lists what is known.`,
    );
  return found;
}

function jsonOf({ analysis, lineOf }: OpenedConfig) {
  const spanOf = (at: Parameters<typeof lineOf>[0]) => ({
    line: (lineOf(at) ?? 0) + 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
  });
  return { framework: analysis.framework?.id, plans: analysis.plans.map((plan) => jsonPlan(plan, analysis, spanOf)) };
}

function planText(plan: PlanAnalysis, opened: OpenedConfig, field: FieldName | undefined): string {
  const { analysis, lineOf } = opened;
  const title = analysis.plans.length > 1 ? `${paint('bold', plan.plan.name)}\n` : '';
  if (field !== undefined)
    return `${title}${fieldMarkdown(plan, field, analysis.file, lineOf).join('\n').replaceAll('**', '').replaceAll('  \n', '\n')}\n`;
  return `${title}${paint('bold', analysis.framework?.title ?? '')}\n\n${rowsText(planRows(plan, analysis.file, lineOf))}\n\n${memoryTable(plan)}\n`;
}

function rowsText(rows: readonly PlanRow[]): string {
  const labelWidth = Math.max(0, ...rows.map((row) => row.label.length));
  const valueWidth = Math.min(40, Math.max(0, ...rows.map((row) => row.value.length)));
  return rows
    .map((row) => `  ${row.label.padEnd(labelWidth)}  ${row.value.padEnd(valueWidth)}  ${paint('gray', row.origin)}`)
    .join('\n');
}

/** The memory estimate as a table of terms, largest first, with the fields that drive each. */
export function memoryTable(plan: PlanAnalysis): string {
  const outcome = plan.memory();
  if (!outcome.known) return `  ${memoryText(outcome) ?? outcome.reason ?? 'GPU memory is not known'}.\n`;
  const { estimate } = outcome;
  const terms = estimate.terms.filter((term) => term.bytes > 0);
  const rows = terms.map(
    (term) =>
      `  ${term.name.padEnd(22)}${gibText(term.bytes).padStart(10)}  ${paint('gray', `${term.atPeak ? '' : 'not live at the peak · '}${term.drivers.map((driver) => FIELD_INFO[driver].label).join(', ')}`)}`,
  );
  const total = `  ${'total'.padEnd(22)}${gibText(estimate.expectedBytes).padStart(10)}  ${gibText(estimate.lowBytes)} to ${gibText(estimate.highBytes)}, peak in ${estimate.peakPhase}`;
  const notes = [estimate.regime.note, ...estimate.assumptions].map((note) => `  ${paint('gray', note)}`);
  return [`  ${paint('bold', memoryText(outcome) ?? '')}`, ...rows, total, ...notes, ''].join('\n');
}
