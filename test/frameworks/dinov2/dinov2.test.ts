import { describe, expect, it } from 'vitest';
import { setField, withEdits } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const SHORT = `train:
  dataset_path: ImageNet:split=TRAIN
  batch_size_per_gpu: 32
student:
  arch: vit_base
  block_chunks: 4
optim:
  base_lr: 0.002
  lr: 0
  epochs: 50
`;

describe("DINOv2's configs", () => {
  it('are laid over the defaults', () => {
    expect(planTable(readConfig({ 'short.yaml': SHORT }))).toMatchSnapshot();
  });

  it('scale the base rate by the root of the batch', () => {
    const plan = readConfig({ 'short.yaml': SHORT }).reading.plans[0]?.plan;
    const on128 = plan === undefined ? undefined : withEdits(plan, [setField('parallel.world', 128)]).values;
    expect(on128?.['batch.global']?.value).toBe(4096);
    expect(on128?.['optimizer.peakLearningRate']?.value).toBeCloseTo(0.004);
  });

  it('count epochs in steps of their own', () => {
    const read = readConfig({ 'short.yaml': SHORT });
    expect(read.value('schedule.totalSteps')).toBe(62_500);
    expect(rewritten({ 'short.yaml': SHORT }, setField('schedule.totalSteps', 125_000))?.['short.yaml']).toContain(
      'epochs: 100',
    );
    expect(recognisedAs('a.yaml', 'train: {batch_size: 3}\nstudent: x\n')).toBeUndefined();
  });

  it('are of the published models only with their patches', () => {
    const name = (text: string) => readConfig({ 'a.yaml': text }).value('model.name');
    expect(name(SHORT)).toBe('vit_base');
    expect(readConfig({ 'a.yaml': SHORT }).value('model.hiddenSize')).toBe(768);
    expect(name(SHORT.replace('block_chunks', 'patch_size: 14\n  block_chunks'))).toBe('facebook/dinov2-base');
  });
});
