import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, KEY_RULES, RULES } from '../../server/src/engine/index.ts';
import { analyzeExample, examplesOf } from './page-example.ts';

const PAGES = 'docs/rules';

const rules = [...RULES, ...KEY_RULES];
const frameworks = ADAPTERS.map((adapter) => adapter.id);
const pages = readdirSync(PAGES).filter((name) => name !== 'README.md');

describe('rule pages', () => {
  it('has one page for each rule and no other', () => {
    expect(pages.sort()).toEqual(rules.map((rule) => `${rule.id}.md`).sort());
  });

  for (const page of pages) {
    const rule = page.replace('.md', '');
    const examples = examplesOf(readFileSync(join(PAGES, page), 'utf8'));

    it(`${rule} shows an example that fires and one that does not`, () => {
      expect(examples.map((example) => example.words.get('fires'))).toContain(rule);
      expect(examples.some((example) => example.words.has('quiet'))).toBe(true);
    });

    for (const [index, example] of examples.entries()) {
      const expects = example.words.has('quiet') ? 'is quiet' : 'fires';
      it(`${rule}: example ${index + 1} (${example.framework}) ${expects}`, () => {
        expect(frameworks).toContain(example.framework);
        const analysis = analyzeExample(example);
        expect(analysis.problems).toEqual([]);
        expect(analysis.plans).not.toEqual([]);
        const found = analysis.findings.map((finding) => finding.rule);
        if (example.words.has('quiet')) expect(found).not.toContain(rule);
        else expect(found).toContain(rule);
      });
    }
  }
});
