import type { FieldName, PlanFields } from '../../plan/index.ts';
import type { PlanBuilder } from '../kit/plan-builder.ts';

/** Assumes several fields from one source. */
export function assumeAll(builder: PlanBuilder, values: Partial<PlanFields>, cite: string): void {
  for (const [field, value] of Object.entries(values)) {
    // Each value stands under its own field in the argument's type.
    builder.assume(field as FieldName, value as PlanFields[FieldName], cite);
  }
}
