import { describe, expect, it } from 'vitest';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const FULL = { 'precision.weights': 'fp32', 'precision.autocast': 'off' } as const;
const HALF = { 'precision.weights': 'fp32', 'precision.autocast': 'bf16' } as const;
const SGD = { 'optimizer.name': 'sgd', 'optimizer.momentum': 0.9 } as const;
const ADAMW = { 'optimizer.name': 'adamw_torch' } as const;
const CHECKPOINTED = { 'activations.checkpointing': 'full' } as const;

function image(name: string, batch: number, side: number, changes: Partial<PlanFields>): Partial<PlanFields> {
  return {
    'run.task': 'image-classification',
    'model.name': name,
    'batch.micro': batch,
    'model.imageSize': side,
    ...changes,
  };
}

/** Allocated peaks of bench/data/{images,image-models,encoders}.jsonl in MB, of models whose rows set nothing. */
const MEASURED: readonly (readonly [row: string, megabytes: number, Partial<PlanFields>])[] = [
  ['tim-1', 1790.9, image('resnet26d', 48, 224, { ...HALF, ...SGD })],
  ['tim-19', 5179.6, image('densenet201', 24, 224, { ...FULL, ...ADAMW })],
  ['tim-57', 1650.0, image('convnextv2_nano', 48, 224, { ...HALF, ...ADAMW, ...CHECKPOINTED })],
  ['tim-89', 559.1, image('starnet_s2', 48, 224, { ...HALF, ...ADAMW, ...CHECKPOINTED })],
  ['tim-130', 7162.3, image('hiera_tiny_224', 96, 224, { ...HALF, ...ADAMW })],
  ['tim-151', 5973.4, image('vit_small_patch16_dinov3', 96, 256, { ...HALF, ...ADAMW })],
  ['img-22', 3999.2, image('vgg11_bn', 48, 224, { ...HALF, ...SGD })],
  ['img-28', 2041.6, image('poolformer_s12', 48, 224, { ...HALF, ...SGD })],
  ['img-51', 2377.3, image('regnetx_032', 24, 224, { ...FULL, ...ADAMW })],
  ['img-75', 2394.5, image('efficientnet_b4', 48, 320, { ...HALF, ...SGD, ...CHECKPOINTED })],
  [
    'enc-5',
    3634.5,
    {
      'run.task': 'classification',
      'model.name': 'albert/albert-base-v2',
      'batch.micro': 16,
      'data.sequenceLength': 256,
      ...HALF,
      ...ADAMW,
    },
  ],
  [
    'enc-73',
    7786.7,
    {
      'run.task': 'speech',
      'model.name': 'openai/whisper-small',
      'batch.micro': 4,
      'data.targetLength': 128,
      ...FULL,
      ...ADAMW,
    },
  ],
];

describe('image, shared and spoken models', () => {
  it.each(MEASURED)('%s is predicted within 3%% of %d MB', (_, megabytes, fields) => {
    expect(Math.abs(estimateOf(planOf(fields)).allocatedBytes / (megabytes * 1e6) - 1)).toBeLessThan(0.03);
  });

  it('the terms at the peak sum to what is expected', () => {
    for (const [, , fields] of MEASURED) {
      const { terms, expectedBytes } = estimateOf(planOf(fields));
      const sum = terms.filter(({ atPeak }) => atPeak).reduce((total, { bytes }) => total + bytes, 0);
      expect(sum / expectedBytes).toBeCloseTo(1, 6);
    }
  });

  it.each([
    ['a larger batch', { 'batch.micro': 96 }],
    ['a larger image', { 'model.imageSize': 320 }],
    ['full precision', FULL],
  ] as const)('%s takes more', (_, changes) => {
    const fields = image('resnet50', 48, 224, { ...HALF, ...SGD });
    const more = estimateOf(planOf({ ...fields, ...changes })).allocatedBytes;
    expect(more).toBeGreaterThan(estimateOf(planOf(fields)).allocatedBytes);
  });

  it.each([
    ['microsoft/swin-tiny-patch4-window7-224', 'unchecked'],
    ['swin_tiny_patch4_window7_224', 'measured'],
  ])('%s is %s', (name, checked) => {
    expect(estimateOf(planOf(image(name, 32, 224, { ...HALF, ...ADAMW }))).regime.checked).toBe(checked);
  });

  it('a speech model without a program has no figure', () => {
    expect(() => estimateOf(planOf({ 'run.task': 'speech' }))).toThrow('speech model');
  });
});
