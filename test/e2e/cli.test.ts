import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { llamaConfig } from './llama-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'batchwise-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The bundle as it ships, in a folder that has no node_modules above it. */
function batchwise(...args: readonly string[]) {
  return spawnSync(process.execPath, [resolve('dist/cli.mjs'), ...args], { cwd: folder, encoding: 'utf8' });
}

test('the shipped command finds the mistake and exits with 1', () => {
  writeFileSync(join(folder, 'train.yaml'), llamaConfig);
  const { status, stdout } = batchwise('check', 'train.yaml', '--format', 'json');

  const report: unknown = JSON.parse(stdout);
  expect(status).toBe(1);
  expect(report).toMatchObject({
    version: 1,
    files: [
      { path: 'train.yaml', framework: 'axolotl', findings: [{ rule: 'warmup-outlasts-run', severity: 'error' }] },
    ],
    summary: { recognised: 1, errors: 1 },
  });
  expect(readFileSync(join(folder, 'train.yaml'), 'utf8')).toBe(llamaConfig);
});

test('the shipped command checks the examples without failing to read one', () => {
  const { status, stderr } = batchwise('check', resolve('examples'));
  expect([0, 1]).toContain(status);
  expect(stderr).toBe('');
});

test.each(['rules', 'models', 'gpus'])('the shipped command lists its %s', (list) => {
  const { status, stdout } = batchwise(list);
  expect(status).toBe(0);
  expect(stdout.split('\n').length).toBeGreaterThan(20);
});
