import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../../server/src/frameworks/index.ts';
import type { JsonSchema } from '../../../server/src/frameworks/types.ts';
import { parseText, withLoader } from '../../../server/src/text/index.ts';

const IDS = ['verl', 'roll', 'ms-swift', 'peft', 'openrlhf', 'sentence-transformers', 'open-clip', 'diffusers'];

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, '', 'auto', 'list(range(0,8))', 'range(5,2)', 'grpo', 0, -1, 0.5, 1e300),
  fc.constantFrom<unknown>('1e-5', 'CachedMultipleNegativesRankingLoss', 'zero3_offload', 8, 1, '???', 'megatron'),
  fc.array(fc.constantFrom<unknown>(0, 1, 'x', null, -3), { maxLength: 3 }),
  fc.dictionary(
    fc.constantFrom('name', 'stage', 'n', 'gpus', 'mini_batch_size'),
    fc.constantFrom<unknown>(0, 'x', null),
  ),
);

/** Every path of a schema, sections and their keys alike. */
function pathsOf(schema: JsonSchema, root: JsonSchema, prefix: readonly string[] = []): readonly (readonly string[])[] {
  const target = schema.$ref === undefined ? schema : root.$defs?.[schema.$ref.replace('#/$defs/', '')];
  return Object.entries(target?.properties ?? {}).flatMap(([name, inner]) => [
    [...prefix, name],
    ...pathsOf(inner, root, [...prefix, name]),
  ]);
}

function placed(entries: readonly (readonly [readonly string[], unknown])[]): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [path, value] of entries) {
    let at = config;
    for (const step of path.slice(0, -1)) {
      const next = at[step];
      const map = typeof next === 'object' && next !== null && !Array.isArray(next) ? next : {};
      at[step] = map;
      // The map was made, or proved to be one, on the line above.
      at = map as Record<string, unknown>;
    }
    at[path.at(-1) ?? ''] = value;
  }
  return config;
}

describe('odd values under known keys', () => {
  it.each(IDS)('never make %s throw, nor state a number that is none', (id) => {
    const adapter = ADAPTERS.find((one) => one.id === id);
    const schema = adapter?.schema;
    if (adapter === undefined || schema === undefined) throw new Error(`${id} has no schema`);
    const paths = pathsOf(schema, schema);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), odd), { maxLength: 20 }), (entries) => {
        const parsed = parseText('config.json', JSON.stringify(placed(entries)), 'json');
        const tree = withLoader(parsed, 'json');
        const linked = {
          resolve: (_from: string, path: string) => ({ file: path, found: false }),
          open: () => undefined,
        };
        adapter.recognise({ file: 'config.json', tree });
        for (const { plan } of adapter.read({ file: 'config.json', tree, linked }).plans)
          for (const [field, sourced] of Object.entries(plan.values))
            if (typeof sourced.value === 'number') expect(Number.isFinite(sourced.value), field).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
