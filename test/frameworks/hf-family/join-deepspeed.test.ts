import { describe, expect, it } from 'vitest';
import { setField, withEdits } from '../../../server/src/plan/index.ts';
import { issueLines, readConfig, rewritten } from '../read-config.ts';

const TRAINER = `model_name_or_path: Qwen/Qwen2.5-7B
per_device_train_batch_size: 2
gradient_accumulation_steps: 8
learning_rate: 1.0e-5
num_train_epochs: 2
packing: true
deepspeed: zero3.json
`;

const ZERO3 = `{
  "train_micro_batch_size_per_gpu": "auto",
  "gradient_accumulation_steps": "auto",
  "train_batch_size": "auto",
  "bf16": { "enabled": "auto" },
  "zero_optimization": {
    "stage": 3,
    "overlap_comm": true,
    "reduce_bucket_size": "auto",
    "offload_optimizer": { "device": "cpu" }
  }
}`;

describe('a trainer config with a DeepSpeed file', () => {
  it('takes from the file what the trainer cannot say, and fills "auto" from the trainer', () => {
    const read = readConfig({ 'sft.yaml': TRAINER, 'zero3.json': ZERO3 });
    expect(read.value('sharding.engine')).toBe('deepspeed');
    expect(read.value('sharding.zeroStage')).toBe(3);
    expect(read.value('sharding.offloadOptimizer')).toBe('cpu');
    expect(read.value('sharding.offloadParameters')).toBe('none');
    expect(read.value('batch.micro')).toBe(2);
    expect(read.value('batch.gradientAccumulation')).toBe(8);
    expect(read.sourced('sharding.zeroStage')).toMatchObject({ origin: 'explicit', at: { file: 'zero3.json' } });
    expect(read.reading.links).toMatchObject([{ target: 'zero3.json', found: true }]);
  });

  it('computes an "auto" bucket from the model once its hidden size is known', () => {
    const plan = readConfig({ 'sft.yaml': TRAINER, 'zero3.json': ZERO3 }).reading.plans[0]?.plan;
    if (plan === undefined) throw new Error('no plan');
    const known = withEdits(plan, [setField('model.hiddenSize', 3584)]);
    expect(known.values['sharding.reduceBucketElements']?.value).toBe(3584 * 3584);
    // Not "auto" but absent: DeepSpeed's own default.
    expect(known.values['sharding.prefetchElements']?.value).toBe(5e7);
  });

  it('leaves that bucket unknown until then', () => {
    expect(readConfig({ 'sft.yaml': TRAINER, 'zero3.json': ZERO3 }).value('sharding.reduceBucketElements')).toBe(
      undefined,
    );
  });

  it('keeps a disagreeing value as overridden, with its own place', () => {
    const disagreeing = ZERO3.replace('"gradient_accumulation_steps": "auto"', '"gradient_accumulation_steps": 4');
    const sourced = readConfig({ 'sft.yaml': TRAINER, 'zero3.json': disagreeing }).sourced(
      'batch.gradientAccumulation',
    );
    expect(sourced).toMatchObject({
      value: 8,
      at: { file: 'sft.yaml' },
      overridden: [{ value: 4, at: { file: 'zero3.json' } }],
    });
  });

  it('says nothing of an agreeing value', () => {
    const agreeing = ZERO3.replace('"gradient_accumulation_steps": "auto"', '"gradient_accumulation_steps": 8');
    const read = readConfig({ 'sft.yaml': TRAINER, 'zero3.json': agreeing });
    expect(read.sourced('batch.gradientAccumulation')?.overridden).toBeUndefined();
  });

  it("lets DeepSpeed's own optimizer and schedule win over the trainer's", () => {
    const own = ZERO3.replace(
      '"bf16"',
      '"optimizer": {"type": "Lion", "params": {"lr": "auto"}}, "scheduler": {"type": "WarmupDecayLR"}, "bf16"',
    );
    const read = readConfig({ 'sft.yaml': `${TRAINER}optim: adamw_torch\n`, 'zero3.json': own });
    expect(read.sourced('optimizer.name')).toMatchObject({ value: 'Lion', overridden: [{ value: 'adamw_torch' }] });
    expect(read.value('schedule.kind')).toBe('WarmupDecayLR');
    expect(read.value('optimizer.peakLearningRate')).toBe(1e-5);
  });

  it('reads an inline mapping the same way', () => {
    const inline = TRAINER.replace('zero3.json', '{zero_optimization: {stage: 2}}');
    const read = readConfig({ 'sft.yaml': inline });
    expect(read.value('sharding.zeroStage')).toBe(2);
    expect(read.sourced('sharding.zeroStage')).toMatchObject({ at: { file: 'sft.yaml' } });
  });

  it.each([
    ['{zero_optimization: {stage: 2, offload_param: {device: cpu}}}', ['zero_optimization.offload_param']],
    ['{zero_optimization: {stage: 3, offload_param: {device: cpu}}}', []],
  ])('tells of a key in an inline mapping that the stage does not look at: %s', (mapping, keys) => {
    const axolotl = `base_model: a/b\nmicro_batch_size: 1\ndatasets:\n  - path: x\ndeepspeed: ${mapping}\n`;
    for (const text of [TRAINER.replace('zero3.json', mapping), axolotl]) {
      const found = issueLines(readConfig({ 'sft.yaml': text })).filter((line) => line.startsWith('needs-other-key'));
      expect(found.map((line) => line.split(' | ')[1])).toEqual(keys.map((key) => `deepspeed.${key}`));
    }
  });

  it("keeps a value that is not the trainer's default beside it, since the two are matched", () => {
    const trainer = TRAINER.replace('per_device_train_batch_size: 2\n', '');
    const stated = ZERO3.replace('per_gpu": "auto"', 'per_gpu": 2');
    expect(readConfig({ 'sft.yaml': trainer, 'zero3.json': stated }).sourced('batch.micro')).toMatchObject({
      value: 8,
      origin: 'default',
      overridden: [{ value: 2, at: { file: 'zero3.json' } }],
    });
  });

  it('derives the data-parallel ranks from a stated global batch', () => {
    const stated = ZERO3.replace('"train_batch_size": "auto"', '"train_batch_size": 128');
    expect(readConfig({ 'sft.yaml': TRAINER, 'zero3.json': stated }).value('parallel.data')).toBe(8);
  });

  it('leaves the sharding unknown when the file is not there, and says which file was looked for', () => {
    const read = readConfig({ 'sft.yaml': TRAINER });
    expect(read.value('sharding.engine')).toBe('deepspeed');
    expect(read.value('sharding.zeroStage')).toBeUndefined();
    expect(read.value('sharding.offloadOptimizer')).toBeUndefined();
    expect(read.reading.links).toMatchObject([{ target: 'zero3.json', found: false }]);
  });

  it('writes a stage into the DeepSpeed file and a batch into the trainer file', () => {
    const files = { 'sft.yaml': TRAINER, 'zero3.json': ZERO3 };
    expect(rewritten(files, setField('sharding.zeroStage', 2))?.['zero3.json']).toContain('"stage": 2');
    expect(rewritten(files, setField('batch.micro', 1))?.['sft.yaml']).toContain('per_device_train_batch_size: 1');
  });

  it('writes a batch into both files where both state it', () => {
    const stated = ZERO3.replace('per_gpu": "auto"', 'per_gpu": 2');
    const written = rewritten({ 'sft.yaml': TRAINER, 'zero3.json': stated }, setField('batch.micro', 1));
    expect(written?.['sft.yaml']).toContain('per_device_train_batch_size: 1');
    expect(written?.['zero3.json']).toContain('"train_micro_batch_size_per_gpu": 1');
  });
});
