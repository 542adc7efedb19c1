import { describe, expect, it } from 'vitest';
import { PRECISION_TABLE, precisionRow } from '../../../server/src/frameworks/hf-family/index.ts';
import { readConfig } from '../read-config.ts';

const BASE = `model_name_or_path: Qwen/Qwen2.5-1.5B
per_device_train_batch_size: 2
num_train_epochs: 1
packing: true
`;

function dtypes(yaml: string, files: Record<string, string> = {}) {
  const read = readConfig({ 'sft.yaml': BASE + yaml, ...files });
  return {
    weights: read.value('precision.weights'),
    compute: read.value('precision.compute'),
    autocast: read.value('precision.autocast'),
    master: read.value('precision.master'),
    gradients: read.value('precision.gradients'),
    reduce: read.value('precision.reduce'),
  };
}

describe('the precision table', () => {
  it('has one row for every sharding engine of the stack and every mixed precision, each with its source', () => {
    for (const engine of ['none', 'ddp', 'fsdp1', 'fsdp2', 'deepspeed'] as const) {
      for (const mixed of ['off', 'bf16', 'fp16'] as const) {
        const rows = PRECISION_TABLE.filter((row) => row.mixed === mixed && row.engines.includes(engine));
        expect(rows, `${engine} ${mixed}`).toHaveLength(1);
        expect(rows[0]?.cite).toMatch(/^(?:accelerate|deepspeed): /);
      }
    }
  });

  it('keeps a master copy under the DeepSpeed engine alone', () => {
    expect(PRECISION_TABLE.filter((row) => row.master === 'fp32').flatMap((row) => row.engines)).toEqual([
      'deepspeed',
      'deepspeed',
    ]);
  });

  it('knows nothing of engines outside the stack', () => {
    expect(precisionRow('megatron', 'bf16')).toBeUndefined();
  });
});

describe('dtypes of a TRL run', () => {
  it('are fp32 weights under bf16 autocast when nothing is stated', () => {
    expect(dtypes('')).toEqual({
      weights: 'fp32',
      compute: 'bf16',
      autocast: 'bf16',
      master: 'none',
      gradients: 'fp32',
      reduce: 'fp32',
    });
  });

  it('have no fp32 copy anywhere when the model is loaded in bf16', () => {
    expect(dtypes('dtype: bfloat16\n')).toEqual({
      weights: 'bf16',
      compute: 'bf16',
      autocast: 'bf16',
      master: 'none',
      gradients: 'bf16',
      reduce: 'bf16',
    });
  });

  it('become fp32 shards under FSDP with mixed precision, whatever the model was loaded in', () => {
    expect(dtypes('dtype: bfloat16\nfsdp: full_shard auto_wrap\n')).toEqual({
      weights: 'fp32',
      compute: 'bf16',
      autocast: 'bf16',
      master: 'none',
      gradients: 'fp32',
      reduce: 'bf16',
    });
  });

  it('stay as loaded under FSDP where an adapter trains and the base is frozen', () => {
    expect(dtypes('dtype: bfloat16\nfsdp: full_shard auto_wrap\nuse_peft: true\n')).toMatchObject({
      weights: 'bf16',
      gradients: 'fp32',
    });
  });

  it('are bf16 weights with an fp32 master under DeepSpeed', () => {
    const zero = '{"bf16": {"enabled": "auto"}, "zero_optimization": {"stage": 2}}';
    expect(dtypes('deepspeed: ds.json\n', { 'ds.json': zero })).toEqual({
      weights: 'bf16',
      compute: 'bf16',
      autocast: 'off',
      master: 'fp32',
      gradients: 'bf16',
      reduce: 'bf16',
    });
  });

  it("are a known checkpoint's own for auto, and unknown for another's", () => {
    expect(dtypes('dtype: auto\n')).toMatchObject({ weights: 'bf16', gradients: 'bf16', compute: 'bf16' });
    const own = 'model_name_or_path: my/checkpoint\ndtype: auto\n';
    expect(dtypes(own)).toMatchObject({ weights: undefined, gradients: undefined, compute: 'bf16' });
  });

  it('are unknown when both flags are on, which the trainer refuses', () => {
    expect(dtypes('bf16: true\nfp16: true\n')).toMatchObject({ compute: undefined, autocast: undefined });
  });
});
