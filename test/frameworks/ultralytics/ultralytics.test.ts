import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const ARGS = `task: detect
mode: train
model: yolov8n.pt
data: coco.yaml
epochs: 100
batch: 16
imgsz: 640
device: 0
optimizer: SGD
lr0: 0.01
lrf: 0.01
momentum: 0.937
warmup_epochs: 3.0
nbs: 64
close_mosaic: 10
`;

describe("Ultralytics' arguments", () => {
  it('accumulate up to the nominal batch', () => {
    const read = readConfig({ 'args.yaml': ARGS });
    expect(planTable(read)).toMatchSnapshot();
    expect(read.value('batch.global')).toBe(64);
  });

  it('count the batch of all GPUs together', () => {
    const read = readConfig({
      'args.yaml': ARGS.replace('device: 0', 'device: 0,1').replace('batch: 16', 'batch: 128'),
    });
    expect(read.value('batch.micro')).toBe(64);
    expect(read.value('batch.gradientAccumulation')).toBe(1);
    expect(read.value('batch.global')).toBe(128);
  });

  it('leave the rate open where the optimizer is chosen by the trainer', () => {
    const read = readConfig({ 'args.yaml': ARGS.replace('optimizer: SGD', 'optimizer: auto') });
    expect(read.value('optimizer.name')).toBeUndefined();
    expect(read.value('optimizer.peakLearningRate')).toBeUndefined();
  });

  it('are written in place and told from data and model files', () => {
    expect(rewritten({ 'args.yaml': ARGS }, setField('batch.micro', 8))?.['args.yaml']).toContain('batch: 8');
    expect(recognisedAs('coco.yaml', 'path: coco\ntrain: images\nval: val\nnames: {0: person}\n')).toBeUndefined();
    expect(recognisedAs('yolo.yaml', 'nc: 80\nbackbone: []\nhead: []\n')).toBeUndefined();
  });
});
