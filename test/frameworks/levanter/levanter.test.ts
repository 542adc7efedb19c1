import { describe, expect, it } from 'vitest';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const TRAIN = `data:
  tokenizer: gpt2
model:
  type: gpt2
  hidden_dim: 1024
  num_heads: 16
  num_layers: 24
  seq_len: 1024
trainer:
  mp: p=f32,c=bfloat16
  train_batch_size: 256
  per_device_parallelism: -1
  num_train_steps: 20000
optimizer:
  learning_rate: 1E-3
  warmup: 0.05
`;

describe('a levanter config', () => {
  it('is a plan with the defaults of its classes', () => {
    expect(planTable(readConfig({ 'a.yaml': TRAIN }))).toMatchSnapshot();
  });

  it('warms up for a share of the run up to 1, for steps above', () => {
    expect(readConfig({ 'a.yaml': TRAIN }).value('schedule.warmupSteps')).toBe(1000);
    const steps = readConfig({ 'a.yaml': TRAIN.replace('warmup: 0.05', 'warmup: 5000') });
    expect(steps.value('schedule.warmupSteps')).toBe(5000);
    const shorter = rewritten({ 'a.yaml': TRAIN.replace('0.05', '5000') }, { set: 'schedule.warmupSteps', to: 100 });
    expect(shorter?.['a.yaml']).toContain('warmup: 100');
  });

  it('gets the list of intervals that it lacks with the number of steps between saves', () => {
    const saves = { set: 'schedule.saveSteps', to: 500 } as const;
    expect(readConfig({ 'a.yaml': TRAIN }).value('schedule.saveSteps')).toBe(10_000);
    const written = rewritten({ 'a.yaml': TRAIN }, saves)?.['a.yaml'] ?? '';
    expect(written).toContain('keep: [{every: 500}]\n');
    expect(readConfig({ 'a.yaml': written }).value('schedule.saveSteps')).toBe(500);
    expect(rewritten({ 'a.yaml': written }, { ...saves, to: 50 })?.['a.yaml']).toBe(written.replace('500', '50'));
  });

  it('puts parts in from the files it includes, and says what they say', () => {
    const whole = `${TRAIN.slice(0, TRAIN.indexOf('optimizer:'))}optimizer: !include optim/slow.yaml\n`;
    const files = { 'a.yaml': whole, 'optim/slow.yaml': 'type: lion\nlearning_rate: 1e-4\n' };
    expect(readConfig(files).value('optimizer.peakLearningRate')).toBe(1e-4);
    expect(readConfig(files).value('optimizer.name')).toBe('lion');
    const alone = readConfig({ 'a.yaml': whole });
    expect(alone.reading.plans[0]?.plan.partial).toBe(true);
    expect(alone.value('optimizer.peakLearningRate')).toBeUndefined();
  });

  it('needs no data file for what the trainer does by default', () => {
    const elsewhere = TRAIN.replace('data:\n  tokenizer: gpt2', 'data: !include data/pile.yaml');
    const read = readConfig({ 'a.yaml': elsewhere });
    expect(read.value('optimizer.weightDecay')).toBe(0.1);
    expect(read.value('model.vocabSize')).toBeUndefined();
  });

  it('is no training of a known kind without data, as the file of a conversion', () => {
    const none = readConfig({ 'a.yaml': TRAIN.slice(TRAIN.indexOf('model:')) });
    expect(none.value('run.objective')).toBeUndefined();
    expect(none.value('model.layers')).toBe(24);
    expect(readConfig({ 'a.yaml': TRAIN }).value('run.objective')).toBe('pretraining');
  });

  it.each([
    ['p=f32,c=bfloat16', 'precision.compute', 'fp32', 'p=f32,c=f32'],
    [
      'params=float32,compute=bfloat16,output=float32',
      'precision.weights',
      'bf16',
      'params=bfloat16,compute=bfloat16,output=float32',
    ],
    ['p=f32', 'precision.compute', 'bf16', 'p=f32,c=bfloat16'],
    ['f32', 'precision.compute', 'bf16', 'p=f32,c=bfloat16'],
    ['bf16', 'precision.weights', 'fp32', 'p=f32,c=bf16,o=bf16'],
  ] as const)('changes one part of the policy %s', (policy, field, to, written) => {
    const text = TRAIN.replace('p=f32,c=bfloat16', policy);
    const after = rewritten({ 'a.yaml': text }, { set: field, to });
    expect(after?.['a.yaml']).toBe(text.replace(`mp: ${policy}`, `mp: ${written}`));
    expect(readConfig({ 'a.yaml': after?.['a.yaml'] ?? '' }).value(field)).toBe(to);
  });

  it('keeps checkpoints as often as its one interval says', () => {
    const text = 'model: {type: gpt2}\ntrainer:\n  num_train_steps: 100\n  mp: f32\n';
    expect(readConfig({ 'a.yaml': text }).value('schedule.saveSteps')).toBe(10_000);
    const kept = `${text}  checkpointer: {keep: [{every: 50}]}\n`;
    expect(readConfig({ 'a.yaml': kept }).value('schedule.saveSteps')).toBe(50);
    const several = `${text}  checkpointer: {keep: [{every: 50, until: 100}, {every: 500}]}\n`;
    expect(readConfig({ 'a.yaml': several }).value('schedule.saveSteps')).toBeUndefined();
  });

  it('takes the dimensions of the checkpoint that it adapts', () => {
    const text = `initialize_from_hf: mosaicml/mpt-7b
lora: {r: 32, target_modules: [Wqkv]}
trainer: {train_batch_size: 64, num_train_steps: 1000, per_device_parallelism: 4}
`;
    const read = readConfig({ 'a.yaml': text });
    expect(read.value('model.hiddenSize')).toBeUndefined();
    expect(read.value('model.name')).toBe('mosaicml/mpt-7b');
    expect(read.value('adapter.rank')).toBe(32);
    expect(read.value('adapter.alpha')).toBe(8);
    expect(read.value('adapter.targets')).toEqual(['Wqkv']);
    const all = readConfig({ 'a.yaml': text.replace(', target_modules: [Wqkv]', '') });
    expect(all.value('adapter.targets')).toBe('all-linear');
  });

  it('is a Llama where no model is given, and tunes where the script of prompts does', () => {
    const trainer = 'trainer: {train_batch_size: 64, num_train_steps: 1000, per_device_parallelism: 4}\n';
    expect(readConfig({ 'a.yaml': trainer }).value('model.hiddenSize')).toBe(4096);
    const alpaca = readConfig({ 'a.yaml': `model_name_or_path: huggyllama/llama-7b\nprompts: {}\n${trainer}` });
    expect(alpaca.value('run.objective')).toBe('sft');
    expect(alpaca.value('data.packing')).toBe(false);
    // A script of the same keys trains an adapter.
    expect(alpaca.value('adapter.kind')).toBeUndefined();
    expect(readConfig({ 'a.yaml': trainer }).value('adapter.kind')).toBe('none');
    const supervised = `model_name_or_path: huggyllama/llama-7b\nsupervised_data: {cache_dir: a}\n${trainer}`;
    expect(readConfig({ 'a.yaml': supervised }).value('adapter.kind')).toBe('none');
    expect(alpaca.value('data.sequenceLength')).toBe(2048);
    expect(readConfig({ 'a.yaml': `checkpoint_path: a\n${trainer}` }).reading.plans).toEqual([]);
    const averaged = trainer.replace('{', '{model_averaging: {type: ema}, ');
    expect(readConfig({ 'a.yaml': averaged }).value('optimizer.emaDecay')).toBe(0.999);
  });

  it('grows its batch where the batch is a list', () => {
    const grows = readConfig({
      'a.yaml': TRAIN.replace(': 256', ': [{start: 0, value: 64}, {start: 64, value: 256}]'),
    });
    expect(grows.value('batch.rampUp')).toBe(true);
    expect(grows.value('batch.global')).toBeUndefined();
  });

  it('is recognised by the settings of an optimizer alone where they are its own', () => {
    expect(recognisedAs('sophia.yaml', 'type: sophia-h\nlearning_rate: 4E-4\ngamma: 0.01\n')).toBe('levanter');
    expect(recognisedAs('other.yaml', 'type: adam\nlearning_rate: 4E-4\n')).toBeUndefined();
  });
});
