export { COMMON_DERIVATIONS, type Derivation, derive, deriveValues } from './derive.ts';
export { FIELD_INFO, FIELD_NAMES, type FieldInfo, isFieldName } from './field-registry.ts';
export type * from './field-types.ts';
export type { FieldName, PlanFields } from './fields.ts';
export type { Location } from './location.ts';
export {
  completePlan,
  editedField,
  type PlanEdit,
  type PlanValues,
  setField,
  type TrainingPlan,
  withEdits,
  withoutFields,
} from './plan.ts';
export { describeOrigin, type Provenance, type Sourced } from './provenance.ts';
export type { Resident } from './residents.ts';
