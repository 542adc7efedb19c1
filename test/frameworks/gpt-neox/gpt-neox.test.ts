import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const SMALL = `# A small model.
{
  "pipe-parallel-size": 1,
  "model-parallel-size": 2,
  "num-layers": 12,
  "hidden-size": 768,
  "num-attention-heads": 12,
  "seq-length": 2048,
  "max-position-embeddings": 2048,
  "pos-emb": "rotary",
  "no-weight-tying": true,
  "attention-config": [[["flash"], 12]],
  "optimizer": {"type": "Adam", "params": {"lr": 0.0006, "betas": [0.9, 0.95], "eps": 1.0e-8}},
  "zero_optimization": {"stage": 1, "reduce_bucket_size": 500000000},
  "train_micro_batch_size_per_gpu": 4,
  "checkpoint-activations": true,
  "fp16": {"enabled": true},
  "train-iters": 10000,
  "lr-decay-iters": 8000,
  "lr-decay-style": "cosine",
  "warmup": 0.01, # a share of lr-decay-iters
}
`;
const UNDERSCORES = SMALL.replaceAll(/"[a-z-]+":/g, (name) => name.replaceAll('-', '_'));

describe('a GPT-NeoX config', () => {
  it('is a plan with the defaults of its arguments', () => {
    expect(planTable(readConfig({ 'configs/small.yml': SMALL }))).toMatchSnapshot();
  });

  it('says the same with underscores', () => {
    const values = (text: string) => planTable(readConfig({ 'small.yml': text }));
    expect(values(UNDERSCORES)).toBe(values(SMALL));
  });

  it('is written back as the file spells its keys', () => {
    const edit = { set: 'batch.gradientAccumulation', to: 8 } as const;
    expect(rewritten({ 'a.yml': SMALL }, edit)?.['a.yml']).toContain('gradient-accumulation-steps": 8');
    expect(rewritten({ 'a.yml': UNDERSCORES }, edit)?.['a.yml']).toContain('gradient_accumulation_steps": 8');
  });

  it('is recognised although a comma is missing, and says where', () => {
    const broken = SMALL.replace('[[["flash"], 12]],', '[[["flash"], 12]]');
    expect(recognisedAs('a.yml', broken)).toBe('gpt-neox');
    const { tree, reading } = readConfig({ 'a.yml': broken });
    expect(tree.problems).not.toEqual([]);
    expect(reading.plans).toHaveLength(1);
  });

  it('takes the length of the run from no trial of the autotuner', () => {
    const tuned = SMALL.replace('"warmup"', '"autotuning": {"enabled": true},\n  "warmup"');
    expect(readConfig({ 'a.yml': tuned }).value('schedule.totalSteps')).toBeUndefined();
  });

  it('has no heads where its layers do not attend', () => {
    const mamba = readConfig({ 'a.yml': SMALL.replace('"flash"', '"mamba"') });
    expect(mamba.value('model.heads')).toBeUndefined();
    expect(mamba.value('model.family')).toBeUndefined();
    expect(issueLines(mamba)).toEqual([]);
    const uneven = SMALL.replace('"flash"', '"mamba"').replace('heads": 12', 'heads": 10');
    expect(issueLines(readConfig({ 'a.yml': uneven }))[0]).toMatch(
      /^not-allowed \| num-attention-heads \| accepted \| 10/,
    );
  });

  it('keeps a reference model beside the one it trains by preferences', () => {
    const dpo = readConfig({ 'a.yml': SMALL.replace('"warmup"', '"train_impl": "dpo",\n  "warmup"') });
    expect(dpo.value('run.objective')).toBe('dpo');
    expect(dpo.value('run.fromScratch')).toBe(false);
    expect(dpo.residents.map(({ role }) => role)).toEqual(['reference']);
  });

  it('reads how documents fill sequences and how often it saves', () => {
    const read = (lines: string) => readConfig({ 'small.yml': SMALL.replace('{\n', `{\n${lines}`) });
    expect(read('').value('data.packing')).toBe(true);
    const unpacked = read('  "pack-impl": "unpacked",\n  "checkpoint-factor": 1000,\n');
    expect(unpacked.value('data.packing')).toBe(false);
    expect(unpacked.value('data.padToMax')).toBe(true);
    expect(unpacked.value('schedule.saveSteps')).toBe(1000);
    const powers = read('  "checkpoint-scale": "log",\n  "checkpoint-factor": 2,\n');
    expect(powers.value('schedule.saveSteps')).toBeUndefined();
  });

  it('splits the loss by vocabulary only where it takes the cross-entropy', () => {
    const loss = (method: string) =>
      readConfig({ 'small.yml': SMALL.replace('{\n', `{\n  "train-impl": "${method}",\n`) });
    expect(loss('normal').value('parallel.loss')).toBe(true);
    expect(loss('kto').value('parallel.loss')).toBe(false);
    expect(loss('kto').value('batch.unit')).toBe('samples');
    expect(loss('dpo').value('parallel.loss')).toBeUndefined();
  });

  it('tells of attention for other than its layers', () => {
    const fewer = SMALL.replace('[[["flash"], 12]]', '[[["flash", "global"], 5]]');
    expect(issueLines(readConfig({ 'a.yml': fewer }))).toEqual([
      'not-allowed | attention-config | refused | for 10 layers | one for 12, as num-layers says',
    ]);
    expect(issueLines(readConfig({ 'a.yml': SMALL.replace('[[["flash"], 12]]', '[[["flash"], "all"]]') }))).toEqual([]);
  });

  it('tells of a number that its type check refuses, and of a key that no release knows', () => {
    expect(issueLines(readConfig({ 'a.yml': SMALL.replace('0.0006', '6e-4') }))).toEqual([
      'number-read-as-text | optimizer.params.lr | misread | 6e-4 | 0.0006',
    ]);
    expect(issueLines(readConfig({ 'a.yml': SMALL.replace('"warmup"', '"warmup-iters"') }))).toEqual([
      'unknown-key | warmup-iters | refused',
    ]);
  });

  it('writes no key that its releases refuse', () => {
    for (const edit of [setField('parallel.context', 2), setField('precision.reduce', 'fp32')])
      expect(rewritten({ 'a.yml': SMALL }, edit)).toBeUndefined();
    const split = SMALL.replace('{\n', '{\n  "context_parallel_size": 2,\n');
    expect(readConfig({ 'a.yml': split }).value('parallel.context')).toBe(2);
    expect(issueLines(readConfig({ 'a.yml': split }))).toEqual([]);
  });
});

describe('what the arguments refuse', () => {
  const lines = (text: string) => issueLines(readConfig({ 'a.yml': text }));
  const zero = (stage: number) => SMALL.replace('"stage": 1', `"stage": ${stage}`);
  const layers = (kind: string, text: string) => text.replace('[[["flash"], 12]]', `[[["${kind}"], 12]]`);

  it.each([
    [zero(2).replace('"fp16"', '"moe-num-experts": 8,\n  "fp16"'), 'zero_optimization.stage'],
    [layers('mamba', zero(3)), 'zero_optimization.stage'],
    [layers('rwkv', SMALL), 'model-parallel-size'],
    [layers('gmlp', SMALL).replace('"fp16"', '"partition-activations": true,\n  "fp16"'), 'partition-activations'],
    [SMALL.replace('"Adam"', '"OneBitAdam"').replace('"train-iters": 10000', '"train-epochs": 1'), 'optimizer.type'],
    [SMALL.replace('"fp16"', '"precision": "bfloat16",\n  "fp16"'), 'fp16.enabled'],
    [SMALL.replace('"fp16"', '"num-kv-heads": 5,\n  "fp16"'), 'num-kv-heads'],
  ])('is told at its key, whichever way that is spelt', (text, key) => {
    expect(lines(text).filter((line) => line.includes(`| ${key} | refused`))).toHaveLength(1);
    const other = text.replaceAll(/"[a-z-]+":/g, (name) => name.replaceAll('-', '_'));
    const spelt = key.replaceAll('-', '_');
    expect(lines(other).filter((line) => line.includes(`| ${spelt} | refused`))).toHaveLength(1);
  });

  it('is nothing where experts and stages go together', () => {
    expect(lines(SMALL.replace('"fp16"', '"moe-num-experts": 8,\n  "fp16"'))).toEqual([]);
    expect(lines(zero(3))).toEqual([]);
  });
});
