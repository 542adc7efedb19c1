import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const LM = `# @package _group_
common: {fp16: true, log_format: json}
task: {_name: masked_lm, data: ???, tokens_per_sample: 512}
criterion: {_name: masked_lm}
dataset: {batch_size: 16, max_tokens: 9000}
distributed_training: {distributed_world_size: 8, ddp_backend: legacy_ddp}
optimizer: {_name: adam, adam_betas: "(0.9,0.98)", adam_eps: 1e-06, weight_decay: 0.01}
lr_scheduler: {_name: polynomial_decay, warmup_updates: 1000}
optimization: {lr: [5e-4], update_freq: [4], max_update: 20000, clip_norm: 1.0}
model: {_name: roberta, encoder_layers: 12, encoder_embed_dim: 768, encoder_ffn_embed_dim: 3072, encoder_attention_heads: 12}
`;
const SPEECH = `task: {_name: audio_finetuning, max_sample_size: 320000}
criterion: {_name: ctc}
dataset: {max_tokens: 1280000}
optimization: {lr: [2e-5], max_update: 60000}
optimizer: {_name: adam}
lr_scheduler: {_name: tri_stage, phase_ratio: [0.1, 0.4, 0.5], warmup_steps: 8000}
model: {_name: wav2vec_ctc, w2v_path: ???}
`;

describe("fairseq's configs", () => {
  it('are plans with lists and tuples read as numbers', () => {
    expect(planTable(readConfig({ 'lm.yaml': LM }))).toMatchSnapshot();
  });

  it('batch audio by the samples of the wave, and take shares of the run over steps', () => {
    const read = readConfig({ 'asr.yaml': SPEECH });
    expect(read.value('batch.unit')).toBe('samples');
    expect(read.value('batch.micro')).toBeUndefined();
    expect(read.value('batch.microTokens')).toBe(1_280_000);
    expect(read.value('schedule.warmupRatio')).toBe(0.1);
    expect(read.value('schedule.warmupSteps')).toBe(6000);
    expect(read.value('run.fromScratch')).toBe(false);
  });

  it('start no more processes on a node than the run has, and fall to nothing along a cosine', () => {
    const run = (world: number) =>
      readConfig({
        'lm.yaml': LM.replace('distributed_world_size: 8', `distributed_world_size: ${world}, nprocs_per_node: 8`),
      });
    expect(run(1).value('parallel.gpusPerNode')).toBe(1);
    expect(run(16).value('parallel.gpusPerNode')).toBe(8);
    const cosine = LM.replace('polynomial_decay', 'cosine');
    expect(readConfig({ 'lm.yaml': cosine }).value('schedule.minLearningRate')).toBe(0);
    expect(readConfig({ 'lm.yaml': LM }).value('schedule.minLearningRate')).toBeUndefined();
  });

  it('take the nodes of the job that is launched where it is as large as the run', () => {
    const job = (nodes: number) =>
      readConfig({ 'lm.yaml': `${LM}hydra: {launcher: {nodes: ${nodes}, gpus_per_node: 4}}\n` }).value(
        'parallel.nodes',
      );
    expect(job(2)).toBe(2);
    expect(job(3)).toBeUndefined();
  });

  it('make no group of their own in a composite optimizer', () => {
    const groups = 'optimizer: {_name: composite, groups: {with_decay: {optimizer: {_name: adam}}}}\n';
    const text = SPEECH.replace('optimizer: {_name: adam}\n', groups);
    expect(rewritten({ 'a.yaml': text }, setField('optimizer.peakLearningRate', 1e-4))).toBeUndefined();
  });

  it("take a composite optimizer's settings from its default group", () => {
    const text = SPEECH.replace(
      'optimizer: {_name: adam}\n',
      'optimizer: {_name: composite, groups: {default: {lr_float: 4e-4, optimizer: {_name: adam, adam_betas: [0.9, 0.95]}, lr_scheduler: {_name: cosine, warmup_updates: 500}}}}\n',
    ).replace(/lr_scheduler: \{_name: tri_stage.*\n/, 'lr_scheduler: pass_through\n');
    const read = readConfig({ 'a.yaml': text });
    expect(read.value('optimizer.name')).toBe('adam');
    expect(read.value('optimizer.peakLearningRate')).toBe(4e-4);
    expect(read.value('optimizer.beta2')).toBe(0.95);
    expect(read.value('schedule.kind')).toBe('cosine');
    expect(read.value('schedule.warmupSteps')).toBe(500);
  });

  it('may stand under a key of their own, over a file they include', () => {
    const read = readConfig({
      'task.yaml': 'includes: base.yaml\nfairseq: {dataset: {batch_size: 4}, optimization: {max_epoch: 8}}\n',
      'base.yaml':
        'fairseq: {common: {fp16: true}, optimization: {lr: [1e-5], optimizer: adam, warmup_updates: 100}}\n',
    });
    expect(read.value('batch.micro')).toBe(4);
    expect(read.value('optimizer.peakLearningRate')).toBe(1e-5);
    expect(read.value('schedule.warmupSteps')).toBe(100);
    expect(read.value('precision.weights')).toBe('fp16');
  });

  it('are written as the lists they are', () => {
    expect(rewritten({ 'lm.yaml': LM }, setField('optimizer.peakLearningRate', 1e-4))?.['lm.yaml']).toContain(
      'lr: [1e-04]',
    );
    expect(issueLines(readConfig({ 'lm.yaml': LM }))).toEqual([]);
    expect(recognisedAs('a.yaml', 'task: build\ndataset: x\n')).toBeUndefined();
    const root = 'defaults:\n  - task: null\n  - criterion: cross_entropy\n  - lr_scheduler: fixed\n  - bpe: null\n';
    expect(recognisedAs('config.yaml', root)).toBe('fairseq');
    expect(recognisedAs('config.yaml', 'defaults:\n  - task: null\n  - model: null\n')).toBeUndefined();
  });

  it.each<[string, string, readonly unknown[]]>([
    [
      'alike',
      '{a: {lr_float: 6e-4, optimizer: {_name: adam}}, b: {lr_float: 6e-4, optimizer: {_name: adam}}}',
      ['adam', 6e-4],
    ],
    [
      'unlike',
      '{a: {lr_float: 6e-4, optimizer: {_name: adam}}, b: {lr_float: 1e-4, optimizer: {_name: adam}}}',
      ['adam', undefined],
    ],
  ])('take what all groups of a composite optimizer say alike: %s', (_case, groups, expected) => {
    const text = SPEECH.replace('optimizer: {_name: adam}', `optimizer: {_name: composite, groups: ${groups}}`);
    const read = readConfig({ 'a.yaml': text });
    expect([read.value('optimizer.name'), read.value('optimizer.peakLearningRate')]).toEqual(expected);
  });

  it('have model and length beside them in a project', () => {
    const read = readConfig({
      'task.yaml':
        'dataset: {meta_processor: Clips, max_len: 96}\nmodel: {model_cls: MMFusionJoint}\nfairseq: {dataset: {batch_size: 4}, optimization: {max_epoch: 8, lr: [1e-5]}}\n',
    });
    expect([read.value('model.name'), read.value('data.sequenceLength')]).toEqual(['MMFusionJoint', 96]);
  });
});
