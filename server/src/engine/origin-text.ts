import { FIELD_INFO, type FieldName, type Location, type TrainingPlan } from '../plan/index.ts';
import { baseName } from './paths.ts';
import { countText } from './value-text.ts';

/** Where a value came from, in words: "line 12", "default (transformers: …)", "4 × 8 × 16 (micro batch × …)". */
export function originText(
  plan: TrainingPlan,
  field: FieldName,
  file: string,
  lineOf: (at: Location) => number | undefined,
): string {
  const sourced = plan.values[field];
  if (sourced === undefined) return 'unknown';
  switch (sourced.origin) {
    case 'explicit': {
      const line = lineOf(sourced.at);
      const where = sourced.at.file === file ? 'this file' : baseName(sourced.at.file);
      return line === undefined ? where : `${where}, line ${line + 1}`;
    }
    case 'default':
      return `default (${sourced.cite})`;
    case 'setting':
      return sourced.setting;
    case 'inferred':
      return `${sourced.how}${factorsText(plan, sourced.from)}`;
    default:
      return sourced satisfies never;
  }
}

/** The inputs of an inferred value with their numbers: ": micro batch 4, gradient accumulation 8". */
function factorsText(plan: TrainingPlan, from: readonly FieldName[]): string {
  const factors = from.flatMap((field) => {
    const value = plan.values[field]?.value;
    return typeof value === 'number' ? [`${FIELD_INFO[field].label} ${countText(value)}`] : [];
  });
  return factors.length === 0 ? '' : `: ${factors.join(', ')}`;
}
