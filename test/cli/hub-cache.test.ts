import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const home = mkdtempSync(join(tmpdir(), 'batchwise-hub-'));
const CONFIG = {
  model_type: 'llama',
  hidden_size: 512,
  intermediate_size: 1536,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  vocab_size: 1000,
  max_position_embeddings: 2048,
  tie_word_embeddings: false,
};

beforeAll(() => {
  const snapshot = join(home, 'hub', 'models--somebody--tiny-thing', 'snapshots', 'abc');
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(join(snapshot, 'config.json'), JSON.stringify(CONFIG));
  writeFileSync(
    join(home, 'train.yaml'),
    'base_model: somebody/tiny-thing\ndatasets:\n  - path: a\nsequence_len: 512\nmicro_batch_size: 1\nlearning_rate: 0.00001\n',
  );
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function parametersOf(environment: Record<string, string>): number | undefined {
  const { stdout } = spawnSync(
    process.execPath,
    [resolve('dist/cli.mjs'), 'explain', 'train.yaml', '--format', 'json'],
    {
      cwd: home,
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    },
  );
  return JSON.parse(stdout).plans[0].fields['model.parameterCount']?.value;
}

it('a model nobody catalogued has the shape of its downloaded config.json', () => {
  // 2 × 1000 × 512 embeddings and head, four layers of attention, feed-forward and norms, a final norm.
  const layer = 2 * 512 * 512 + 2 * 512 * 256 + 3 * 512 * 1536 + 2 * 512;
  expect(parametersOf({ HF_HOME: home })).toBe(2 * 1000 * 512 + 4 * layer + 512);
});

it('it stays unknown where nothing was downloaded', () => {
  expect(parametersOf({ HF_HOME: join(home, 'elsewhere') })).toBeUndefined();
});
