import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig } from '../read-config.ts';

const JOB = {
  accelerate_launch_args: { config_file: 'fsdp.yaml', num_machines: 1 },
  model_name_or_path: 'ibm-granite/granite-3.0-2b-base',
  training_data_path: 'data/train.json',
  output_dir: 'out',
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 2,
  learning_rate: 1e-5,
  num_train_epochs: 3,
  bf16: true,
};
const FSDP =
  'distributed_type: FSDP\nmixed_precision: bf16\nnum_processes: 2\nfsdp_config: {fsdp_sharding_strategy: 1}\n';

function read(job: unknown, files: Record<string, string> = {}) {
  return readConfig({ 'job.json': JSON.stringify(job), ...files });
}

describe('an fms-hf-tuning job', () => {
  it("is a plan with its own defaults over the trainer's, sharded by its launch config", () => {
    expect(planTable(read(JOB, { 'fsdp.yaml': FSDP }))).toMatchSnapshot();
  });

  it('has no known number of processes, since its launcher takes all GPUs', () => {
    expect(read(JOB, { 'fsdp.yaml': FSDP }).value('parallel.world')).toBeUndefined();
  });

  it('has no known sharding without its launch config', () => {
    const plan = read(JOB);
    expect(plan.value('sharding.engine')).toBeUndefined();
    expect(plan.reading.links).toMatchObject([{ target: 'fsdp.yaml', found: false }]);
  });

  it('trains LoRA adapters with its own defaults', () => {
    const plan = read({ ...JOB, peft_method: 'lora', target_modules: ['all-linear'] });
    expect(plan.value('adapter.rank')).toBe(8);
    expect(plan.value('adapter.alpha')).toBe(32);
    expect(plan.value('adapter.targets')).toBe('all-linear');
  });

  it('reads text for what it is', () => {
    expect(issueLines(read({ ...JOB, learning_rate: '1e-5' }))).toEqual([
      'number-read-as-text | learning_rate | misread | 1e-5 | 0.00001',
    ]);
  });
});
