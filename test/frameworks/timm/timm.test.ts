import { describe, expect, it } from 'vitest';
import { setField, withEdits } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const ARGS = `model: resnet50
batch_size: 256
opt: lamb
opt_betas: null
sched: cosine
lr: null
lr_base: 0.005
lr_base_size: 2048
lr_base_scale: ''
epochs: 100
warmup_epochs: 5
cooldown_epochs: 10
reprob: 0.25
smoothing: 0.1
model_ema: false
amp: true
amp_dtype: bfloat16
`;

describe("timm's arguments", () => {
  it('scale the base rate as timm does', () => {
    const read = readConfig({ 'args.yaml': ARGS });
    expect(planTable(read)).toMatchSnapshot();
    const plan = read.reading.plans[0]?.plan;
    const on32 = plan === undefined ? undefined : withEdits(plan, [setField('parallel.world', 32)]).values;
    expect(on32?.['optimizer.peakLearningRate']?.value).toBeCloseTo(0.005 * Math.sqrt(8192 / 2048));
  });

  it('normalise by batches where the model is built so', () => {
    const norm = (model: string, more = '') =>
      readConfig({ 'args.yaml': `${ARGS.replace('resnet50', model)}${more}` }).value('model.batchNorm');
    expect(norm('resnet50')).toBe('batch');
    expect(norm('resnet50', 'sync_bn: true\n')).toBe('sync');
    for (const model of ['vit_base_patch16_224', 'resnetv2_50', 'resnet50_gn', 'convnext_tiny'])
      expect(norm(model)).toBeUndefined();
  });

  it('take a stated rate as it is', () => {
    const read = readConfig({ 'args.yaml': ARGS.replace('lr: null', 'lr: 0.4').replace('opt: lamb', 'opt: sgd') });
    expect(read.value('optimizer.peakLearningRate')).toBe(0.4);
    expect(read.value('optimizer.name')).toBe('sgd_momentum');
    expect(read.value('reference.batch')).toBeUndefined();
  });

  it('are written in place', () => {
    expect(rewritten({ 'args.yaml': ARGS }, setField('batch.micro', 128))?.['args.yaml']).toContain('batch_size: 128');
    expect(recognisedAs('a.yaml', 'model: x\nbatch_size: 3\nepochs: 2\n')).not.toBe('timm');
  });
});
