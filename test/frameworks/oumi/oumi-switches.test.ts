import { describe, expect, it } from 'vitest';
import { issueLines, readConfig } from '../read-config.ts';

const SFT = `model:
  model_name: "Qwen/Qwen2.5-7B"
  model_max_length: 4096
  torch_dtype_str: "bfloat16"
data:
  train:
    datasets:
      - dataset_name: "yahma/alpaca-cleaned"
training:
  trainer_type: TRL_SFT
  use_peft: True
  per_device_train_batch_size: 2
peft:
  lora_r: 16
fsdp:
  enable_fsdp: True
`;

describe('sections of an Oumi config', () => {
  it('passes over an adapter that nobody switches on', () => {
    expect(issueLines(readConfig({ 'a.yaml': SFT.replace('  use_peft: True\n', '') }))).toEqual([
      'needs-other-key | peft | dropped | training.use_peft: true | no training.use_peft',
    ]);
  });

  it('hands the names of the layers to wrap on without their modules', () => {
    const wrapped = (policy: string): unknown =>
      readConfig({
        'a.yaml': `${SFT}  auto_wrap_policy: ${policy}\n  transformer_layer_cls: transformers.models.qwen2.modeling_qwen2.Qwen2DecoderLayer\n`,
      }).value('sharding.wrapClasses');
    expect(wrapped('TRANSFORMER_BASED_WRAP')).toEqual(['Qwen2DecoderLayer']);
    expect(wrapped('SIZE_BASED_WRAP')).toBeUndefined();
  });
});
