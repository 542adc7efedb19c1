import { describe, expect, it } from 'vitest';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const TRAIN = `variables:
  length: 2048
max_seq_len: \${variables.length}
model:
  name: mpt_causal_lm
  d_model: 2048
  n_heads: 16
  n_layers: 24
  expansion_ratio: 4
  max_seq_len: \${variables.length}
  vocab_size: 50368
train_loader:
  name: text
  drop_last: true
scheduler:
  name: cosine_with_warmup
  t_warmup: 100ba
  alpha_f: 0.1
optimizer:
  name: decoupled_adamw
  lr: 2.0e-4
  betas: [0.9, 0.95]
  weight_decay: 1.0e-6
algorithms:
  gradient_clipping: {clipping_type: norm, clipping_threshold: 1.0}
max_duration: 4800ba
global_train_batch_size: 256
device_train_microbatch_size: auto
precision: amp_bf16
fsdp_config:
  sharding_strategy: FULL_SHARD
  mixed_precision: PURE
  activation_checkpointing: true
`;
const WRAPPED = `command: composer train/train.py /mnt/config/parameters.yaml
compute:
  gpus: 16
parameters:
${TRAIN.replaceAll(/^(?=.)/gm, '  ')}`;

describe('an llm-foundry config', () => {
  it('is a plan with the defaults of its dataclasses', () => {
    expect(planTable(readConfig({ 'a.yaml': TRAIN }))).toMatchSnapshot();
  });

  it('is the same inside a launcher file, which says how many GPUs there are', () => {
    const read = readConfig({ 'a.yaml': WRAPPED });
    expect(read.value('data.sequenceLength')).toBe(2048);
    expect(read.value('schedule.totalSteps')).toBe(4800);
    expect(read.value('parallel.world')).toBe(16);
    const longer = rewritten({ 'a.yaml': WRAPPED }, { set: 'schedule.totalSteps', to: 9600 });
    expect(longer?.['a.yaml']).toContain('  max_duration: 9600ba');
  });

  it('does not know the micro batch that is tried out', () => {
    expect(readConfig({ 'a.yaml': TRAIN }).value('batch.micro')).toBeUndefined();
  });

  it('reads lengths in epochs and in shares of the run', () => {
    const read = readConfig({ 'a.yaml': TRAIN.replace('4800ba', '2ep').replace('100ba', '0.02dur') });
    expect(read.value('schedule.epochs')).toBe(2);
    expect(read.value('schedule.warmupRatio')).toBe(0.02);
    expect(read.value('schedule.totalSteps')).toBeUndefined();
  });

  it('starts a named model from its weights unless told otherwise', () => {
    const named = TRAIN.replace(
      /model:\n {2}name: mpt_causal_lm\n {2}d_model: 2048/,
      'model:\n  name: hf_causal_lm\n  pretrained_model_name_or_path: gpt2',
    );
    expect(readConfig({ 'a.yaml': named }).value('run.fromScratch')).toBe(false);
    const fresh = named.replace('hf_causal_lm', 'hf_causal_lm\n  pretrained: false');
    expect(readConfig({ 'a.yaml': fresh }).value('run.fromScratch')).toBe(true);
  });

  it('takes a bare number for epochs', () => {
    const read = (duration: string) =>
      readConfig({
        'a.yaml': `${TRAIN.replace('max_duration: 4800ba', `max_duration: ${duration}`)}eval_interval: 1\n`,
      });
    expect(read('2').value('schedule.epochs')).toBe(2);
    expect(read('2').value('schedule.totalSteps')).toBeUndefined();
    expect(read('2').value('schedule.evalCadence')).toBe('epoch');
    expect(read('2').value('schedule.evalSteps')).toBeUndefined();
    expect(read('100ba').value('schedule.totalSteps')).toBe(100);
  });

  it('trains T5 from sequence to sequence', () => {
    const text = TRAIN.replace(
      /model:\n(?: .*\n)+/,
      'model:\n  name: hf_t5\n  pretrained_model_name_or_path: t5-small\n',
    );
    expect(readConfig({ 'a.yaml': text }).value('run.task')).toBe('seq2seq');
  });

  it('builds models of the hub with eager attention unless told otherwise', () => {
    const read = (line: string) =>
      readConfig({ 'a.yaml': TRAIN.replace(/model:\n(?: .*\n)+/, `model:\n  name: hf_causal_lm\n${line}`) });
    expect(read('').value('model.attention')).toBe('eager');
    expect(read('  use_flash_attention_2: true\n').value('model.attention')).toBe('flash');
    expect(read('  attn_implementation: sdpa\n').value('model.attention')).toBe('sdpa');
    const mpt = '  pretrained_model_name_or_path: mosaicml/mpt-7b\n';
    expect(read(mpt).value('model.attention')).toBeUndefined();
    const torch = `${mpt}  config_overrides: {attn_config: {attn_impl: torch}}\n`;
    expect(read(torch).value('model.attention')).toBe('eager');
    expect(readConfig({ 'a.yaml': TRAIN }).value('model.attention')).toBe('flash');
  });

  it('has no plan of a file that only evaluates', () => {
    const evaluates = `command: composer eval/eval.py\nimage: mosaicml/llm-foundry:2.7\nparameters:\n  models: []\n  max_seq_len: 1024\n`;
    expect(recognisedAs('eval.yaml', evaluates)).toBe('llm-foundry');
    expect(readConfig({ 'eval.yaml': evaluates }).reading.plans).toEqual([]);
  });
});
