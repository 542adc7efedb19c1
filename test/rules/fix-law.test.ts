import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { diskFiles } from '../../server/src/cli/disk.ts';
import { examplesOf, requestOf } from '../docs/page-example.ts';
import { breaches } from './fix-law.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: fixes were tried on the rule pages' examples alone.`);

const PAGES = 'docs/rules';
const examples = readdirSync(PAGES).flatMap((page) =>
  examplesOf(readFileSync(join(PAGES, page), 'utf8')).map((example) => [page, requestOf(example)] as const),
);

describe('after any offered fix its finding is gone and no warning or error is new', () => {
  it.each(examples)('on %s', (_page, request) => {
    expect(breaches(request)).toEqual([]);
  });

  const settings = { 'as they stand': {}, 'on eight H100': { gpu: 'h100-80gb', gpus: 8 } };
  it.each(Object.entries(settings))(
    'in published configs %s, where there are any',
    (_name, hardware) => {
      const files = isThere ? globSync('**/*.{yaml,yml,json,toml}', { cwd: CORPUS, ignore: ['LICENSES/**'] }) : [];
      const provider = diskFiles(CORPUS);
      const found = files.flatMap((file) =>
        breaches({
          file: join(CORPUS, file),
          text: readFileSync(join(CORPUS, file), 'utf8'),
          files: provider,
          settings: hardware,
        }),
      );
      expect(found).toEqual([]);
    },
    300_000,
  );
});
