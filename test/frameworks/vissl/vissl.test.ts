import { describe, expect, it } from 'vitest';
import { setField, withEdits } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const RUN = `# @package _global_
config:
  DATA:
    TRAIN:
      BATCHSIZE_PER_REPLICA: 32
      TRANSFORMS:
        - {name: RandomResizedCrop, size: 224}
  MODEL:
    TRUNK: {NAME: resnet, RESNETS: {DEPTH: 50}}
    SYNC_BN_CONFIG: {CONVERT_BN_TO_SYNC_BN: true}
  LOSS: {name: cross_entropy_multiple_output_single_target}
  OPTIMIZER:
    name: sgd
    num_epochs: 100
    param_schedulers:
      lr:
        auto_lr_scaling: {auto_scale: true, base_value: 0.1, base_lr_batch_size: 256}
        name: composite
        schedulers:
          - {name: linear, start_value: 0.1, end_value: 0.8}
          - {name: cosine, start_value: 0.8, end_value: 0.0}
        lengths: [0.05, 0.95]
  DISTRIBUTED: {NUM_NODES: 4, NUM_PROC_PER_NODE: 8}
`;
const valueIn = (text: string, field: Parameters<ReturnType<typeof readConfig>['value']>[0]) =>
  readConfig({ 'a.yaml': text }).value(field);

describe("VISSL's configs", () => {
  it('scale the learning rate from the base batch to the batch that runs', () => {
    const read = readConfig({ 'a.yaml': RUN });
    expect(planTable(read)).toMatchSnapshot();
    expect(read.value('batch.global')).toBe(1024);
    expect(read.value('optimizer.peakLearningRate')).toBeCloseTo(0.4);
    const plan = read.reading.plans[0]?.plan;
    const twice = plan === undefined ? undefined : withEdits(plan, [setField('batch.micro', 64)]).values;
    expect(twice?.['optimizer.peakLearningRate']?.value).toBeCloseTo(0.8);
  });

  it('scale it by the square root where that is stated', () => {
    const text = RUN.replace('base_lr_batch_size: 256', 'base_lr_batch_size: 256, scaling_type: sqrt');
    expect(valueIn(text, 'optimizer.peakLearningRate')).toBeCloseTo(0.2);
  });

  it('state the peak itself where nothing is scaled', () => {
    const text = RUN.replace('auto_scale: true', 'auto_scale: false');
    expect(valueIn(text, 'optimizer.peakLearningRate')).toBe(0.8);
    expect(valueIn(text, 'reference.batch')).toBeUndefined();
    expect(valueIn(text, 'schedule.warmupRatio')).toBe(0.05);
  });

  it('prove nothing by absence where they lie over another config', () => {
    const overlay =
      '# @package _global_\nconfig:\n  DATA: {TRAIN: {BATCHSIZE_PER_REPLICA: 16}}\n  MODEL: {TRUNK: {NAME: regnet}}\n';
    const read = readConfig({ 'a.yaml': overlay });
    expect(read.reading.plans[0]?.plan.partial).toBe(true);
    expect(read.value('batch.micro')).toBe(16);
    expect(read.value('schedule.epochs')).toBeUndefined();
  });

  it('multiply the width of a BEiT trunk', () => {
    const trunk = `config:\n  DATA: {TRAIN: {BATCHSIZE_PER_REPLICA: 32}}\n  OPTIMIZER: {regularize_bn: true}\n  MODEL: {TRUNK: {NAME: beit, BEIT: {HIDDEN_DIM: 1024, MLP_RATIO: 4.0, NUM_LAYERS: 24}}}\n`;
    expect(readConfig({ 'a.yaml': trunk }).value('model.intermediateSize')).toBe(4096);
  });

  it('have no one weight decay where it is scheduled', () => {
    const decayed = (scheduled: string) =>
      readConfig({
        'a.yaml': `config:\n  DATA: {TRAIN: {BATCHSIZE_PER_REPLICA: 32}}\n  DISTRIBUTED: {NUM_NODES: 1}\n  OPTIMIZER: {name: adamw, num_epochs: 3${scheduled}}\n`,
      }).value('optimizer.weightDecay');
    expect(decayed('')).toBe(1e-4);
    expect(decayed(', param_schedulers: {weight_decay: {name: cosine, start_value: 0.04}}')).toBeUndefined();
  });

  it('are written where the values stand', () => {
    const texts = rewritten({ 'a.yaml': RUN }, setField('model.batchNorm', 'batch'));
    expect(texts?.['a.yaml']).toContain('CONVERT_BN_TO_SYNC_BN: false');
    expect(issueLines(readConfig({ 'a.yaml': RUN }))).toEqual([]);
    expect(recognisedAs('a.yaml', 'config:\n  DATA: x\n')).toBeUndefined();
    expect(recognisedAs('a.yaml', 'config:\n  DATA:\n    TEST:\n      BATCHSIZE_PER_REPLICA: 8\n')).toBe('vissl');
  });

  it('have made-up data where the source is the synthetic one', () => {
    const made = RUN.replace('TRAIN:\n', 'TRAIN:\n      DATA_SOURCES: [synthetic]\n');
    expect(valueIn(made, 'data.synthetic')).toBe(true);
    expect(valueIn(RUN, 'data.synthetic')).toBeUndefined();
  });

  it('shard parameters where the task is the sharded one', () => {
    expect(valueIn(RUN, 'sharding.engine')).toBe('ddp');
    const sharded = `${RUN}  TRAINER: {TASK_NAME: self_supervision_fsdp_task}\n`;
    expect(valueIn(sharded, 'sharding.engine')).toBe('fsdp1');
  });

  it.each([
    ['a regnet of the catalogue', '{NAME: regnet, REGNET: {name: regnet_y_16gf}}', ['regnet_y_16gf', undefined]],
    ['a regnet built from numbers', '{NAME: regnet_fsdp, REGNET: {depth: 27, w_0: 1744}}', ['regnet_fsdp', undefined]],
    ['a BEiT', '{NAME: beit, BEIT: {NUM_LAYERS: 24, HIDDEN_DIM: 1024}}', ['beit', 24]],
  ])('name the trunk: %s', (_case, trunk, expected) => {
    const text = `# @package _global_\nconfig:\n  DATA: {TRAIN: {BATCHSIZE_PER_REPLICA: 16}}\n  MODEL: {TRUNK: ${trunk}}\n`;
    expect([valueIn(text, 'model.name'), valueIn(text, 'model.layers')]).toEqual(expected);
  });
});
