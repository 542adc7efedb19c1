import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, analyze, KEY_RULES, RULES } from '../../server/src/engine/index.ts';

const PAGES = 'docs/rules';
const EXTENSION: Readonly<Record<string, string>> = { yaml: 'yaml', json: 'json', toml: 'toml' };

interface Block {
  readonly language: string;
  readonly framework: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```(\w+) ([\w-]+) (.+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    framework: match[2] ?? '',
    attributes: new Map(
      (match[3] ?? '').split(' ').map((attribute) => [attribute.split('=')[0] ?? '', attribute.split('=')[1] ?? '']),
    ),
    text: match[4] ?? '',
  }));
}

function rulesFound(block: Block, before: Block | undefined): readonly string[] {
  const gpus = block.attributes.get('gpus');
  const analysis = analyze({
    file: `/work/example.${EXTENSION[block.language]}`,
    text: block.text,
    files: { roots: [], read: () => ({ kind: 'missing' }) },
    settings: {
      framework: block.framework,
      gpu: block.attributes.get('gpu'),
      gpus: gpus === undefined ? undefined : Number(gpus),
    },
    ...(before === undefined ? {} : { earlier: [{ label: 'HEAD', kind: 'head', text: before.text }] }),
  });
  return analysis.findings.map((finding) => finding.rule);
}

const rules = [...RULES, ...KEY_RULES];
const pages = readdirSync(PAGES).filter((name) => name !== 'README.md');

describe('rule pages', () => {
  it('has one page for each rule and no other', () => {
    expect(pages.sort()).toEqual(rules.map((rule) => `${rule.id}.md`).sort());
  });

  for (const page of pages) {
    const rule = page.replace('.md', '');
    const blocks = blocksOf(readFileSync(join(PAGES, page), 'utf8'));
    const before = blocks.find((block) => block.attributes.has('before'));
    const examples = blocks.filter((block) => block !== before);

    it(`${rule} shows an example that fires and one that does not`, () => {
      expect(examples.map((block) => block.attributes.get('fires')).filter((id) => id === rule)).not.toEqual([]);
      expect(examples.some((block) => block.attributes.has('quiet'))).toBe(true);
    });

    for (const [index, block] of examples.entries()) {
      it(`${rule}: example ${index + 1} (${block.framework}) ${block.attributes.has('quiet') ? 'is quiet' : 'fires'}`, () => {
        expect(ADAPTERS.map((adapter) => adapter.id)).toContain(block.framework);
        const found = rulesFound(block, before);
        if (block.attributes.has('quiet')) expect(found).not.toContain(rule);
        else expect(found).toContain(rule);
      });
    }
  }
});
