import { describe, expect, it } from 'vitest';
import { setField, withEdits } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs } from '../read-config.ts';

const AUTOENCODER = `model:
  base_learning_rate: 4.5e-6
  target: ldm.models.autoencoder.AutoencoderKL
  params:
    ddconfig: {resolution: 256}
data:
  target: main.DataModuleFromConfig
  params: {batch_size: 12}
lightning:
  trainer: {accumulate_grad_batches: 2}
`;

describe("latent-diffusion's configs", () => {
  it('state a rate for one image', () => {
    expect(planTable(readConfig({ 'a.yaml': AUTOENCODER }))).toMatchSnapshot();
  });

  it('multiply it by the images of a step', () => {
    const plan = readConfig({ 'a.yaml': AUTOENCODER }).reading.plans[0]?.plan;
    const on8 = plan === undefined ? undefined : withEdits(plan, [setField('parallel.world', 8)]).values;
    expect(on8?.['batch.global']?.value).toBe(192);
    expect(on8?.['optimizer.peakLearningRate']?.value).toBeCloseTo(4.5e-6 * 192);
    const listed = AUTOENCODER.replace('trainer: {', 'trainer: {gpus: "0,1,", ');
    expect(readConfig({ 'a.yaml': listed }).value('batch.global')).toBe(48);
  });

  it('leave it alone where a comment says how they are started', () => {
    const started = AUTOENCODER.replace('4.5e-6', "4.5e-6 # by starting main.py with '--scale_lr False'");
    const on8 = readConfig({ 'a.yaml': started.replace('trainer: {', 'trainer: {gpus: 8, ') });
    expect(on8.value('optimizer.peakLearningRate')).toBe(4.5e-6);
    expect(on8.value('reference.scalingRule')).toBe('none');
  });

  it('keep their rate where no scheduler is configured', () => {
    expect(readConfig({ 'a.yaml': AUTOENCODER }).value('schedule.kind')).toBe('constant');
    const scheduled = AUTOENCODER.replace(
      '  params:\n    ddconfig',
      '  params:\n    scheduler_config: {target: ldm.lr_scheduler.LambdaLinearScheduler}\n    ddconfig',
    );
    expect(readConfig({ 'a.yaml': scheduled }).value('schedule.kind')).toBeUndefined();
  });

  it('are told by the base rate and the class', () => {
    expect(recognisedAs('a.yaml', AUTOENCODER)).toBe('ldm');
    expect(recognisedAs('a.yaml', 'model: {target: app.Main}\ndata: {}\n')).toBeUndefined();
  });
});
