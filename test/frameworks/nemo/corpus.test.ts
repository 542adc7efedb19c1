import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LinkedFiles, type Reading, recognise } from '../../../server/src/frameworks/index.ts';
import { formatOf, type Loader, parseText, withLoader } from '../../../server/src/text/index.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

/** Folders, and as what their files are read: the launcher's have pieces that are NeMo's own. */
const FOLDERS = [
  ['nemo', ['nemo']],
  ['nemo-launcher', ['nemo-launcher', 'nemo']],
  ['nemo-rl', ['nemo-rl']],
  ['nemo-automodel', ['nemo-automodel']],
  ['megatron-lm-args', ['megatron-lm-args']],
] as const;

/**
 * A published file says `??` where OmegaConf's mark for "given elsewhere" has three; a test case that no list of test
 * cases names runs FSDP2 in fp16 and with tied embeddings, both of which Megatron-LM asserts against.
 */
const REALLY_WRONG: Readonly<Record<string, readonly string[]>> = {
  nemo: ['wrong-type model.validation_ds.batch_size'],
  'megatron-lm-args': ['not-allowed MODEL_ARGS.--use-torch-fsdp2', 'needs-other-key MODEL_ARGS.--use-torch-fsdp2'],
};

describe('published configs', () => {
  if (isThere) checkPublished();
  else it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
});

function checkPublished(): void {
  it.each(FOLDERS)('%s files are recognised and read', (folder, frameworks) => {
    const read = readFolder(folder);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((file) => file.adapter === undefined)).toHaveLength(0);
    expect(new Set(read.map((file) => file.adapter))).toEqual(new Set(frameworks));
    for (const file of read) expect(file.reading?.plans.length ?? 1, file.file).toBeGreaterThan(0);
  });

  it.each(FOLDERS)('%s files have nothing called wrong that their framework takes', (folder) => {
    const issues = readFolder(folder).flatMap((file) => file.reading?.issues ?? []);
    const told = issues.filter(({ kind }) => kind !== 'duplicate-key').map(({ kind, key }) => `${kind} ${key}`);
    expect([...told].sort()).toEqual([...(REALLY_WRONG[folder] ?? [])].sort());
  });
}

interface PublishedFile {
  readonly file: string;
  readonly adapter: string | undefined;
  readonly reading: Reading | undefined;
}

function readFolder(folder: string): readonly PublishedFile[] {
  return readdirSync(join(CORPUS, folder)).flatMap((name): readonly PublishedFile[] => {
    const file = join(CORPUS, folder, name);
    const format = formatOf(file);
    if (format === undefined) return [];
    const parsed = parseText(file, readFileSync(file, 'utf8'), format);
    const adapter = recognise(file, parsed)?.adapter;
    if (adapter === undefined) return [{ file, adapter: undefined, reading: undefined }];
    const tree = withLoader(parsed, adapter.loader(withLoader(parsed, 'pyyaml')));
    return [{ file, adapter: adapter.id, reading: adapter.read({ file, tree, linked: beside }) }];
  });
}

/** Reads files named beside a config; the corpus is flat, so a path that climbs leads nowhere. */
const beside: LinkedFiles = {
  resolve: (from, path) => ({ file: join(dirname(from), path), found: existsSync(join(dirname(from), path)) }),
  open: (from, path, loader: Loader) => {
    const file = join(dirname(from), path);
    const format = formatOf(file);
    if (format === undefined || !existsSync(file)) return undefined;
    return withLoader(parseText(file, readFileSync(file, 'utf8'), format), loader);
  },
};
