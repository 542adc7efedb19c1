import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ConfigValue } from '../../text/index.ts';
import type { JsonSchema } from '../types.ts';

/** What ajv reports, with the place in the whole document. */
export type SchemaError = Pick<ErrorObject, 'instancePath' | 'keyword' | 'params'>;

/**
 * Errors of a value against a schema. Compiling a framework's whole schema takes ajv a quarter of a second; only the
 * parts that a document uses are compiled, each distinct one once, so plain maps are walked here key by key.
 */
export function validationErrors(
  value: ConfigValue | undefined,
  schema: JsonSchema,
  root: JsonSchema,
  at = '',
): readonly SchemaError[] {
  if (value === undefined) return [];
  if (!isRecord(value) || !isPlainMap(schema)) return leafErrors(value, schema, root, at);
  return Object.entries(value).flatMap(([key, item]) => {
    const own = propertySchema(schema, key);
    const place = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (own !== undefined) return validationErrors(item, own, root, place);
    if (schema.additionalProperties === false)
      return [{ instancePath: at, keyword: 'additionalProperties', params: { additionalProperty: key } }];
    return [];
  });
}

/** A schema that says nothing but what its keys hold. */
function isPlainMap(schema: JsonSchema): boolean {
  return (
    schema.properties !== undefined &&
    schema.anyOf === undefined &&
    schema.oneOf === undefined &&
    schema.allOf === undefined &&
    schema.$ref === undefined
  );
}

function propertySchema(schema: JsonSchema, key: string): JsonSchema | undefined {
  const own = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
  if (own !== undefined) return own;
  const pattern = Object.entries(schema.patternProperties ?? {}).find(([source]) => new RegExp(source).test(key));
  if (pattern !== undefined) return pattern[1];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function leafErrors(value: ConfigValue, schema: JsonSchema, root: JsonSchema, at: string): readonly SchemaError[] {
  const validate = compiled(schema, root);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, keyword, params }) => ({
    instancePath: at + instancePath,
    keyword,
    params,
  }));
}

/** Most keys share a handful of shapes ("an integer or nothing"), so validators are kept by what they check. */
const validators = new Map<string, ValidateFunction>();
const bySchema = new WeakMap<JsonSchema, ValidateFunction>();

function compiled(schema: JsonSchema, root: JsonSchema): ValidateFunction {
  const known = bySchema.get(schema);
  if (known !== undefined) return known;
  const checked = JSON.stringify(schema, (key, part) => (REMARKS.has(key) ? undefined : part));
  const refers = checked.includes('"$ref"');
  const name = refers ? `${root.$id ?? root.title ?? ''}${checked}` : checked;
  const validate =
    validators.get(name) ??
    newAjv().compile(refers && root.$defs !== undefined ? { ...schema, $defs: root.$defs } : schema);
  validators.set(name, validate);
  bySchema.set(schema, validate);
  return validate;
}

/** Words of a schema that check nothing. */
const REMARKS: ReadonlySet<string> = new Set([
  'description',
  'title',
  'default',
  'examples',
  'deprecated',
  'x-removed',
  'x-replacement',
  '$id',
  '$schema',
]);

let ajv: Ajv2020 | undefined;

function newAjv(): Ajv2020 {
  ajv ??= new Ajv2020({ allErrors: true, strict: false, verbose: true, validateFormats: false });
  return ajv;
}

function isRecord(value: ConfigValue): value is { readonly [key: string]: ConfigValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
