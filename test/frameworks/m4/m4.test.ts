import { describe, expect, it } from 'vitest';
import { planTable, readConfig } from '../read-config.ts';

const TRAIN = `data_param:
  captions: {dataset_name: CAPTIONS, max_seq_len: 1024}
  documents: {dataset_name: DOCUMENTS, max_seq_len: 2048}
  num_workers: 3
hparams:
  model_name: HuggingFaceTB/SmolLM2-1.7B-Instruct
  model_config:
    freeze_text_layers: true
    freeze_vision_layers: true
  use_lora: true
  lora_config: {r: 64, lora_alpha: 16, use_dora: true}
  batch_size_per_gpu: 4
  global_batch_size: 1024
  gradient_checkpointing: true
  max_num_opt_steps: 200_000
optim_param:
  vl_optim: AdamW
  vl_optim_params: {betas: [0.9, 0.999], lr: 0.0001, weight_decay: 0.1}
  vl_lr_scheduler: get_linear_schedule_with_warmup
  vl_lr_scheduler_params: {num_warmup_steps: 2_000, num_training_steps: 500_000}
`;

describe('an m4 config', () => {
  it('is a plan of its sections', () => {
    expect(planTable(readConfig({ 'a.yaml': TRAIN }))).toMatchSnapshot();
  });

  it('evaluates unless told not to, and unties the head where the model config does', () => {
    const [at, untied] = ['  use_lora: true', '    tie_word_embeddings: false\n'];
    const stated = (more: string) => readConfig({ 'a.yaml': TRAIN.replace(at, `${untied}${more}${at}`) });
    expect(stated('  val_logging_opt_steps: 250\n').value('schedule.evalSteps')).toBe(250);
    const never = stated('  val_logging_opt_steps: 250\n  do_validation: false\n');
    expect(never.value('schedule.evalSteps')).toBeUndefined();
    expect(never.value('schedule.evalCadence')).toBe('no');
    expect(never.value('model.tiedEmbeddings')).toBe(false);
  });

  it('trains what joins images and text where the text model is frozen without an adapter', () => {
    const frozen = readConfig({ 'a.yaml': TRAIN.replace('use_lora: true', 'use_lora: false') });
    expect(frozen.value('adapter.kind')).toBe('other');
    expect(frozen.value('adapter.rank')).toBeUndefined();
  });
});
