import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const JOB = `job: extension
config:
  name: portraits
  process:
    - type: sd_trainer
      device: cuda:0
      network: {type: lora, linear: 16, linear_alpha: 8}
      datasets:
        - {folder_path: /data, resolution: [512, 768, 1024]}
      train:
        batch_size: 2
        steps: 3000
        lr: 1e-4
        optimizer: adamw8bit
        dtype: bf16
        ema_config: {use_ema: true, ema_decay: 0.99}
      model: {name_or_path: black-forest-labs/FLUX.1-dev, quantize: true}
    - type: sd_trainer
      train: {steps: 10}
`;

describe("AI Toolkit's jobs", () => {
  it('are one plan a process', () => {
    const read = readConfig({ 'job.yaml': JOB });
    expect(
      planTable({ ...read, reading: { ...read.reading, plans: read.reading.plans.slice(0, 1) } }),
    ).toMatchSnapshot();
    expect(read.reading.plans.map(({ plan }) => plan.name)).toEqual(['main', 'process 2']);
    expect(read.reading.plans[1]?.plan.values['schedule.totalSteps']?.value).toBe(10);
    expect(read.reading.plans[1]?.plan.values['adapter.kind']?.value).toBe('none');
  });

  it('clip gradients in the one trainer that does, and never for Adafactor', () => {
    const norm = (text: string) => readConfig({ 'job.yaml': text }).value('optimizer.maxGradNorm');
    expect(norm(JOB)).toBe(1);
    expect(norm(JOB.replace('adamw8bit', 'adamw8bit\n        max_grad_norm: 0.5'))).toBe(0.5);
    expect(norm(JOB.replace('adamw8bit', 'adafactor'))).toBe(0);
    expect(norm(JOB.replace('type: sd_trainer', 'type: ultimate_slider_trainer'))).toBe(0);
  });

  it('have the optimizers and networks that the toolkit makes of little', () => {
    const read = readConfig({ 'job.yaml': JOB });
    expect(read.value('optimizer.epsilon')).toBe(1e-6);
    expect(read.value('optimizer.weightDecay')).toBe(0.01);
    expect(read.value('schedule.saveSteps')).toBe(1000);
    const bare = readConfig({ 'job.yaml': JOB.replace(', linear: 16, linear_alpha: 8', '') });
    expect(bare.value('adapter.rank')).toBe(4);
    expect(bare.value('adapter.alpha')).toBe(1);
    const both = readConfig({ 'job.yaml': JOB.replace('linear: 16', 'linear: 16, rank: 32') });
    expect(both.value('adapter.rank')).toBe(32);
    const full = readConfig({ 'job.yaml': JOB.replace('type: lora', 'type: lokr') });
    expect(full.value('adapter.rank')).toBeUndefined();
    const averaged = readConfig({ 'job.yaml': JOB.replace(', ema_decay: 0.99', '') });
    expect(averaged.value('optimizer.emaDecay')).toBe(0.999);
  });

  it('train new tokens beside a frozen model', () => {
    const inversion = JOB.replace('type: sd_trainer', 'type: textual_inversion_trainer').replace(
      /network: .*\n/,
      'embedding: {trigger: me, tokens: 12}\n',
    );
    expect(readConfig({ 'job.yaml': inversion }).value('adapter.kind')).toBe('other');
    expect(readConfig({ 'job.yaml': inversion }).value('optimizer.maxGradNorm')).toBe(1);
  });

  it('train only the parts of a model that are named', () => {
    const parts = JOB.replace(/ +network: .*\n/, '').replace(
      'model: {',
      'model: {only_if_contains: [transformer.transformer_blocks.], ',
    );
    const read = readConfig({ 'job.yaml': parts });
    expect(read.value('adapter.trainedParameters')).toEqual(['transformer\\.transformer_blocks\\.']);
    expect(read.value('adapter.kind')).toBe('other');
    expect(readConfig({ 'job.yaml': JOB }).value('adapter.trainedParameters')).toBeUndefined();
  });

  it('learn sliders from pairs of pictures', () => {
    const slider = JOB.replace('type: sd_trainer', 'type: image_reference_slider_trainer').replace(
      /datasets:\n.*\n/,
      'slider: {datasets: [{pair_folder: /data, size: 768}]}\n',
    );
    const read = readConfig({ 'job.yaml': slider });
    expect(read.value('batch.unit')).toBe('pairs');
    expect(read.value('model.imageSize')).toBe(768);
  });

  it('are still known where a quote is left open, and the text says so', () => {
    const read = readConfig({
      'job.yaml': JOB.replace('black-forest-labs/FLUX.1-dev, quantize: true}', '"black-forest-labs'),
    });
    expect(read.adapter.id).toBe('ai-toolkit');
    expect(read.tree.problems.map(({ kind }) => kind)).toContain('syntax');
  });

  it('write numbers in place', () => {
    expect(rewritten({ 'job.yaml': JOB }, setField('batch.micro', 4))?.['job.yaml']).toContain('batch_size: 4');
    expect(recognisedAs('a.yaml', 'job: build\nconfig: {process: x}\n')).toBeUndefined();
  });
});
