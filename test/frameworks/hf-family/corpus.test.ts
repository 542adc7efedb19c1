import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type KeyIssue, type LinkedFiles, type Reading, recognise } from '../../../server/src/frameworks/index.ts';
import { formatOf, type Loader, parseText, withLoader } from '../../../server/src/text/index.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

/** Folder, the adapter its files are for, how many are not: templates that are no JSON, a script's own format. */
const FOLDERS = [
  ['hf-trainer', 'hf-trainer', 0],
  ['open-instruct', 'open-instruct', 0],
  ['fms-hf-tuning', 'fms-hf-tuning', 0],
  ['deepspeed', 'deepspeed', 0],
  ['deepspeed-examples-other', 'deepspeed', 2],
  ['accelerate', 'accelerate', 0],
  ['internvl-cls', 'internvl-classification', 0],
] as const;

/** Published files with keys that their framework really refuses: Accelerate's own test of that. */
const REALLY_UNKNOWN = ['invalid_key', 'another_invalid_key'];

describe('published configs', () => {
  if (isThere) checkPublished();
  else it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
});

function checkPublished(): void {
  it.each(FOLDERS)('%s files are recognised and read', (folder, adapter, others) => {
    const read = readFolder(folder);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((file) => file.adapter !== adapter).map((file) => file.file)).toHaveLength(others);
    for (const file of read.filter((one) => one.adapter === adapter))
      expect(file.reading?.plans.length, file.file).toBe(1);
  });

  it.each(FOLDERS)('%s files have no key called unknown that their framework knows', (folder) => {
    const unknown = readFolder(folder).flatMap((file) => issuesOf(file.reading, 'unknown-key'));
    expect(unknown.map((issue) => issue.key).filter((key) => !REALLY_UNKNOWN.includes(key))).toEqual([]);
  });

  it.each(FOLDERS)('%s files have no value called wrong that their framework takes', (folder) => {
    const wrong = readFolder(folder).flatMap((file) => [
      ...issuesOf(file.reading, 'wrong-type'),
      ...issuesOf(file.reading, 'not-allowed'),
    ]);
    expect(wrong.map((issue) => `${issue.key}: ${issue.data['found']}`)).toEqual([]);
  });

  it('hold the mistakes they are known for', () => {
    const found = FOLDERS.flatMap(([folder]) =>
      readFolder(folder).flatMap((file) => (file.reading?.issues ?? []).map((issue) => `${issue.kind} ${issue.key}`)),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        'number-read-as-text learning_rate',
        'duplicate-key checkpointing_steps',
        'needs-other-key zero_optimization.offload_param',
        'needs-other-key zero_optimization.stage3_gather_16bit_weights_on_model_save',
        'needs-other-key deepspeed_config.zero_stage',
        'unknown-key invalid_key',
      ]),
    );
  });

  it('of other frameworks are not taken for these', () => {
    const mine = new Set<string | undefined>(FOLDERS.map(([, adapter]) => adapter));
    const folders = ['axolotl', 'llama-factory', 'gpt-neox', 'oumi', 'ms-swift', 'roll', 'torchtune', 'verl', 'peft'];
    for (const folder of folders) {
      const taken = readFolder(folder).filter((file) => mine.has(file.adapter));
      expect(
        taken.map((file) => file.file),
        folder,
      ).toEqual([]);
    }
  });
}

interface ReadFile {
  readonly file: string;
  readonly adapter: string | undefined;
  readonly reading: Reading | undefined;
}

const folders = new Map<string, readonly ReadFile[]>();

function readFolder(folder: string): readonly ReadFile[] {
  const known = folders.get(folder);
  if (known !== undefined) return known;
  const files = readdirSync(join(CORPUS, folder)).sort();
  const read = files.filter((file) => formatOf(file) !== undefined).map((file) => readOne(join(CORPUS, folder, file)));
  folders.set(folder, read);
  return read;
}

function readOne(file: string): ReadFile {
  const parsed = parseFile(file);
  const adapter = parsed === undefined ? undefined : recognise(file, parsed)?.adapter;
  if (parsed === undefined || adapter === undefined) return { file, adapter: undefined, reading: undefined };
  const tree = withLoader(parsed, adapter.loader(withLoader(parsed, 'pyyaml')));
  return { file, adapter: adapter.id, reading: adapter.read({ file, tree, linked: LINKED }) };
}

const LINKED: LinkedFiles = {
  resolve: (from, path) => ({ file: resolve(dirname(from), path), found: existsSync(resolve(dirname(from), path)) }),
  open: (from: string, path: string, loader: Loader) => {
    const file = resolve(dirname(from), path);
    const parsed = existsSync(file) ? parseFile(file) : undefined;
    return parsed === undefined ? undefined : withLoader(parsed, loader);
  },
};

function parseFile(file: string) {
  const format = formatOf(file);
  return format === undefined ? undefined : parseText(file, readFileSync(file, 'utf8'), format);
}

function issuesOf(reading: Reading | undefined, kind: KeyIssue['kind']): readonly KeyIssue[] {
  return (reading?.issues ?? []).filter((issue) => issue.kind === kind);
}
