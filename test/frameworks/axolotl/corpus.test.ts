import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LinkedFiles, recognise } from '../../../server/src/frameworks/index.ts';
import { formatOf, parseText, withLoader } from '../../../server/src/text/index.ts';

/** Published configs by framework; lies beside the project, or where BATCHWISE_CORPUS says. */
const CORPUS = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const isThere = existsSync(CORPUS);
if (!isThere) console.info(`No corpus at ${CORPUS}: only that it is absent was checked.`);

/** Keys of published files that the framework's classes do not have, each looked up in its source. */
const REALLY_UNKNOWN = new Set([
  'adam_eps',
  'context_parapllel_size',
  'debug',
  'eta_min',
  'full_finetune',
  'gptq_disable_exllama',
  'torch_dtype',
]);
/**
 * Values its classes refuse: a share where steps are counted, a mapping where a list of tokens is wanted, and patience
 * beside checkpoints that are counted by epoch.
 */
const REALLY_WRONG = new Set([
  'warmup_steps 0.1',
  'tokens a mapping',
  'early_stopping_patience no save_steps',
  'save_strategy no metric_for_best_model',
]);

const LINKED: LinkedFiles = {
  open: () => undefined,
  resolve: (_from, path) => ({ file: path, found: false }),
};

describe('published Axolotl and LLaMA-Factory configs', () => {
  if (isThere) checkPublished();
  else it('are absent, so nothing of them is checked', () => expect(existsSync(CORPUS)).toBe(false));
});

function checkPublished(): void {
  it.each([
    ['axolotl', ['axolotl']],
    ['llama-factory', ['llama-factory', 'llama-factory-v1']],
  ])('%s files are all recognised, and their batch and weights are known', (folder, ids) => {
    const read = readFolder(folder);
    expect(read.length).toBeGreaterThan(0);
    for (const { file, adapter, reading } of read) {
      expect(ids, file).toContain(adapter);
      const values = reading?.plans[0]?.plan.values;
      expect(values?.['model.name'], file).toBeDefined();
      expect(values?.['batch.micro'], file).toBeDefined();
      expect(values?.['data.sequenceLength'], file).toBeDefined();
      expect(values?.['precision.weights'], file).toBeDefined();
    }
  });

  it.each(['axolotl', 'llama-factory'])('%s files have no issue their framework would not have', (folder) => {
    const issues = readFolder(folder).flatMap(({ reading }) => reading?.issues ?? []);
    const unfounded = issues.filter(({ kind, key, data }) => {
      if (kind === 'deprecated-key') return false;
      if (kind === 'unknown-key') return !REALLY_UNKNOWN.has(key);
      return !REALLY_WRONG.has(`${key} ${data['found']}`);
    });
    expect(unfounded.map(({ kind, key }) => `${kind} ${key}`)).toEqual([]);
  });

  it('offer the key that adam_eps is called in Axolotl', () => {
    const found = readFolder('axolotl').flatMap(({ reading }) => reading?.issues ?? []);
    const replaced = found.filter(({ key }) => key === 'adam_eps').map(({ data }) => data['replacement']);
    expect(replaced).toEqual(['adam_epsilon', 'adam_epsilon']);
  });
}

function readFolder(folder: string) {
  return readdirSync(join(CORPUS, folder)).flatMap((file) => {
    const format = formatOf(file);
    if (format === undefined) return [];
    const parsed = parseText(file, readFileSync(join(CORPUS, folder, file), 'utf8'), format);
    const adapter = recognise(file, parsed)?.adapter;
    const tree = withLoader(parsed, adapter?.loader(withLoader(parsed, 'pyyaml')) ?? 'pyyaml');
    return [{ file, adapter: adapter?.id, reading: adapter?.read({ file, tree, linked: LINKED }) }];
  });
}
