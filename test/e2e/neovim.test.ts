import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { llamaConfig, llamaConfigFixed } from './llama-config.ts';

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly line: number;
}

interface Report {
  readonly problem?: string;
  readonly before: readonly Finding[];
  readonly title?: string;
  readonly after: readonly Finding[];
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchwise-neovim-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('Neovim shows a finding, applies its fix and the finding is gone', () => {
  const report = runNeovim('train.yaml', llamaConfig, 'Set warmup 15 steps');

  expect(report.problem).toBeUndefined();
  expect(report.before).toEqual([expect.objectContaining({ code: 'warmup-outlasts-run' })]);
  expect(report.after).toEqual([]);
  expect(readFileSync(join(folder, 'train.yaml'), 'utf8')).toBe(llamaConfigFixed);
});

function runNeovim(file: string, text: string, title: string): Report {
  writeFileSync(join(folder, file), text);
  const report = join(folder, 'report.json');
  const script = resolve('test/e2e/neovim.lua');
  const { stderr } = spawnSync(
    'nvim',
    ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', file, '-c', `luafile ${script}`],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        ...process.env,
        XDG_STATE_HOME: folder,
        XDG_CACHE_HOME: folder,
        NODE: process.execPath,
        SERVER: resolve('dist/server.mjs'),
        TITLE: title,
        REPORT: report,
      },
    },
  );
  expect(stderr).not.toMatch(/E\d+:/);
  // The report is the script's own, written a moment ago.
  return JSON.parse(readFileSync(report, 'utf8')) as Report;
}
