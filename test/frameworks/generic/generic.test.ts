import { describe, expect, it } from 'vitest';
import { analyze } from '../../../server/src/engine/index.ts';
import { type FieldName, isFieldName } from '../../../server/src/plan/index.ts';
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
    expect(batch('train_batch_size: 64\nmicro_batch_size: 2')).toEqual([2, 64]);
    expect(batch('train_batch_size: 64\nper_device_parallelism: -1')).toEqual([undefined, 64]);
  });

  it.each<[string, string, Readonly<Partial<Record<FieldName, unknown>>>]>([
    [
      'a model in a section',
      'model: {name: acme/one, dim: 512, layers: 8}',
      { 'model.name': 'acme/one', 'model.hiddenSize': 512, 'model.layers': 8 },
    ],
    ['a class', 'model: {_target_: acme.nets.Wave, n_layers: 6}', { 'model.name': 'Wave', 'model.layers': 6 }],
    [
      'a published model beside a part',
      'model: {name: gpt2, adapter: {n_layers: 2, d_model: 64}, d_model: 96}',
      { 'model.name': 'gpt2', 'model.layers': undefined, 'model.hiddenSize': undefined },
    ],
    ['an adapter’s layers', 'model: {lora_head: {num_layers: 2}}', { 'model.layers': undefined }],
    ['two towers', 'image: {num_layers: 12}\ntext: {num_layers: 6}', { 'model.layers': undefined }],
    ['a base rate', 'base_lr: 0.1', { 'optimizer.peakLearningRate': undefined, 'reference.baseLearningRate': 0.1 }],
    ['a rate in a section', 'lr: {value: 0.002, name: cosine}', { 'optimizer.peakLearningRate': 0.002 }],
    ['a duration in steps', 'max_duration: 4_800ba', { 'schedule.totalSteps': 4800 }],
    ['a duration in tokens', 'max_duration: 5e9tok', { 'schedule.totalTokens': 5e9, 'schedule.totalSteps': undefined }],
    ['a duration in seconds', 'max_duration: 16.7', { 'schedule.totalSteps': undefined }],
    [
      'a length at the tokenizer',
      'tokenizer: {max_seq_len: 512, batch_size: 64}',
      { 'data.sequenceLength': 512, 'batch.micro': 4 },
    ],
    ['a policy of dtypes', 'mp: p=f32,c=bfloat16', { 'precision.compute': 'bf16' }],
    ['a switch left to the GPU', 'bf16: auto', { 'precision.compute': 'bf16' }],
    ['a dtype of what is saved', 'dtype: bf16\nsave: {dtype: float16}', { 'precision.compute': 'bf16' }],
    [
      'an accumulation nobody set',
      'micro_batch_size: 2\nglobal_batch_size: 64\ngradient_accumulation_steps: 1',
      { 'batch.gradientAccumulation': undefined, 'batch.global': 64 },
    ],
  ])('are read for %s', (_case, text, expected) => {
    const { value } = readConfig({ 'a.yaml': `optimizer: {type: adam}\nbatch_size: 4\nepochs: 3\n${text}\n` });
    const fields = Object.keys(expected).filter(isFieldName);
    expect(Object.fromEntries(fields.map((field) => [field, value(field)]))).toEqual(expected);
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
