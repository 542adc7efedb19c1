import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AnalyzeRequest, analyze } from '../../server/src/engine/index.ts';
import { ADAPTERS } from '../../server/src/frameworks/index.ts';

const PAGES = join(import.meta.dirname, '../../docs/rules');
const KNOWN = new Set(ADAPTERS.map((adapter) => adapter.id));

/** One example of a page: ```yaml axolotl fires=rule-id gpu=h100-80gb gpus=8 */
interface Example {
  readonly rule: string;
  readonly language: string;
  readonly framework: string;
  readonly expects: 'quiet' | 'fires' | 'before';
  readonly gpu: string | undefined;
  readonly gpus: number | undefined;
  readonly text: string;
  /** The block marked `before` above this one on its page: the file at HEAD. */
  readonly earlier: string | undefined;
}

const examples = readdirSync(PAGES)
  .flatMap((name) => examplesOf(name.replace(/\.md$/, ''), readFileSync(join(PAGES, name), 'utf8')))
  .filter((example) => example.expects !== 'before' && KNOWN.has(example.framework));

describe('examples on rule pages', () => {
  it('exist', () => {
    expect(examples.length).toBeGreaterThan(50);
  });

  it.each(examples.map((example, index) => ({ ...example, index })))(
    '$rule: $framework $expects ($index)',
    (example) => {
      const found = rulesFound(example);
      if (example.expects === 'fires') expect(found).toContain(example.rule);
      else expect(found).not.toContain(example.rule);
    },
  );
});

function rulesFound(example: Example): readonly string[] {
  const request: AnalyzeRequest = {
    file: `/project/${example.framework}/train.${example.language === 'json' ? 'json' : 'yaml'}`,
    text: example.text,
    files: { roots: [], read: () => ({ kind: 'missing' }) },
    settings: { framework: example.framework, gpu: example.gpu, gpus: example.gpus },
    ...(example.earlier === undefined
      ? {}
      : { earlier: [{ label: 'HEAD', kind: 'head' as const, text: example.earlier }] }),
  };
  return analyze(request).findings.map((finding) => finding.rule);
}

function examplesOf(rule: string, page: string): readonly Example[] {
  let earlier: string | undefined;
  return [...page.matchAll(/^```(\w+) ([\w-]+) (.+)\n([\s\S]*?)^```$/gm)].map((match): Example => {
    const [, language = '', framework = '', words = '', text = ''] = match;
    const option = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(words)?.[1];
    const expects = words.startsWith('before') ? 'before' : option('fires') === undefined ? 'quiet' : 'fires';
    const gpus = option('gpus');
    const example = {
      rule,
      language,
      framework,
      expects,
      gpu: option('gpu'),
      gpus: gpus === undefined ? undefined : Number(gpus),
      text,
      earlier,
    } as const;
    if (expects === 'before') earlier = text;
    return example;
  });
}
