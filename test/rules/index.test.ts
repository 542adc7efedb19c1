import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corpusCell, corpusCounts } from '../../docs/build/corpus-counts.ts';
import { pageHead } from '../../docs/build/rule-pages.ts';
import { isFieldName } from '../../server/src/plan/index.ts';
import { findRule, KEY_RULES, RULES } from '../../server/src/rules/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = join(ROOT, 'docs/rules');
const HEADINGS = ['Why it matters', 'Examples', 'When it is silent', 'When to ignore it', 'Sources'];

/** What stands beside the rules, which have one file each. */
const NOT_RULES: ReadonlySet<string> = new Set(['index.ts', 'key-rules.ts', 'types.ts']);

const all = [...RULES, ...KEY_RULES];

describe('the list of rules', () => {
  it('gives every rule an id of its own, in order', () => {
    const ids = RULES.map((rule) => rule.id);
    expect(new Set(all.map((rule) => rule.id)).size).toBe(all.length);
    expect(ids).toEqual([...ids].sort());
    for (const rule of all) {
      expect(rule.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/);
      expect(findRule(rule.id)).toBe(rule);
    }
    expect(findRule('no-such-rule')).toBeUndefined();
  });

  it('holds every rule file', () => {
    const files = readdirSync(join(ROOT, 'server/src/rules'))
      .filter((name) => name.endsWith('.ts') && !NOT_RULES.has(name))
      .map((name) => name.replace(/\.ts$/, ''));
    expect(files.sort()).toEqual(RULES.map((rule) => rule.id));
  });

  it('leaves no page without a rule', () => {
    const pages = readdirSync(PAGES)
      .filter((name) => name !== 'README.md')
      .map((name) => name.replace(/\.md$/, ''));
    expect(pages.sort()).toEqual(all.map((rule) => rule.id).sort());
  });
});

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (_id, rule) => {
  it('has a summary and messages in house style', () => {
    expect(rule.summary).not.toMatch(/\.$/);
    expect([...rule.needs, ...rule.wants].every(isFieldName)).toBe(true);
    for (const message of Object.values(rule.messages)) {
      expect(message).toMatch(/\.$/);
      expect(message).not.toMatch(/\bshould\b|\bplease\b|error:/i);
    }
  });
});

describe('no rule', () => {
  const table = new Map(
    readFileSync(join(PAGES, 'README.md'), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, id, severity, , corpus] = line.split(/ ?\| ?/);
        const name = /^\[([\w-]+)\]/.exec(id ?? '')?.[1];
        return name === undefined ? [] : [[name, { severity, corpus }] as const];
      }),
  );
  const keyRuleTests = readFileSync(join(ROOT, 'test/rules/key-rules.test.ts'), 'utf8');
  const counts = corpusCounts();
  const isOnFields = (rule: (typeof all)[number]): rule is (typeof RULES)[number] => 'needs' in rule;

  it.each([
    [
      'a test',
      (rule) =>
        isOnFields(rule)
          ? existsSync(join(ROOT, 'test/rules', `${rule.id}.test.ts`))
          : keyRuleTests.includes(`'${rule.id}'`),
    ],
    ['a page', (rule) => existsSync(join(PAGES, `${rule.id}.md`))],
    ['a source', (rule) => rule.sources.length > 0 && rule.sources.every((source) => source.length > 0)],
    ['a severity in the table', (rule) => table.get(rule.id)?.severity === rule.severity],
    ['fields it needs or wants', (rule) => !isOnFields(rule) || rule.needs.length + rule.wants.length > 0],
    ['a message', (rule) => Object.values(rule.messages).length > 0],
    ['a count of published configs', (rule) => table.get(rule.id)?.corpus === corpusCell(counts, rule.id)],
  ] satisfies [string, (rule: (typeof all)[number]) => boolean][])('is without %s', (_what, has) => {
    expect(all.filter((rule) => !has(rule)).map((rule) => rule.id)).toEqual([]);
  });

  it('is counted in the corpus that is no rule', () => {
    expect([...counts.byRule.keys()].filter((id) => findRule(id) === undefined && id !== 'unused-suppression')).toEqual(
      [],
    );
    expect(counts.files).toBeGreaterThan(1000);
  });
});

describe.each(all.map((rule) => [rule.id, rule] as const))('the page of %s', (id, rule) => {
  const file = join(PAGES, `${id}.md`);
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '';

  it('begins with the generated head and the id', () => {
    const [head, title] = page.split('\n');
    expect(head).toBe(pageHead(id));
    expect(title).toBe(`# ${id}`);
  });

  it('has its sections in order and an example', () => {
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    expect(page).toMatch(/^```\w+ [\w-]+ (quiet|fires=)/m);
  });

  it('names every source of the rule', () => {
    for (const source of rule.sources) expect(page).toContain(source);
  });
});
