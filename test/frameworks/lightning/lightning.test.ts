import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { readConfig, recognisedAs, rewritten } from '../read-config.ts';

const CLI = `seed_everything: 42
trainer:
  accelerator: gpu
  devices: 8
  num_nodes: 2
  strategy: ddp
  precision: bf16-mixed
  max_epochs: 90
  accumulate_grad_batches: 2
  gradient_clip_val: 1.0
model:
  class_path: mylib.Classifier
  init_args:
    arch: resnet50
data:
  class_path: mylib.Pictures
  init_args:
    batch_size: 128  # a GPU
optimizer:
  class_path: torch.optim.SGD
  init_args:
    lr: 0.1
    momentum: 0.9
    weight_decay: 1e-4
`;

const HYDRA = `trainer:
  _target_: lightning.pytorch.Trainer
  max_epochs: 10
  devices: [0, 1]
data:
  _target_: src.data.Digits
  batch_size: 64
model:
  _target_: src.model.Net
  optimizer:
    _target_: torch.optim.Adam
    lr: 0.001
    betas: [0.9, 0.98]
`;

describe('a config of the Lightning command line', () => {
  it('states batch, optimizer and ranks of modules that are the own of whoever wrote it', () => {
    const { adapter, value } = readConfig({ 'fit.yaml': CLI });
    expect(adapter.id).toBe('lightning');
    expect(value('batch.micro')).toBe(128);
    expect(value('batch.global')).toBe(128 * 2 * 16);
    expect(value('optimizer.name')).toBe('torch.optim.SGD');
    expect(value('optimizer.peakLearningRate')).toBe(0.1);
    expect(value('optimizer.weightDecay')).toBe(1e-4);
    expect(value('precision.autocast')).toBe('bf16');
    expect(value('sharding.engine')).toBe('ddp');
    expect(value('schedule.epochs')).toBe(90);
  });

  it('writes a batch where the data module takes it', () => {
    expect(rewritten({ 'fit.yaml': CLI }, setField('batch.micro', 64))?.['fit.yaml']).toBe(
      CLI.replace('batch_size: 128', 'batch_size: 64'),
    );
  });

  it.each([
    ['deepspeed_stage_3_offload', 'deepspeed', 3, 'cpu'],
    ['deepspeed_stage_2', 'deepspeed', 2, 'none'],
    ['fsdp', 'fsdp1', 3, undefined],
  ])('reads the strategy %s', (strategy, engine, stage, offload) => {
    const { value } = readConfig({ 'fit.yaml': CLI.replace('strategy: ddp', `strategy: ${strategy}`) });
    expect(value('sharding.engine')).toBe(engine);
    expect(value('sharding.zeroStage')).toBe(stage);
    expect(value('sharding.offloadOptimizer')).toBe(offload);
  });

  it('is known as well where Hydra makes the trainer', () => {
    const { adapter, value } = readConfig({ 'configs/train.yaml': HYDRA });
    expect(adapter.id).toBe('lightning');
    expect(value('batch.micro')).toBe(64);
    expect(value('optimizer.beta2')).toBe(0.98);
    expect(value('parallel.gpusPerNode')).toBe(2);
  });

  it("leaves NeMo's recipes to NeMo", () => {
    const nemo = 'trainer: {devices: 1, num_nodes: 1}\nexp_manager: {name: x}\nmodel: {train_ds: {batch_size: 8}}\n';
    expect(recognisedAs('conf.yaml', nemo)).toBe('nemo');
  });
});
