import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LinkedFiles, type Reading, recognise } from '../../../server/src/frameworks/index.ts';
import { formatOf, parseText, withLoader } from '../../../server/src/text/index.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

/** Frameworks with one trainer of their own each, whose folders have their names. */
const FOLDERS = ['torchtune', 'litgpt', 'torchtitan', 'prime-rl', 'lingua', 'mistral-finetune', 'oumi'];

/** A local batch of one under four pipeline stages, which torch's 1F1B schedule refuses (torchtitan's Llama 4 17Bx128E). */
const REALLY_WRONG = new Set(['not-allowed training.local_batch_size']);

describe('published configs of frameworks with trainers of their own', () => {
  if (isThere) checkPublished();
  else it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
});

function checkPublished(): void {
  it.each(FOLDERS)('%s: every file is recognised, reads into one plan and has no issue', (folder) => {
    const read = readFolder(folder);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter(({ adapter }) => adapter !== folder)).toEqual([]);
    expect(read.filter(({ reading }) => reading?.plans.length !== 1)).toEqual([]);
    const issues = read.flatMap(({ reading }) => reading?.issues.map(({ kind, key }) => `${kind} ${key}`) ?? []);
    expect(issues.filter((issue) => !REALLY_WRONG.has(issue))).toEqual([]);
  });

  it.each(FOLDERS)('%s: every training run states its micro batch, learning rate and optimizer', (folder) => {
    const plans = readFolder(folder).flatMap(({ reading }) => reading?.plans.map(({ plan }) => plan) ?? []);
    const training = plans.filter(({ partial }) => !partial);
    expect(training.length).toBeGreaterThan(0);
    for (const { values } of training) {
      expect(values['batch.micro']?.value).toBeGreaterThan(0);
      expect(values['optimizer.peakLearningRate']?.value).toBeGreaterThanOrEqual(0);
      expect(values['optimizer.name']?.value).toBeTypeOf('string');
    }
  });
}

interface ReadFile {
  readonly file: string;
  readonly adapter: string | undefined;
  readonly reading: Reading | undefined;
}

/** None of these frameworks names other config files. */
const LINKED: LinkedFiles = { resolve: (_, path) => ({ file: path, found: false }), open: () => undefined };

function readFolder(folder: string): readonly ReadFile[] {
  const files = readdirSync(join(CORPUS, folder)).sort();
  return files.flatMap((file): readonly ReadFile[] => {
    const format = formatOf(file);
    if (format === undefined) return [];
    const parsed = parseText(file, readFileSync(join(CORPUS, folder, file), 'utf8'), format);
    const adapter = recognise(file, parsed)?.adapter;
    if (adapter === undefined) return [{ file, adapter: undefined, reading: undefined }];
    const tree = withLoader(parsed, adapter.loader(withLoader(parsed, 'pyyaml')));
    return [{ file, adapter: adapter.id, reading: adapter.read({ file, tree, linked: LINKED }) }];
  });
}
