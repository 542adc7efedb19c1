import { describe, expect, it } from 'vitest';
import { setField, withEdits } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const BASE = `MODEL:
  META_ARCHITECTURE: GeneralizedRCNN
  WEIGHTS: ""
  RESNETS: {DEPTH: 50, NORM: SyncBN}
SOLVER:
  IMS_PER_BATCH: 32
  BASE_LR: 0.04
  STEPS: (30000, 40000)
  MAX_ITER: 45000
`;
const CHILD =
  '_BASE_: base.yaml\nSOLVER:\n  MAX_ITER: 90000\n  CLIP_GRADIENTS: {ENABLED: true, CLIP_TYPE: norm, CLIP_VALUE: 2.0}\n';

describe("detectron2's configs", () => {
  it('are read with the file they build on', () => {
    expect(planTable(readConfig({ 'child.yaml': CHILD, 'base.yaml': BASE }))).toMatchSnapshot();
  });

  it('prove nothing by absence where that file is missing', () => {
    const read = readConfig({ 'child.yaml': CHILD });
    expect(read.reading.plans[0]?.plan.partial).toBe(true);
    expect(read.value('schedule.totalSteps')).toBe(90_000);
    expect(read.value('batch.global')).toBeUndefined();
    expect(read.value('optimizer.name')).toBeUndefined();
  });

  it('are rescaled where they name the workers they were written for', () => {
    const read = readConfig({ 'a.yaml': `${BASE}  REFERENCE_WORLD_SIZE: 8\n` });
    expect(read.value('batch.global')).toBeUndefined();
    const plan = read.reading.plans[0]?.plan;
    const on16 = plan === undefined ? undefined : withEdits(plan, [setField('parallel.world', 16)]).values;
    expect(on16?.['batch.global']?.value).toBe(64);
    expect(on16?.['batch.micro']?.value).toBe(4);
    expect(on16?.['optimizer.peakLearningRate']?.value).toBeCloseTo(0.08);
  });

  it('write the learning rate where it stands', () => {
    const texts = rewritten({ 'a.yaml': BASE }, setField('optimizer.peakLearningRate', 0.02));
    expect(texts?.['a.yaml']).toContain('BASE_LR: 0.02');
    expect(issueLines(readConfig({ 'a.yaml': BASE }))).toEqual([]);
  });

  it('are told by their solver', () => {
    expect(recognisedAs('a.yaml', BASE)).toBe('detectron2');
    expect(recognisedAs('a.yaml', 'SOLVER: highs\nMODEL: x\n')).toBeUndefined();
  });

  it('name the detector, or the weights it starts from where they are stated', () => {
    expect(readConfig({ 'a.yaml': BASE }).value('model.name')).toBe('GeneralizedRCNN');
    const pretrained = readConfig({ 'a.yaml': BASE.replace('WEIGHTS: ""', 'WEIGHTS: detectron2://R-50.pkl') });
    expect(pretrained.value('model.name')).toBe('detectron2://R-50.pkl');
  });
});
