import { describe, expect, it } from 'vitest';
import { analyze } from '../../../server/src/engine/index.ts';
import { planTable, readConfig, recognisedAs } from '../read-config.ts';

const OWN = `experiment: speech-7
model: {model_name: acme/encoder-large}
training:
  batch-size: 16
  grad_accum: 4
  maxSteps: 1000
  warmup_steps: 2000
  mixed_precision: bf16
  optim: {type: AdamW, lr: 3e-4, weight_decay: 0.01}
evaluation: {batch_size: 64}
data: {max_seq_len: 2048}
`;

const found = (text: string, file = '/configs/a.yaml') =>
  analyze({ file, text, files: { roots: [], read: () => ({ kind: 'missing' }) }, settings: {} });

describe('configs of frameworks that nobody listed', () => {
  it('are read by the names common in the field', () => {
    const read = readConfig({ 'a.yaml': OWN });
    expect(read.adapter.title).toBe('unrecognised framework (guessed)');
    expect(read.reading.plans[0]?.plan.partial).toBe(true);
    expect(planTable(read)).toMatchSnapshot();
  });

  it('have no errors and no fixes, only information', () => {
    const { findings } = found(OWN);
    expect(findings.map(({ rule }) => rule)).toContain('warmup-outlasts-run');
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['information']));
    expect(findings.flatMap(({ fixes }) => fixes)).toEqual([]);
  });

  it('leave open what is stated twice and unlike', () => {
    const read = readConfig({ 'a.yaml': `${OWN}adapter: {lr: 1e-3}\n` });
    expect(read.value('optimizer.peakLearningRate')).toBeUndefined();
    expect(read.value('optimizer.name')).toBe('AdamW');
    expect(readConfig({ 'a.yaml': `${OWN}critic: {lr: 1e-3}\n` }).value('optimizer.peakLearningRate')).toBe(3e-4);
  });

  it('say whose the batch is only where the names do', () => {
    const batch = (text: string) => {
      const read = readConfig({ 'a.yaml': `learning_rate: 1e-4\nmax_steps: 10\n${text}\n` });
      return [read.value('batch.micro'), read.value('batch.global')];
    };
    expect(batch('batch_size: 8')).toEqual([8, undefined]);
    expect(batch('train_batch_size: 8')).toEqual([undefined, undefined]);
    expect(batch('train_batch_size: 8\ngradient_accumulation_steps: 2')).toEqual([8, undefined]);
    expect(batch('global_batch_size: 64\nmicro_batch_size: 2')).toEqual([2, 64]);
    expect(batch('batch_size: 64\nmicro_batch_size: 2')).toEqual([2, undefined]);
  });

  it('are no files of other tools', () => {
    const others: Readonly<Record<string, string>> = {
      'package.json': '{"name": "x", "scripts": {"train": "node ."}, "dependencies": {"lr": "1"}}',
      'docker-compose.yml': 'services:\n  trainer:\n    environment: {batch_size: 8, learning_rate: 1e-4}\n',
      'deployment.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: {batch_size: "8", lr: "0.1"}\n',
      'ci.yml': 'on: push\njobs:\n  test:\n    steps: [{run: x}]\n    env: {EPOCHS: 3, LR: 0.1}\n',
      'eslint.json': '{"rules": {"max-len": 120}, "optimizer": true}',
      'logstash.yml': 'pipeline: {batch_size: 125, workers: 2}\n',
      'serve.yaml': 'model: acme/x\ndtype: bf16\nmax_seq_len: 4096\nmax_batch_size: 8\n',
      'boost.yaml': 'learning_rate: 0.1\nn_estimators: 100\nepochs: 3\n',
      'trainer_state.json': '{"train_batch_size": 8, "max_steps": 100, "log_history": [{"learning_rate": 1e-4}]}',
      'config.json': '{"architectures": ["X"], "model_type": "x", "torch_dtype": "bfloat16", "max_length": 20}',
    };
    for (const [file, text] of Object.entries(others))
      expect([file, recognisedAs(file, text)]).toEqual([file, undefined]);
  });

  it('are another framework’s wherever one claims them', () => {
    expect(
      recognisedAs('a.yaml', `base_model: a/b\nsequence_len: 512\nmicro_batch_size: 1\nlearning_rate: 1e-4\n`),
    ).toBe('axolotl');
  });
});
