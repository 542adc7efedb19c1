import { BATCH_FIELDS } from './field-info/batch-fields.ts';
import type { FieldInfo } from './field-info/field-info.ts';
import { METHOD_FIELDS } from './field-info/method-fields.ts';
import { MODEL_FIELDS } from './field-info/model-fields.ts';
import { OPTIMIZATION_FIELDS } from './field-info/optimization-fields.ts';
import { PARALLEL_FIELDS } from './field-info/parallel-fields.ts';
import { TASK_FIELDS } from './field-info/task-fields.ts';
import type { FieldName } from './fields.ts';

export type { FieldInfo };

/** Unit, meaning and common aliases of each field; hovers, the glossary and the panel read it. */
export const FIELD_INFO: { readonly [F in FieldName]: FieldInfo } = {
  ...MODEL_FIELDS,
  ...BATCH_FIELDS,
  ...OPTIMIZATION_FIELDS,
  ...METHOD_FIELDS,
  ...PARALLEL_FIELDS,
  ...TASK_FIELDS,
};

/** All field names, in the registry's order. */
export const FIELD_NAMES = Object.keys(FIELD_INFO) as readonly FieldName[];

/** Whether a string names a field: the boundary check for names that come from settings or the wire. */
export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(FIELD_INFO, name);
}
