import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const ALONE = JSON.stringify({
  train_batch_size: 256,
  train_micro_batch_size_per_gpu: 4,
  gradient_clipping: 1.0,
  optimizer: { type: 'AdamW', params: { lr: 2e-5, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0.1 } },
  scheduler: { type: 'WarmupDecayLR', params: { warmup_num_steps: 100, total_num_steps: 1000 } },
  bf16: { enabled: true },
  zero_optimization: { stage: 3, offload_param: { device: 'cpu' }, stage3_max_live_parameters: 5e8 },
});

function read(config: unknown) {
  return readConfig({ 'ds_config.json': JSON.stringify(config) });
}

describe('a DeepSpeed config by itself', () => {
  it('is a plan of what it says, with the defaults of ZeRO', () => {
    expect(planTable(readConfig({ 'ds_config.json': ALONE }))).toMatchSnapshot();
  });

  it('states the same in YAML', () => {
    const yaml = 'train_micro_batch_size_per_gpu: 4\ngradient_accumulation_steps: 2\nzero_optimization:\n  stage: 2\n';
    const plan = readConfig({ 'zero2.yaml': yaml });
    expect(plan.adapter.id).toBe('deepspeed');
    expect(plan.value('batch.micro')).toBe(4);
    expect(plan.value('sharding.zeroStage')).toBe(2);
  });

  it('accumulates over one micro batch unless two of the three sizes say otherwise', () => {
    const one = read({ train_micro_batch_size_per_gpu: 4, zero_optimization: { stage: 1 } });
    expect(one.value('batch.gradientAccumulation')).toBe(1);
    const two = read({ train_batch_size: 64, train_micro_batch_size_per_gpu: 4, zero_optimization: { stage: 1 } });
    expect(two.value('batch.gradientAccumulation')).toBeUndefined();
    const three = read({ train_batch_size: 64, train_micro_batch_size_per_gpu: 4, gradient_accumulation_steps: 2 });
    expect(three.value('parallel.data')).toBe(8);
  });

  it('counts the ranks of one sequence once, under a launcher too', () => {
    const config = JSON.stringify({
      train_batch_size: 2,
      train_micro_batch_size_per_gpu: 1,
      sequence_parallel_size: 2,
    });
    const launch =
      'distributed_type: DEEPSPEED\nnum_processes: 4\ndeepspeed_config:\n  deepspeed_config_file: ds_config.json\n';
    expect(read(JSON.parse(config)).value('parallel.ulysses')).toBe(2);
    expect(readConfig({ 'launch.yaml': launch, 'ds_config.json': config }).value('parallel.ulysses')).toBe(2);
  });

  it('knows nothing of a key that says "auto"', () => {
    const plan = read({
      train_micro_batch_size_per_gpu: 'auto',
      gradient_accumulation_steps: 'auto',
      bf16: { enabled: 'auto' },
      zero_optimization: { stage: 2, reduce_bucket_size: 'auto' },
    });
    for (const field of [
      'batch.micro',
      'batch.gradientAccumulation',
      'precision.bf16Flag',
      'sharding.reduceBucketElements',
    ] as const)
      expect(plan.value(field), field).toBeUndefined();
    expect(plan.value('sharding.allgatherBucketElements')).toBe(5e8);
    expect(issueLines(plan)).toEqual([]);
  });

  it('reads the old forms', () => {
    expect(read({ train_batch_size: 8, zero_optimization: true }).value('sharding.zeroStage')).toBe(1);
    const old = read({ train_batch_size: 8, zero_optimization: { stage: 2, cpu_offload: true } });
    expect(old.value('sharding.offloadOptimizer')).toBe('cpu');
    expect(issueLines(old)).toEqual([
      'deprecated-key | zero_optimization.cpu_offload | accepted | offload_optimizer.device',
    ]);
  });

  it('overlaps communication by default in stage 3 alone', () => {
    expect(read({ train_batch_size: 8, zero_optimization: { stage: 3 } }).value('sharding.overlap')).toBe(true);
    expect(read({ train_batch_size: 8, zero_optimization: { stage: 2 } }).value('sharding.overlap')).toBe(false);
  });

  it('takes the peak from a warmup scheduler over the optimizer', () => {
    const plan = read({
      train_batch_size: 8,
      optimizer: { type: 'Adam', params: { lr: 1e-3 } },
      scheduler: { type: 'WarmupLR', params: { warmup_max_lr: 1e-4 } },
    });
    expect(plan.value('optimizer.peakLearningRate')).toBe(1e-4);
  });

  it('takes another beta beside the one that stays', () => {
    const text = rewritten({ 'ds_config.json': ALONE }, setField('optimizer.beta2', 0.98))?.['ds_config.json'] ?? '';
    expect(JSON.parse(text)).toMatchObject({ optimizer: { params: { betas: [0.9, 0.98] } } });
  });

  it('is edited where it states a field', () => {
    const text = rewritten({ 'ds_config.json': ALONE }, setField('sharding.zeroStage', 2))?.['ds_config.json'];
    expect(text).toContain('"stage":2');
    const cpu = rewritten({ 'ds_config.json': ALONE }, setField('sharding.offloadOptimizer', 'cpu'))?.[
      'ds_config.json'
    ];
    expect(cpu).toContain('"offload_optimizer"');
  });
});

describe('issues of a DeepSpeed config', () => {
  it('are the keys that the stage leaves without effect', () => {
    const plan = read({
      train_batch_size: 8,
      zero_optimization: {
        stage: 2,
        offload_param: { device: 'cpu' },
        offload_optimizer: { device: 'cpu' },
        stage3_gather_16bit_weights_on_model_save: true,
      },
    });
    expect(issueLines(plan)).toEqual([
      'needs-other-key | zero_optimization.offload_param | dropped | zero_optimization.stage: 3 | stage 2',
      'needs-other-key | zero_optimization.stage3_gather_16bit_weights_on_model_save | dropped | zero_optimization.stage: 3 | stage 2',
    ]);
    // The second asks for nothing that stage 2 does not do anyway.
    expect(plan.reading.issues.map(({ idle }) => idle ?? false)).toEqual([false, true]);
    expect(plan.value('sharding.offloadParameters')).toBe('none');
    expect(plan.value('sharding.offloadOptimizer')).toBe('cpu');
  });

  it('are not keys that ask for nothing', () => {
    const off = { stage: 2, offload_param: { device: 'none' }, stage3_gather_16bit_weights_on_model_save: false };
    expect(issueLines(read({ train_batch_size: 8, zero_optimization: off }))).toEqual([]);
  });

  it('are unknown keys of sections that refuse them, with the near one', () => {
    expect(issueLines(read({ train_batch_size: 8, zero_optimization: { stage: 2, reduce_buckt_size: 5e8 } }))).toEqual([
      'unknown-key | zero_optimization.reduce_buckt_size | refused | reduce_bucket_size',
    ]);
  });

  it('are misspelt keys at the top, which DeepSpeed passes over, but not sections of a script', () => {
    expect(issueLines(read({ gradient_acumulation_steps: 4, zero_optimization: { stage: 1 } }))).toEqual([
      'unknown-key | gradient_acumulation_steps | dropped | gradient_accumulation_steps',
    ]);
    expect(issueLines(read({ bert_model_config: {}, zero_optimization: { stage: 1 } }))).toEqual([]);
  });

  it('are a decay without the length of the run', () => {
    const decay = (params: object) =>
      read({ scheduler: { type: 'WarmupDecayLR', params }, zero_optimization: { stage: 1 } });
    expect(issueLines(decay({ warmup_num_steps: 100 }))).toEqual([
      'missing-key | scheduler.params.total_num_steps | refused | WarmupDecayLR',
    ]);
    expect(issueLines(decay({ warmup_num_steps: 100, total_num_steps: 'auto' }))).toEqual([]);
    const cycle = { scheduler: { type: 'OneCycle', params: { cycle_min_lr: 1e-5 } }, zero_optimization: { stage: 1 } };
    expect(issueLines(read(cycle))).toEqual(['missing-key | scheduler.params.cycle_max_lr | refused | OneCycle']);
  });

  it('are values that no branch of a key takes, told once with all that is expected', () => {
    expect(issueLines(read({ train_batch_size: 'many', zero_optimization: { stage: 1 } }))).toEqual([
      'not-allowed | train_batch_size | refused | many | integer or auto',
    ]);
    expect(issueLines(read({ train_batch_size: '8', zero_optimization: { stage: 1 } }))).toEqual([]);
  });
});

describe('recognition', () => {
  it("leaves GPT-NeoX's files alone, which hold the same keys", () => {
    const neox =
      'num_layers: 12\nhidden_size: 768\ntrain_micro_batch_size_per_gpu: 4\nzero_optimization:\n  stage: 1\n';
    expect(recognisedAs('125M.yml', neox)).not.toBe('deepspeed');
  });

  it('is by keys, not by the name of the file alone', () => {
    expect(recognisedAs('ds_config.json', '{"a": 1}')).toBeUndefined();
  });
});
