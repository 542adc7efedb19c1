import { describe, expect, it } from 'vitest';
import { setField, withEdits } from '../../../server/src/plan/index.ts';
import { planTable, readConfig } from '../read-config.ts';

const PROBE = `DATA:
  BATCH_SIZE: 16
  IMG_SIZE: 448
MODEL:
  TYPE: intern_vit_6b
  INTERN_VIT_6B:
    FREEZE_VIT: True
    DEPTH: 45
TRAIN:
  EPOCHS: 10
  WARMUP_EPOCHS: 1
  BASE_LR: 0.1
  WEIGHT_DECAY: 0.0
  OPTIMIZER:
    NAME: sgd
  EMA:
    ENABLE: True
    DECAY: 0.998
`;

describe("InternVL's classification config", () => {
  it('is a plan with the base learning rate and its rule', () => {
    expect(planTable(readConfig({ 'probe.yaml': PROBE }))).toMatchSnapshot();
  });

  it('has a peak learning rate once the number of GPUs is known', () => {
    const plan = readConfig({ 'probe.yaml': PROBE }).reading.plans[0]?.plan;
    if (plan === undefined) throw new Error('no plan');
    expect(plan.values['optimizer.peakLearningRate']).toBeUndefined();
    const on64 = withEdits(plan, [setField('parallel.world', 64)]);
    expect(on64.values['optimizer.peakLearningRate']?.value).toBeCloseTo((0.1 * 16 * 64) / 512);
  });

  it('multiplies the lowest rate as the base rate, and widens by the ratio', () => {
    const read = (lines: string) => readConfig({ 'probe.yaml': PROBE.replace('TRAIN:\n', `TRAIN:\n${lines}`) });
    expect(read('  MIN_LR: 0.01\n').value('schedule.minRatio')).toBeCloseTo(0.1);
    expect(read('').value('schedule.minRatio')).toBeCloseTo(5e-5);
    expect(read('').value('model.intermediateSize')).toBe(12_800);
    expect(read('').value('run.fromScratch')).toBeUndefined();
    const named = PROBE.replace('    DEPTH: 45\n', '    DEPTH: 45\n    PRETRAINED: weights.pth\n');
    expect(readConfig({ 'probe.yaml': named }).value('run.fromScratch')).toBe(false);
    expect(readConfig({ 'probe.yaml': `AMP_TYPE: bfloat16\n${PROBE}` }).value('precision.autocast')).toBe('bf16');
    expect(readConfig({ 'probe.yaml': `AMP_OPT_LEVEL: O0\n${PROBE}` }).value('precision.autocast')).toBeUndefined();
  });

  it('proves nothing by absence when it starts from another file', () => {
    const plan = readConfig({ 'probe.yaml': `BASE: [common.yaml]\n${PROBE}` }).reading.plans[0]?.plan;
    expect(plan?.partial).toBe(true);
    expect(plan?.values['optimizer.maxGradNorm']).toBeUndefined();
  });
});
