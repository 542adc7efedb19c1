import { findAdapter } from '../frameworks/index.ts';
import { schemaAt } from '../frameworks/kit/schema-at.ts';
import { FIELD_INFO, type FieldName, type Location } from '../plan/index.ts';
import { type ConfigPath, entryAt, placeAt } from '../text/index.ts';
import { fieldNotes } from './field-notes.ts';
import { originText } from './origin-text.ts';
import type { Analysis, PlanAnalysis } from './types.ts';
import { gibText, valueText } from './value-text.ts';

export interface HoverData {
  readonly start: number;
  readonly end: number;
  readonly markdown: string;
}

/** Line of a place, zero-based, where the host knows the text; hovers name lines, the engine counts offsets. */
export type LineOf = (at: Location) => number | undefined;

/** What a key means here: its field, effective value and origin, the memory it drives, the framework's own words. */
export function hover(analysis: Analysis, offset: number, lineOf: LineOf): HoverData | undefined {
  const { tree, framework } = analysis;
  if (tree === undefined || framework === undefined) return undefined;
  const place = placeAt(tree, offset);
  if (place === undefined || place.part === 'gap') return undefined;
  const range = place.part === 'key' ? entryAt(tree, place.path)?.keyRange : place.node?.range;
  if (range === undefined) return undefined;
  const sections = [...fieldSections(analysis, place.path, lineOf), ...schemaSection(framework.id, place.path)];
  if (sections.length === 0) return undefined;
  return { ...range, markdown: sections.join('\n\n---\n\n') };
}

function fieldSections(analysis: Analysis, path: ConfigPath, lineOf: LineOf): readonly string[] {
  const adapter = findAdapter(analysis.framework?.id ?? '');
  const fields = adapter?.fieldsOf(path) ?? [];
  const plan = planAt(analysis, path);
  if (plan === undefined) return [];
  return fields.flatMap((field) => fieldMarkdown(plan, field, analysis.file, lineOf));
}

/** The plan whose part of the document holds the path; files with one plan have one answer. */
function planAt(analysis: Analysis, path: ConfigPath): PlanAnalysis | undefined {
  return analysis.plans.find(({ plan }) => plan.name === String(path[0])) ?? analysis.plans[0];
}

/** One field as Markdown: label and value, meaning, origin, memory, and what the literature says of it. */
export function fieldMarkdown(
  analysis: PlanAnalysis,
  field: FieldName,
  file: string,
  lineOf: LineOf,
): readonly string[] {
  const { plan } = analysis;
  const sourced = plan.values[field];
  const info = FIELD_INFO[field];
  const head =
    sourced === undefined ? `**${info.label}**: not known` : `**${info.label}**: ${valueText(field, sourced)}`;
  const lines = [head, `${info.meaning}.`];
  if (sourced !== undefined && sourced.origin !== 'explicit')
    lines.push(`From: ${originText(plan, field, file, lineOf)}.`);
  for (const loser of sourced?.overridden ?? [])
    lines.push(
      `Overrides ${String(loser.value)}, ${loser.origin === 'explicit' ? 'written elsewhere' : loser.origin}.`,
    );
  lines.push(...referenceLines(analysis, field));
  const memory = memoryLine(analysis, field);
  if (memory !== undefined) lines.push(memory);
  lines.push(...fieldNotes(analysis, field));
  return [lines.join('  \n')];
}

/** The parts of a batch are compared as the whole they make. */
const COMPARED_AS: { readonly [F in FieldName]?: FieldName } = {
  'batch.micro': 'batch.global',
  'batch.gradientAccumulation': 'batch.global',
};

/** What the plans that this one is compared with say instead. */
function referenceLines({ plan, references }: PlanAnalysis, field: FieldName): readonly string[] {
  const compared = COMPARED_AS[field] ?? field;
  return references.flatMap(({ label, plan: reference }) => {
    const other = reference.values[compared];
    if (other === undefined || other.value === plan.values[compared]?.value) return [];
    return [`${FIELD_INFO[compared].label} in ${label}: ${valueText(compared, other)}.`];
  });
}

function memoryLine(analysis: PlanAnalysis, field: FieldName): string | undefined {
  const outcome = analysis.memory();
  if (!outcome.known) return undefined;
  const driven = outcome.estimate.terms.filter((term) => term.atPeak && term.bytes > 0 && term.drivers.includes(field));
  if (driven.length === 0) return undefined;
  return `Drives ${driven.map((term) => `${term.name} ${gibText(term.bytes)}`).join(', ')} of ${gibText(outcome.estimate.expectedBytes)} per GPU.`;
}

function schemaSection(frameworkId: string, path: ConfigPath): readonly string[] {
  const schema = findAdapter(frameworkId)?.schema;
  const described = schema === undefined ? undefined : schemaAt(schema, path);
  if (described?.description === undefined) return [];
  const allowed = described.enum?.filter((value) => value !== null).map((value) => `\`${String(value)}\``);
  const lines = [`${described.deprecated === true ? '_Deprecated._ ' : ''}${described.description}`];
  if (allowed !== undefined && allowed.length > 0)
    lines.push(`One of ${allowed.slice(0, 20).join(', ')}${allowed.length > 20 ? ', …' : ''}`);
  if (described.default !== undefined && described.default !== null)
    lines.push(`Default: \`${JSON.stringify(described.default)}\``);
  return [lines.join('  \n')];
}
