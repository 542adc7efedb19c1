import { describe, expect, it } from 'vitest';
import { readConfig } from '../read-config.ts';

const MAXTEXT = `base_config: base.yml
model_name: llama3.1-8b
per_device_batch_size: 4
max_target_length: 4096
steps: 30
learning_rate: 3.0e-2
`;

const MEGATRON = `MODEL_ARGS:
  --num-layers: 24
  --hidden-size: 2048
  --num-attention-heads: 16
  --micro-batch-size: 2
  --global-batch-size: 64
  --train-iters: 1000
`;

describe('made-up data', () => {
  it.each([
    [`${MAXTEXT}dataset_type: synthetic\n`, true],
    [`${MAXTEXT}dataset_type: tfds\n`, undefined],
    [MAXTEXT, undefined],
    [`${MEGATRON}  --mock-data: true\n`, true],
    [`${MEGATRON}  --data-path: corpus\n`, undefined],
  ])('are known by their keys in %j', (text, expected) => {
    expect(readConfig({ 'a.yaml': text }).value('data.synthetic')).toBe(expected);
  });
});
