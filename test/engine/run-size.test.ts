import { expect, test } from 'vitest';
import { analyze, type EngineSettings, type FileProvider } from '../../server/src/engine/index.ts';

const ZERO = '{"train_batch_size": 100, "train_micro_batch_size_per_gpu": 4, "gradient_accumulation_steps": 1}';

function ranksAndRules(settings: EngineSettings, project?: string) {
  const files: FileProvider = {
    read: (file) =>
      file === '/w/batchwise.json' && project !== undefined ? { kind: 'text', text: project } : { kind: 'missing' },
    roots: ['/w'],
  };
  const { plans, findings } = analyze({ file: '/w/ds_config.json', text: ZERO, files, settings });
  return { ranks: plans[0]?.plan.values['parallel.data']?.value, rules: findings.map(({ rule }) => rule) };
}

test('ranks follow from the batch sizes where nobody says how many there are', () => {
  expect(ranksAndRules({})).toEqual({ ranks: 25, rules: [] });
  // A setting of the editor is of the machine at hand, which need not be the one that trains.
  expect(ranksAndRules({ gpus: 8 })).toEqual({ ranks: 25, rules: [] });
});

test('a batch that does not add up on the GPUs of this run is told', () => {
  const told = { ranks: 25, rules: ['batch-identity-broken'] };
  expect(ranksAndRules({ gpus: 8, gpusOrigin: '--gpus' })).toEqual(told);
  expect(ranksAndRules({}, '{"hardware": {"gpus": 8}}')).toEqual(told);
});
