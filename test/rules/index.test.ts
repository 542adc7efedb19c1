import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it('has a test, sources, a summary and messages in house style', () => {
    expect(existsSync(join(ROOT, 'test/rules', `${id}.test.ts`))).toBe(true);
    expect(rule.sources.length).toBeGreaterThan(0);
    expect(rule.summary).not.toMatch(/\.$/);
    expect([...rule.needs, ...rule.wants].every(isFieldName)).toBe(true);
    for (const message of Object.values(rule.messages)) {
      expect(message).toMatch(/\.$/);
      expect(message).not.toMatch(/\bshould\b|\bplease\b|error:/i);
    }
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
