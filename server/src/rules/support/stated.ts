import type { FieldName, PlanValues, Provenance } from '../../plan/index.ts';

/** Whether a person stated the value: in a file, or in a setting. Framework defaults and inferences are not stated. */
export function isStated(source: Provenance | undefined): boolean {
  return source !== undefined && (source.origin === 'explicit' || source.origin === 'setting');
}

/** Whether a field is stated, or follows from at least one that is. */
export function restsOnStatement(
  values: PlanValues,
  field: FieldName,
  seen: ReadonlySet<FieldName> = new Set(),
): boolean {
  const source = values[field];
  if (source === undefined || seen.has(field)) return false;
  if (source.origin !== 'inferred') return isStated(source);
  return source.from.some((input) => restsOnStatement(values, input, new Set([...seen, field])));
}
