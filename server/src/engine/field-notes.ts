import type { FieldName } from '../plan/index.ts';
import type { PlanAnalysis } from './types.ts';

/** A fact from the literature about a field of this plan, as one Markdown line. */
export type FieldNote = (analysis: PlanAnalysis) => string | undefined;

/** Which facts a hover on a field shows. Facts are never findings: they inform, they do not judge. */
const NOTES: { readonly [F in FieldName]?: readonly FieldNote[] } = {};

export function fieldNotes(analysis: PlanAnalysis, field: FieldName): readonly string[] {
  return (NOTES[field] ?? []).flatMap((note) => note(analysis) ?? []);
}
