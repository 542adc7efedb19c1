import { expect, test } from 'vitest';
import { analyze, type FileProvider } from '../../server/src/engine/index.ts';

const TEXT = 'base_model: Qwen/Qwen2.5-0.5B\nmicro_batch_size: 2\ngradient_accumulation_steps: 4\n';

test.each(['memfs://x/', 'memfs://x', 'memfs://x/team'])('the project file counts under the root %s', (root) => {
  const folder = root.replace(/\/$/, '');
  const files: FileProvider = {
    read: (file) =>
      file === `${folder}/batchwise.json`
        ? { kind: 'text', text: '{ "hardware": { "gpu": "h100-80gb", "gpus": 8 } }' }
        : { kind: 'missing' },
    roots: [root],
  };
  const { plans } = analyze({ file: `${folder}/train.yaml`, text: TEXT, files, settings: {} });
  expect(plans[0]?.plan.values['parallel.world']?.value).toBe(8);
});
