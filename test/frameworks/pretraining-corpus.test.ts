import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskFiles } from '../../server/src/cli/disk.ts';
import { type Analysis, analyze } from '../../server/src/engine/index.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

/** Folder and the adapters its files are for. */
const FOLDERS = [
  ['gpt-neox', ['gpt-neox']],
  ['olmo', ['olmo']],
  ['nanotron', ['nanotron', 'm4']],
  ['levanter', ['levanter']],
  ['maxtext', ['maxtext']],
  ['llm-foundry', ['llm-foundry']],
  ['deepspeed-examples-other', ['bing-bert', 'deepspeed']],
] as const;

/** Mistakes the published files are known for, and what else in them is wrong by the framework's own checks. */
const KNOWN = [
  'pythia-12b-deduped.yml value-not-allowed',
  'pythia-12b-deduped.yml head-dims-indivisible',
  'llemma__34B.yml unknown-key',
  'llemma__7B.yml unknown-key',
  'llemma__7B.yml unknown-key',
  'config_qwen_with_moe.yaml duplicate-key',
  'config_280m_llama_proxy.yaml sequence-exceeds-positions',
];

describe('published pretraining configs', () => {
  if (isThere) checkPublished();
  else it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
});

function checkPublished(): void {
  it.each(FOLDERS)('%s files are recognised as %s', (folder, adapters) => {
    const read = readFolder(folder);
    expect(read.length).toBeGreaterThan(0);
    const others = read.filter(({ analysis }) => !adapters.some((id) => id === analysis.framework?.id));
    expect(others.map(({ file }) => file)).toEqual([]);
  });

  it('have the mistakes they are known for, and no others', () => {
    const found = FOLDERS.flatMap(([folder]) =>
      readFolder(folder).flatMap(({ file, analysis }) =>
        analysis.findings
          .filter(({ severity }) => severity === 'error' || severity === 'warning')
          .map(
            ({ rule }) =>
              `${file
                .split('__')
                .slice(file.includes('llemma') ? -2 : -1)
                .join('__')} ${rule}`,
          ),
      ),
    );
    expect(found.sort()).toEqual([...KNOWN].sort());
  });

  it('tell where one is no YAML, and what it says all the same', () => {
    const broken = readFolder('gpt-neox').find(({ file }) => file.endsWith('pythia-12b.yml'));
    expect(broken?.analysis.problems.map(({ kind }) => kind)).toEqual(['syntax']);
    expect(broken?.analysis.plans[0]?.plan.values['model.parameterCount']?.value).toBe(11_846_072_320);
  });

  it('end their decay before the run where they are known to', () => {
    const early = readFolder('nanotron').find(({ file }) => file.endsWith('config_tiny_llama_with_s3_upload.yaml'));
    expect(early?.analysis.findings.map(({ rule }) => rule)).toContain('decay-misses-run-end');
  });
}

interface ReadFile {
  readonly file: string;
  readonly analysis: Analysis;
}

function readFolder(folder: string): readonly ReadFile[] {
  const directory = join(CORPUS, folder);
  return readdirSync(directory)
    .sort()
    .map((file) => {
      const path = join(directory, file);
      const text = readFileSync(path, 'utf8');
      return { file, analysis: analyze({ file: path, text, files: diskFiles(directory), settings: {} }) };
    });
}
