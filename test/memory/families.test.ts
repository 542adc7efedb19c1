import { describe, expect, test } from 'vitest';
import { allModels, countParameters, findModel, findVisionModel } from '../../server/src/facts/index.ts';
import { walkStep } from '../../server/src/memory/index.ts';
import { imageShape } from '../../server/src/memory/programs/image-shape.ts';
import { prepareTraining } from '../../server/src/memory/training.ts';
import type { Workload } from '../../server/src/memory/workload.ts';
import { lora, shapeNamed, workload } from './example-workload.ts';

const SEQ2SEQ = new Set(['t5', 'mt5', 'bart', 'mbart', 'whisper']);
const IMAGE = new Set(['vit', 'deit', 'dinov2', 'clip', 'siglip']);

const shapes = allModels().flatMap(({ name, shape }) => (shape === undefined ? [] : [{ name, shape }]));

function exampleOf(shape: Workload['shape']): Workload {
  const task = SEQ2SEQ.has(shape.family) ? 'seq2seq-lm' : IMAGE.has(shape.family) ? 'image' : 'causal-lm';
  return workload({ shape, task, targetLength: 128 });
}

describe('every shape of the catalogue', () => {
  test('has a peak above its weights, unless no program comes near it', () => {
    const without: string[] = [];
    for (const { shape } of shapes) {
      const peak = walkStep(exampleOf(shape));
      if (peak === undefined) without.push(shape.family);
      else expect(peak.allocatedBytes).toBeGreaterThan(peak.terms.find(({ name }) => name === 'weights')?.bytes ?? 0);
    }
    expect([...new Set(without)].sort()).toEqual(['gemma3n', 'mamba', 'nemotron_h']);
  });

  test('trains under LoRA with less than in full, at the same batch', () => {
    for (const { shape } of shapes) {
      if (shape.hiddenSize < 1024 || SEQ2SEQ.has(shape.family)) continue;
      const example = { ...exampleOf(shape), sequenceLength: 128 };
      const full = walkStep(example)?.allocatedBytes;
      if (full === undefined) continue;
      expect(walkStep({ ...example, lora: lora({ rank: 8 }) })?.allocatedBytes ?? 0).toBeLessThanOrEqual(full);
    }
  });
});

describe('the weights of a decoder are the catalogue’s parameter count', () => {
  const decoders = shapes.filter(({ shape }) => {
    const training = prepareTraining(exampleOf(shape));
    return training?.family.kind === 'decoder';
  });

  test.each(decoders.map(({ name, shape }) => [name, shape] as const))('%s', (_name, shape) => {
    expect(prepareTraining(exampleOf(shape))?.tensors.totalElements).toBe(countParameters(shape)?.total);
  });

  test('also where the program has no part that is left over', () => {
    const llama = prepareTraining(workload());
    expect(llama?.tensors.outsideTheTape).toEqual([]);
  });
});

test('an architecture without a program of its own is marked as such', () => {
  expect(walkStep(workload({ shape: shapeNamed('meta-llama/Llama-3.1-8B') }))?.program).toBe('exact');
  expect(walkStep(workload({ shape: shapeNamed('tiiuae/falcon-7b') }))?.program).toBe('nearest');
});

describe('an image model of the vision catalogue', () => {
  const images = {
    task: 'image',
    weights: 'fp32',
    autocast: 'bf16',
    microBatch: 64,
    imageSize: 224,
    optimizer: 'sgd_momentum',
  } as const;

  function shapeOf(name: string): Workload['shape'] {
    const facts = findVisionModel(name, 224);
    if (facts === undefined) throw new Error(`The catalogue has no ${name}.`);
    return imageShape(facts);
  }

  test('scales with the batch and the image', () => {
    for (const name of ['resnet50', 'convnext_base', 'vit_base_patch16_224']) {
      const example = workload({ ...images, shape: shapeOf(name) });
      const base = walkStep(example)?.allocatedBytes ?? 0;
      expect(base).toBeGreaterThan(0);
      expect(walkStep({ ...example, microBatch: 128 })?.allocatedBytes).toBeGreaterThan(1.5 * base);
      expect(walkStep({ ...example, imageSize: 448 })?.allocatedBytes).toBeGreaterThan(2 * base);
    }
  });

  test('has terms that sum to its peak', () => {
    const peak = walkStep(workload({ ...images, shape: shapeOf('resnet50') }));
    const sum = peak?.terms.reduce((total, { bytes }) => total + bytes, 0);
    expect(sum).toBeCloseTo(peak?.allocatedBytes ?? 0, 0);
  });
});

test('an encoder-decoder grows with both of its lengths', () => {
  const shape = findModel('google-t5/t5-base')?.shape;
  if (shape === undefined) throw new Error('The catalogue has T5.');
  const example = workload({ shape, task: 'seq2seq-lm', microBatch: 8, sequenceLength: 256, targetLength: 128 });
  const base = walkStep(example)?.allocatedBytes ?? 0;
  expect(walkStep({ ...example, sequenceLength: 512 })?.allocatedBytes).toBeGreaterThan(base);
  expect(walkStep({ ...example, targetLength: 256 })?.allocatedBytes).toBeGreaterThan(base);
});
