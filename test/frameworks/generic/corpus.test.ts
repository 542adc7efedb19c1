import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../../server/src/engine/index.ts';
import { formatOf } from '../../../server/src/text/index.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

/** Folder, and how many of its files are for something else: sweepers, detection benchmarks, scripts of their own. */
const FOLDERS = [
  ['rl-zoo3', 0],
  ['detectron2', 0],
  ['vissl', 6],
  ['fairseq', 4],
  ['dinov2', 0],
  ['ldm', 0],
  ['ai-toolkit', 0],
  ['ludwig', 0],
] as const;

describe('published configs of vision, speech and control', () => {
  if (isThere) checkPublished();
  else it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
});

function checkPublished(): void {
  it.each(FOLDERS)('%s files are recognised', (folder, others) => {
    const ids = analysesOf(folder).map(({ framework }) => framework?.id);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => id !== folder)).toHaveLength(others);
  });

  it.each(FOLDERS)('%s files have no warnings but keys written twice', (folder) => {
    const found = analysesOf(folder).flatMap(({ findings }) => findings);
    const grave = found.filter(({ severity }) => severity === 'error' || severity === 'warning');
    expect(
      grave.map(({ rule, message }) => `${rule}: ${message}`).filter((line) => !line.startsWith('duplicate-key')),
    ).toEqual([]);
  });

  it('show the quote left open in a published job', () => {
    const kinds = analysesOf('ai-toolkit').flatMap(({ problems }) => problems.map(({ kind }) => kind));
    expect(kinds).toEqual(['syntax']);
  });

  it('are guessed too where no framework is known', () => {
    const guessed = analysesOf('ludwig', 'generic').filter(({ plans }) => plans[0]?.plan.values['schedule.epochs']);
    expect(guessed.length).toBeGreaterThan(40);
  });
}

function analysesOf(folder: string, framework?: string): readonly Analysis[] {
  const names = readdirSync(join(CORPUS, folder)).filter((name) => formatOf(name) !== undefined);
  return names.map((name) => {
    const file = join(CORPUS, folder, name);
    const settings = framework === undefined ? {} : { framework };
    return analyze({
      file,
      text: readFileSync(file, 'utf8'),
      files: { roots: [], read: () => ({ kind: 'missing' }) },
      settings,
    });
  });
}
