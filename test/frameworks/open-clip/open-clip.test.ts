import { describe, expect, it } from 'vitest';
import { planTable, readConfig, recognisedAs } from '../read-config.ts';

const CLIP = `model: ViT-L-14
batch-size: 256
accum-freq: 4
train-num-samples: 12800000
epochs: 10
lr: 1e-3
warmup: 2000
precision: amp_bf16
grad-checkpointing: true
local-loss: true
gather-with-grad: true
world_size: 8
`;

const read = (text: string) => readConfig({ 'clip.yaml': text });

describe("OpenCLIP's flags", () => {
  it('count pairs over GPUs and accumulation', () => {
    expect(planTable(read(CLIP))).toMatchSnapshot();
    expect(read(CLIP).value('batch.global')).toBe(8192);
    expect(read(CLIP).value('schedule.totalSteps')).toBe(15_625);
  });

  it('are spelled with underscores as well', () => {
    const plan = read(CLIP.replaceAll('-size', '_size').replaceAll('accum-freq', 'accum_freq'));
    expect(plan.value('batch.micro')).toBe(256);
    expect(plan.value('contrastive.cachedMicro')).toBe(256);
  });

  it('take image size and origin of the weights from the names of both', () => {
    const tuned = read('model: ViT-L-14-336\npretrained: openai\nbatch-size: 64\nsiglip: true\n');
    expect(tuned.value('model.imageSize')).toBe(336);
    expect(tuned.value('run.fromScratch')).toBe(false);
    expect(tuned.value('contrastive.loss')).toBe('SigLipLoss');
    expect(tuned.value('precision.lossScaling')).toBe(true);
  });

  it('are not any file with a model and a batch', () => {
    expect(recognisedAs('a.yaml', 'model: resnet50\nbatch-size: 64\n')).not.toBe('open-clip');
    expect(recognisedAs('a.yaml', CLIP)).toBe('open-clip');
  });
});
