import type { ConfigPath } from '../../text/index.ts';
import type { JsonSchema } from '../types.ts';

/** The schema of the value at a path: `$ref` followed, alternatives with properties merged. Undefined: the schema says nothing of it. */
export function schemaAt(root: JsonSchema, path: ConfigPath): JsonSchema | undefined {
  let current: JsonSchema | undefined = flatten(root, root);
  for (const step of path) {
    if (current === undefined) return undefined;
    const next: JsonSchema | undefined =
      typeof step === 'number' ? itemSchema(current, step) : propertySchema(current, step);
    current = next === undefined ? undefined : flatten(next, root);
  }
  return current;
}

function itemSchema(schema: JsonSchema, index: number): JsonSchema | undefined {
  return schema.prefixItems?.[index] ?? schema.items;
}

function propertySchema(schema: JsonSchema, key: string): JsonSchema | undefined {
  const own = schema.properties?.[key];
  if (own !== undefined) return own;
  const pattern = Object.entries(schema.patternProperties ?? {}).find(([source]) => new RegExp(source).test(key));
  if (pattern !== undefined) return pattern[1];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function flatten(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const followed = schema.$ref === undefined ? schema : { ...definition(schema.$ref, root), ...withoutRef(schema) };
  const parts = [...(followed.allOf ?? []), ...(followed.anyOf ?? []), ...(followed.oneOf ?? [])];
  if (parts.length === 0) return followed;
  const flat = parts.map((part) => flatten(part, root));
  return {
    ...followed,
    properties: Object.assign({}, ...flat.map((part) => part.properties ?? {}), followed.properties ?? {}),
    ...firstOf(flat, followed, 'items'),
    ...mergedEnum(flat, followed),
  };
}

function firstOf(parts: readonly JsonSchema[], own: JsonSchema, key: 'items'): JsonSchema {
  const value = own[key] ?? parts.find((part) => part[key] !== undefined)?.[key];
  return value === undefined ? {} : { [key]: value };
}

function mergedEnum(parts: readonly JsonSchema[], own: JsonSchema): JsonSchema {
  const values = own.enum ?? parts.flatMap((part) => part.enum ?? (part.const === undefined ? [] : [part.const]));
  return values.length === 0 ? {} : { enum: values };
}

function definition(ref: string, root: JsonSchema): JsonSchema {
  return root.$defs?.[ref.replace('#/$defs/', '')] ?? {};
}

function withoutRef(schema: JsonSchema): JsonSchema {
  const { $ref: _ref, ...rest } = schema;
  return rest;
}
