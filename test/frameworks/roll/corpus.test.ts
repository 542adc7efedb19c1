import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Reading, recognise } from '../../../server/src/frameworks/index.ts';
import { formatOf, parseText, withLoader } from '../../../server/src/text/index.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

/** Folder, its adapter, and how many files are for something else: ms-swift's sampler and its benchmark's table. */
const FOLDERS = [
  ['roll', 'roll', 0],
  ['verl', 'verl', 0],
  ['peft', 'peft', 0],
  ['ms-swift', 'ms-swift', 3],
] as const;

describe('published configs', () => {
  if (!isThere) {
    it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
    return;
  }

  it.each(FOLDERS)('of %s are recognised and read without an issue that their framework does not have', (...row) => {
    const [folder, adapter, others] = row;
    const read = readFolder(folder);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((file) => file.adapter !== adapter)).toHaveLength(others);
    const issues = read.flatMap((file) => (file.reading?.issues ?? []).map(({ kind, key }) => `${kind} ${key}`));
    expect(issues).toEqual([]);
  });

  it('of ROLL state completions of a step and of a round', () => {
    const values = readFolder('roll').flatMap((file) => file.reading?.plans.map(({ plan }) => plan.values) ?? []);
    expect(values.filter((plan) => plan['batch.micro'] !== undefined).length).toBeGreaterThan(60);
    const rounds = values.flatMap((plan) => {
      const [round, step] = [plan['rollout.batch']?.value, plan['batch.global']?.value];
      return round === undefined || step === undefined ? [] : [round / step];
    });
    expect(rounds.length).toBeGreaterThan(40);
    expect(rounds.every((updates) => updates > 0)).toBe(true);
  });
});

interface ReadFile {
  readonly adapter: string | undefined;
  readonly reading?: Reading;
}

function readFolder(folder: string): readonly ReadFile[] {
  return readdirSync(join(CORPUS, folder))
    .sort()
    .flatMap((name) => {
      const format = formatOf(name);
      return format === undefined ? [] : [readOne(join(CORPUS, folder, name), format)];
    });
}

function readOne(file: string, format: NonNullable<ReturnType<typeof formatOf>>): ReadFile {
  const parsed = parseText(file, readFileSync(file, 'utf8'), format);
  const adapter = recognise(file, parsed)?.adapter;
  if (adapter === undefined) return { adapter: undefined };
  const tree = withLoader(parsed, adapter.loader(withLoader(parsed, 'pyyaml')));
  const linked = { resolve: (_from: string, path: string) => ({ file: path, found: false }), open: () => undefined };
  return { adapter: adapter.id, reading: adapter.read({ file, tree, linked }) };
}
