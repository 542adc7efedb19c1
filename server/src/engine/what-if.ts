import { editedField, type FieldName, isFieldName, type PlanEdit } from '../plan/index.ts';
import type { WhatIf } from '../protocol/index.ts';

/** Plan edits of a what-if from the wire; unknown fields are dropped. */
export function editsOfWhatIf(whatIf: WhatIf): readonly PlanEdit[] {
  return Object.entries(whatIf).flatMap(([field, value]): readonly PlanEdit[] => {
    if (!isFieldName(field)) return [];
    // Values come back from controls the server itself described, field by field.
    return value === null ? [{ unset: field } as PlanEdit] : [{ set: field, to: typed(field, value) } as PlanEdit];
  });
}

/** Choices travel as text; a field whose choices are numbers gets its number back. */
function typed(field: FieldName, value: string | number | boolean): string | number | boolean {
  if (field === 'sharding.zeroStage' && typeof value === 'string') return Number(value);
  return value;
}

/** A what-if that says the same as the edits; list values cannot be tried in the panel and are left out. */
export function whatIfOfEdits(edits: readonly PlanEdit[]): WhatIf {
  return Object.fromEntries(
    edits.flatMap((edit) => {
      const value = 'set' in edit ? edit.to : null;
      return typeof value === 'object' && value !== null ? [] : [[editedField(edit), value]];
    }),
  );
}
