import { COMMON_DERIVATIONS, type Derivation, deriveValues } from './derive.ts';
import type { FieldName, PlanFields } from './fields.ts';
import type { Location } from './location.ts';
import type { Sourced } from './provenance.ts';
import type { Resident } from './residents.ts';

/** The values of one plan. A field that is absent is unknown: no rule may guess it. */
export type PlanValues = { readonly [F in FieldName]?: Sourced<PlanFields[F]> };

/** One training run as a config states it: the normalised form every framework is read into. */
export interface TrainingPlan {
  /** `main`, or what the format calls it where it holds several (an environment, a role). */
  readonly name: string;
  /** The part of the document that states this plan; findings without a better place point at its start. */
  readonly at: Location;
  readonly values: PlanValues;
  /** Models and engines that share the GPUs with the trained model. */
  readonly residents: readonly Resident[];
  /**
   * The file inherits from one that could not be read, or is composed elsewhere, so an absent key proves nothing.
   * Rules on absent keys stay silent, and defaults are not filled in.
   */
  readonly partial: boolean;
  /** The framework's own arithmetic, tried before the common one whenever the plan is completed. */
  readonly derivations: readonly Derivation[];
}

/** The plan with everything that follows from its values. */
export function completePlan(plan: TrainingPlan): TrainingPlan {
  return { ...plan, values: deriveValues(plan.values, [...plan.derivations, ...COMMON_DERIVATIONS]) };
}

/**
 * The plan as it would read after the edits: edited values replace what was there, values inferred from them are
 * inferred anew. Another batch does not change the machines: ranks that followed from the batch stay what they were.
 * `origin` names who edits, for hovers ("tried in the panel").
 */
export function withEdits(plan: TrainingPlan, edits: readonly PlanEdit[], origin = 'edited'): TrainingPlan {
  if (edits.length === 0) return plan;
  const values = withoutFields(plan.values, new Set(edits.map(editedField)));
  for (const edit of edits) {
    if ('set' in edit) Object.assign(values, { [edit.set]: { value: edit.to, origin: 'setting', setting: origin } });
  }
  return completePlan({ ...plan, values });
}

/** How many machines and ranks there are. */
const MACHINES: ReadonlySet<string> = new Set<FieldName>([
  'parallel.world',
  'parallel.nodes',
  'parallel.gpusPerNode',
  'parallel.data',
]);

/** The values without these fields and without what was inferred from them. */
export function withoutFields(values: PlanValues, edited: ReadonlySet<FieldName>): PlanValues {
  const gone = new Set<string>(edited);
  const keepsMachines = [...edited].every((field) => field.startsWith('batch.'));
  for (let grew = true; grew; ) {
    grew = false;
    for (const [field, sourced] of Object.entries(values)) {
      if (gone.has(field) || sourced.origin !== 'inferred' || !sourced.from.some((input) => gone.has(input))) continue;
      if (keepsMachines && MACHINES.has(field)) continue;
      gone.add(field);
      grew = true;
    }
  }
  return Object.fromEntries(Object.entries(values).filter(([field]) => !gone.has(field)));
}

/** A statement of the wish to change one field: what fixes and the panel's Apply are made of. */
export type PlanEdit = {
  [F in FieldName]: { readonly set: F; readonly to: PlanFields[F] } | { readonly unset: F };
}[FieldName];

/** `set` edits are built through this so that a field and its value agree in type. */
export function setField<F extends FieldName>(field: F, to: PlanFields[F]): PlanEdit {
  // Correlated unions are beyond the compiler; the signature above holds the pair together.
  return { set: field, to } as unknown as PlanEdit;
}

/** The field an edit is about. */
export function editedField(edit: PlanEdit): FieldName {
  return 'set' in edit ? edit.set : edit.unset;
}
