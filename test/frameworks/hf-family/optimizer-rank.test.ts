import { describe, expect, it } from 'vitest';
import { readConfig } from '../read-config.ts';

const SFT =
  'model_name_or_path: Qwen/Qwen2.5-1.5B\ndataset_name: some/data\nper_device_train_batch_size: 4\nmax_length: 4096\n';
const AXOLOTL =
  'base_model: Qwen/Qwen2.5-1.5B\ndatasets: [{path: some/data, type: alpaca}]\nsequence_len: 4096\nmicro_batch_size: 2\n';

describe('the rank of a low-rank optimizer', () => {
  it.each([
    ['optim: galore_adamw\noptim_args: "rank=64, update_proj_gap=100"\n', 64],
    ['optim: galore_adamw\noptim_args: update_proj_gap=100\n', 128],
    ['optim: galore_adafactor\n', 128],
    ['optim: apollo_adamw\noptim_args: proj=random,rank=256\n', 256],
    ['optim: apollo_adamw\n', 1],
    ['optim: adamw_torch\noptim_args: rank=64\n', undefined],
  ])('of %j is %s', (text, rank) => {
    expect(readConfig({ 'a.yaml': SFT + text }).value('optimizer.rank')).toBe(rank);
  });

  it.each([
    ['optimizer: galore_adamw\noptim_args: rank=32\n', 32],
    ['optimizer: galore_adamw\noptim_args: {rank: 32}\n', 32],
    ['optimizer: adamw_torch_fused\n', undefined],
  ])('of %j in axolotl is %s', (text, rank) => {
    expect(readConfig({ 'a.yaml': AXOLOTL + text }).value('optimizer.rank')).toBe(rank);
  });
});
