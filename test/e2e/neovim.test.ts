import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

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

const config = `base_model: NousResearch/Meta-Llama-3-8B
datasets:
  - path: tatsu-lab/alpaca
    type: alpaca
micro_batch_size: 2
gradient_accumulation_steps: 4
sequence_len: 2048
learning_rate: 2e-5
warmup_steps: 1000  # from the old run
max_steps: 500
output_dir: ./out
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchwise-neovim-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('Neovim shows a finding, applies its fix and the finding is gone', () => {
  const report = runNeovim('train.yaml', config, 'warmup');

  expect(report.problem).toBeUndefined();
  expect(report.before).toEqual([expect.objectContaining({ code: 'warmup-longer-than-run', line: 8 })]);
  expect(report.after).toEqual([]);
  const [before, after] = [config, readFileSync(join(folder, 'train.yaml'), 'utf8')].map((text) => text.split('\n'));
  expect(after?.filter((line) => !before?.includes(line))).toEqual([
    expect.stringMatching(/^warmup_steps: \d+ {2}# from the old run$/),
  ]);
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
