import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GPT_NEOX_KEYS } from '../../server/src/frameworks/gpt-neox/gpt-neox-keys.ts';
import { ADAPTERS } from '../../server/src/frameworks/index.ts';
import { pathOf } from '../../server/src/frameworks/kit/around.ts';
import { LEVANTER_KEYS } from '../../server/src/frameworks/levanter/levanter-keys.ts';
import { LLM_FOUNDRY_KEYS } from '../../server/src/frameworks/llm-foundry/llm-foundry-keys.ts';
import { MAXTEXT_KEYS } from '../../server/src/frameworks/maxtext/maxtext-keys.ts';
import { NANOTRON_KEYS } from '../../server/src/frameworks/nanotron/nanotron-keys.ts';
import { OLMO_KEYS } from '../../server/src/frameworks/olmo/olmo-keys.ts';
import type { KeyTable } from '../../server/src/frameworks/types.ts';
import { parseText, withLoader } from '../../server/src/text/index.ts';

const TABLES: readonly (readonly [string, KeyTable])[] = [
  ['gpt-neox', GPT_NEOX_KEYS],
  ['olmo', OLMO_KEYS],
  ['nanotron', NANOTRON_KEYS],
  ['levanter', LEVANTER_KEYS],
  ['maxtext', MAXTEXT_KEYS],
  ['llm-foundry', LLM_FOUNDRY_KEYS],
];

const odd = fc.oneof(
  fc.constantFrom(null, true, false, '', 'auto', 0, -1, 0.5, 1, 7, 4096, 1e300, '1e-5', '1ep', '9e99T', '0ba', '-1dur'),
  fc.constantFrom('adam', 'full', 'cosine', 'p=f32,c=bfloat16', 'p=,c', 'gpt2', 'mpt_causal_lm', 'custom'),
  fc.array(fc.constantFrom(null, 0.9, 'x', 3), { maxLength: 3 }),
  fc.constantFrom([[['flash'], 12]], [[[], 'all']], [['flash']], [12], { enabled: true }, { a: { b: 1 } }),
);

describe('odd values under the keys of pretraining frameworks', () => {
  it.each(TABLES)('never make %s throw, nor state a number that is none', (id, table) => {
    const adapter = ADAPTERS.find((one) => one.id === id);
    const entries = fc.array(fc.tuple(fc.constantFrom(...Object.keys(table)), odd), { maxLength: 12 });
    fc.assert(
      fc.property(entries, (pairs) => {
        const parsed = parseText('config.yaml', JSON.stringify(nested(pairs)), 'yaml');
        const tree = withLoader(parsed, adapter?.loader(withLoader(parsed, 'pyyaml')) ?? 'pyyaml');
        const linked = { resolve: (_: string, path: string) => ({ file: path, found: false }), open: () => undefined };
        for (const plan of adapter?.read({ file: 'config.yaml', tree, linked }).plans ?? []) {
          for (const [field, sourced] of Object.entries(plan.plan.values))
            if (typeof sourced.value === 'number') expect(Number.isFinite(sourced.value), field).toBe(true);
          adapter?.write({ set: 'schedule.totalSteps', to: 100 }, plan);
          adapter?.write({ set: 'schedule.warmupSteps', to: 10 }, plan);
          adapter?.write({ set: 'batch.micro', to: 2 }, plan);
        }
      }),
    );
    expect(adapter?.id).toBe(id);
  });
});

/** A config with these values at their dotted paths; what lies under a value replaces it. */
function nested(pairs: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [dotted, value] of pairs) {
    const path = pathOf(dotted).map(String);
    const last = path.at(-1) ?? dotted;
    let at = root;
    for (const step of path.slice(0, -1)) {
      const next = at[step];
      // A copy: the value may be one of the constants above.
      const inner: Record<string, unknown> = isRecord(next) ? { ...next } : {};
      at[step] = inner;
      at = inner;
    }
    at[last] = value;
  }
  return root;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
