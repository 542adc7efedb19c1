import { describe, expect, it } from 'vitest';
import { FIX_PAIRS } from '../../bench/audit/fix-pairs.ts';
import { SOURCED_TABLES, START_CHECKS } from '../../bench/audit/start-checks.ts';
import { findRule } from '../../server/src/rules/index.ts';

describe('what pages say of rules', () => {
  it('names rules that there are', () => {
    const named = [...START_CHECKS.flatMap((check) => check.rules), ...FIX_PAIRS.flatMap(({ rule }) => rule ?? [])];
    expect(named.filter((rule) => findRule(rule) === undefined)).toEqual([]);
  });

  it('tells every check of starting frameworks once, with a rule or a reason', () => {
    expect(new Set(START_CHECKS.map((check) => check.id)).size).toBe(START_CHECKS.length);
    expect(START_CHECKS).toHaveLength(156);
    expect(
      START_CHECKS.filter(
        ({ coverage, rules, why }) => (coverage === 'told') !== (rules.length > 0 && why === undefined),
      ),
    ).toEqual([]);
  });

  it('names each table once, with what was read of it', () => {
    expect(new Set(SOURCED_TABLES.map(({ framework }) => framework)).size).toBe(SOURCED_TABLES.length);
    expect(SOURCED_TABLES.filter(({ at, sources }) => at === '' || sources.length === 0)).toEqual([]);
  });
});
