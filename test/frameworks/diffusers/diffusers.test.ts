import { describe, expect, it } from 'vitest';
import { planTable, readConfig, recognisedAs } from '../read-config.ts';

const TUNE = `pretrained_model_name_or_path: stabilityai/stable-diffusion-2-1
train_batch_size: 4
gradient_accumulation_steps: 4
learning_rate: 1e-4
scale_lr: true
lr_scheduler: constant_with_warmup
max_train_steps: 15000
resolution: 768
mixed_precision: fp16
gradient_checkpointing: true
use_8bit_adam: true
use_ema: true
snr_gamma: 5.0
`;

const read = (text: string) => readConfig({ 'args.yaml': text });

describe("arguments of diffusers' scripts", () => {
  it('fine-tune with fp32 weights under autocast', () => {
    expect(planTable(read(TUNE))).toMatchSnapshot();
    expect(read(TUNE).residents).toEqual([{ role: 'ema', trainable: false }]);
  });

  it('state a base rate where the script scales it, and the rate itself where not', () => {
    expect(read(TUNE).value('reference.baseLearningRate')).toBe(1e-4);
    expect(read(TUNE).value('optimizer.peakLearningRate')).toBeUndefined();
    const plain = read(TUNE.replace('scale_lr: true', 'scale_lr: false'));
    expect(plain.value('optimizer.peakLearningRate')).toBe(1e-4);
    expect(plain.value('reference.scalingRule')).toBe('none');
  });

  it('train an adapter where a rank is given', () => {
    const plan = read(`${TUNE}rank: 16\n`);
    expect(plan.value('adapter.kind')).toBe('lora');
    expect(plan.value('precision.weights')).toBe('fp16');
    expect(plan.value('precision.gradients')).toBe('fp32');
  });

  it('leave precision to the launcher where they say nothing', () => {
    expect(read(TUNE.replace('mixed_precision: fp16\n', '')).value('precision.weights')).toBeUndefined();
    expect(recognisedAs('a.yaml', 'learning_rate: 0.0001\nscale_lr: false\ntrain_batch_size: 4\n')).toBe('diffusers');
  });
});
