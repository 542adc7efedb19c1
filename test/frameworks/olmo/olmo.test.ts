import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig, rewritten } from '../read-config.ts';

const TRAIN = `run_name: small
model:
  d_model: 2048
  n_heads: 16
  n_layers: 16
  mlp_ratio: 8
  weight_tying: false
  rope: true
  flash_attention: true
  include_bias: false
  layer_norm_type: rms
  attention_layer_norm: true
  norm_after: true
  max_sequence_length: 4096
  vocab_size: 100278
  embedding_size: 100352
optimizer:
  name: adamw
  learning_rate: 4e-4
  weight_decay: 0.1
  betas: [0.9, 0.95]
scheduler:
  name: cosine_with_warmup
  units: tokens
  t_warmup: 8388608000
  t_max: 5e12
max_duration: 4e12T
global_train_batch_size: 512
device_train_microbatch_size: 4
precision: amp_bf16
fsdp:
  precision: mixed
max_grad_norm: 1.0
`;

describe('an OLMo config', () => {
  it('is a plan with the defaults of its dataclasses', () => {
    expect(planTable(readConfig({ 'a.yaml': TRAIN }))).toMatchSnapshot();
  });

  it('counts lengths in tokens by the tokens of a step, and writes them back so', () => {
    const read = readConfig({ 'a.yaml': TRAIN });
    expect(read.value('schedule.warmupSteps')).toBe(4000);
    expect(read.value('schedule.totalSteps')).toBe(1_907_348);
    const text = rewritten({ 'a.yaml': TRAIN }, { set: 'schedule.warmupSteps', to: 2000 })?.['a.yaml'];
    expect(text).toContain('t_warmup: 4194304000');
  });

  it('ends where stop_at says, before its epochs are over', () => {
    const read = readConfig({ 'a.yaml': `${TRAIN.replace('4e12T', '1ep')}stop_at: 406_934\n` });
    expect(read.value('schedule.epochs')).toBe(1);
    expect(read.value('schedule.totalSteps')).toBe(406_934);
  });

  it('evaluates in batches of the evaluators where they state their own', () => {
    const evaluated = (...own: readonly string[]) =>
      readConfig({ 'a.yaml': `${TRAIN}evaluators:\n${own.map((more) => `  - {label: c4${more}}\n`).join('')}` });
    const of = (size: number) => `, device_eval_batch_size: ${size}`;
    expect(evaluated(of(2), of(4)).value('batch.eval')).toBe(4);
    expect(evaluated(of(2), '').value('batch.eval')).toBe(readConfig({ 'a.yaml': TRAIN }).value('batch.eval'));
  });

  it('saves whole checkpoints where weights are replicated', () => {
    const saving = (strategy: string) =>
      readConfig({
        'a.yaml': `${TRAIN.replace(/^save_interval.*\n/gm, '')}save_interval_unsharded: 5000\ndistributed_strategy: ${strategy}\n`,
      });
    expect(saving('ddp').value('schedule.saveSteps')).toBe(5000);
    expect(saving('fsdp').value('schedule.saveSteps')).toBe(1000);
  });

  it('does not know the steps of epochs, and writes none beyond stop_at', () => {
    const read = readConfig({ 'a.yaml': TRAIN.replace('4e12T', '1ep') });
    expect(read.value('schedule.totalSteps')).toBeUndefined();
    const stopped = { 'a.yaml': `${TRAIN}stop_at: 1000\n` };
    expect(rewritten(stopped, { set: 'schedule.totalSteps', to: 2000 })).toBeUndefined();
    expect(rewritten(stopped, { set: 'schedule.totalSteps', to: 500 })?.['a.yaml']).toContain(
      'max_duration: 1048576000T',
    );
  });

  it('takes the padded rows for the vocabulary without complaint, and the tokens where padding is switched off', () => {
    expect(readConfig({ 'a.yaml': TRAIN }).sourced('model.vocabSize')?.overridden).toBeUndefined();
    const bare = TRAIN.replace('embedding_size: 100352', 'embedding_size: null');
    expect(readConfig({ 'a.yaml': bare }).value('model.vocabSize')).toBe(100_278);
  });

  it('has no family where norms and biases are those of none', () => {
    const odd = TRAIN.replace('include_bias: false', 'include_bias: true');
    expect(readConfig({ 'a.yaml': odd }).value('model.family')).toBeUndefined();
  });

  it('tells of keys its dataclasses refuse', () => {
    expect(issueLines(readConfig({ 'a.yaml': TRAIN.replace('weight_tying', 'weight_tyng') }))).toEqual([
      'unknown-key | model.weight_tyng | refused | weight_tying',
    ]);
  });

  it('takes the strategies of activation checkpointing and no others', () => {
    const issues = (strategy: string): readonly string[] =>
      issueLines(readConfig({ 'a.yaml': `${TRAIN}activation_checkpointing: ${strategy}\n` }));
    expect(issues('one_in_four')).toEqual([]);
    expect(issues('by_layer').join()).toContain('not-allowed | activation_checkpointing | refused');
  });
});
