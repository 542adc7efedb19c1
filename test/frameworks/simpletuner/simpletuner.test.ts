import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const DASHED = `{
  "--model_type": "lora",
  "--model_family": "flux",
  "--pretrained_model_name_or_path": "black-forest-labs/FLUX.1-dev",
  "--data_backend_config": "config/backend.json",
  "--train_batch_size": 2,
  "--learning_rate": "1e-4",
  "--optimizer": "adamw_bf16",
  "--max_train_steps": 10000,
  "--num_train_epochs": 0,
  "--lora_rank": 16,
  "--base_model_precision": "int8-quanto",
  "--mixed_precision": "bf16",
  "--use_ema": true,
  "--ema_decay": 0.995
}
`;

describe("SimpleTuner's settings", () => {
  it('are read behind dashes', () => {
    expect(planTable(readConfig({ 'config.json': DASHED }))).toMatchSnapshot();
  });

  it('are the same without them', () => {
    const read = readConfig({ 'config.json': DASHED.replaceAll('--', '') });
    expect(read.value('batch.micro')).toBe(2);
    expect(read.value('schedule.totalSteps')).toBe(10_000);
    expect(read.value('schedule.epochs')).toBeUndefined();
  });

  it('keep no average that is switched off', () => {
    const read = readConfig({ 'config.json': DASHED.replace('"--use_ema": true', '"--use_ema": false') });
    expect(read.value('optimizer.emaDecay')).toBeUndefined();
  });

  it('are written under the key that states them', () => {
    expect(rewritten({ 'config.json': DASHED }, setField('batch.micro', 4))?.['config.json']).toContain(
      '"--train_batch_size": 4',
    );
    expect(recognisedAs('config.json', '{"learning_rate": 1, "max_train_steps": 2}')).not.toBe('simpletuner');
  });
});
