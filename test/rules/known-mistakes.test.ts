import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIX_PAIRS } from '../../bench/audit/fix-pairs.ts';
import { diskFiles } from '../../server/src/cli/disk.ts';
import { type Analysis, analyze } from '../../server/src/engine/index.ts';
import { KNOWN_MISTAKES, NO_MISTAKES } from './known-mistakes.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

describe('published configs', () => {
  if (isThere) checkPublished();
  else it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
});

function checkPublished(): void {
  const files = foldersOf(CORPUS).flatMap((folder) => namesOf(join(CORPUS, folder)).map((name) => join(folder, name)));
  const provider = diskFiles(CORPUS);
  const found = (file: string): Analysis =>
    analyze({ file: join(CORPUS, file), text: textOf(file), files: provider, settings: {} });

  it.each(KNOWN_MISTAKES)('hold a mistake in %s: %s', (end, rule) => {
    const file = files.find((candidate) => candidate.endsWith(end));
    expect(file).toBeDefined();
    if (file === undefined) return;
    const analysis = found(file);
    if (rule === 'syntax') expect(analysis.problems.map((problem) => problem.kind)).toContain('syntax');
    else expect(analysis.findings.map((finding) => finding.rule)).toContain(rule);
  });

  it.each(NO_MISTAKES)('may hold %s', (_what, folder, sign, quiet) => {
    const holders = files.filter((file) => file.startsWith(`${folder}/`) && sign.test(textOf(file)));
    expect(holders).not.toEqual([]);
    const alarms = holders.flatMap((file) =>
      found(file)
        .findings.filter(({ rule, severity }) => quiet.includes(rule) && severity !== 'information')
        .map(({ rule, message }) => `${file} ${rule}: ${message}`),
    );
    expect(alarms).toEqual([]);
  });

  it('hold pairs of fixes, each with a verdict', () => {
    const ids = files.flatMap((file) => /^fixes\W(\d+)\.before\./.exec(file)?.[1] ?? []);
    expect(FIX_PAIRS.map((pair) => pair.id)).toEqual(ids.sort());
  });

  it.each(FIX_PAIRS.filter((pair) => pair.verdict === 'told'))('of fix $id lost $rule', ({ id, rule, gpu, gpus }) => {
    const rulesOf = (side: string): readonly string[] => {
      const name = files.find((file) => file.startsWith(join('fixes', `${id}.${side}.`)));
      if (name === undefined) return [];
      // The file as it was named in its repository.
      const file = join(CORPUS, 'fixes', id, pathOfFix(id));
      const request = { file, text: textOf(name), files: provider, settings: { gpu, gpus } };
      return analyze(request).findings.map((finding) => finding.rule);
    };
    expect(rulesOf('before')).toContain(rule);
    expect(rulesOf('after')).not.toContain(rule);
  });
}

function foldersOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function namesOf(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => /\.(ya?ml|json|toml)$/.test(name));
}

/** Where the file of a pair stood in its repository: the fifth column of the table of fixes. */
function pathOfFix(id: string): string {
  const line = textOf(join('fixes', 'fixes.tsv'))
    .split('\n')
    .find((candidate) => candidate.startsWith(`${id}\t`));
  return line?.split('\t')[4] ?? '';
}

function textOf(file: string): string {
  return readFileSync(join(CORPUS, file), 'utf8');
}
