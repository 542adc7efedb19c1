import { describe, expect, it } from 'vitest';
import axolotlSchema from '../../../schemas/axolotl.schema.json' with { type: 'json' };
import llamaFactorySchema from '../../../schemas/llama-factory.schema.json' with { type: 'json' };
import v1Schema from '../../../schemas/llama-factory-v1.schema.json' with { type: 'json' };
import { KEYS as AXOLOTL_KEYS } from '../../../server/src/frameworks/axolotl/keys.ts';
import { pathOf } from '../../../server/src/frameworks/kit/around.ts';
import { schemaAt } from '../../../server/src/frameworks/kit/schema-at.ts';
import { KEYS as LLAMA_FACTORY_KEYS } from '../../../server/src/frameworks/llama-factory/keys.ts';
import { V1_KEYS } from '../../../server/src/frameworks/llama-factory/v1-keys.ts';
import type { JsonSchema, KeyTable } from '../../../server/src/frameworks/types.ts';

/** Keys under free mappings, which the schemas leave open. */
const OPEN = /^(lr_scheduler_kwargs|bnb_config_kwargs)\./;

const PAIRS: readonly (readonly [string, KeyTable, unknown])[] = [
  ['axolotl', AXOLOTL_KEYS, axolotlSchema],
  ['llama-factory', LLAMA_FACTORY_KEYS, llamaFactorySchema],
  ['llama-factory-v1', V1_KEYS, v1Schema],
];

describe.each(PAIRS)('%s', (_name, keys, imported) => {
  const schema = imported as JsonSchema;

  it('reads no key its schema does not have', () => {
    const missing = Object.keys(keys).filter((key) => !OPEN.test(key) && schemaAt(schema, pathOf(key)) === undefined);
    expect(missing).toEqual([]);
  });

  it('describes every key in a sentence, and replaces old keys by keys there are', () => {
    const properties = Object.entries(schema.properties ?? {});
    expect(properties.length).toBeGreaterThan(40);
    for (const [key, described] of properties) {
      expect(described.description, key).toMatch(/^\S.{4,}\.$/);
      const replacement = described['x-replacement'];
      if (replacement !== undefined) expect(schema.properties, key).toHaveProperty([replacement]);
    }
  });
});
