import { describe, expect, it } from 'vitest';
import { analyze } from '../../server/src/engine/index.ts';
import { memoryOf } from '../../server/src/engine/plan-memory.ts';
import type { FieldName } from '../../server/src/plan/index.ts';
import { workspaceFiles } from './workspace-files.ts';

const OUMI = `model:
  model_name: "Qwen/Qwen2.5-7B-Instruct"
  model_max_length: 2048
  torch_dtype_str: "bfloat16"
  device_map: auto
data: {train: {datasets: [{dataset_name: "a/b"}]}}
training:
  trainer_type: TRL_SFT
  per_device_train_batch_size: 2
  gradient_accumulation_steps: 8
  learning_rate: 2e-5
  num_train_epochs: 1
  enable_gradient_checkpointing: True
`;

function startedWith(command: string, config = OUMI) {
  const files = { '/w/train.yaml': config, '/w/run.sh': `${command}\n` };
  const settings = { gpus: 8, gpu: 'h100-80gb' };
  const { plans } = analyze({ file: '/w/train.yaml', text: config, files: workspaceFiles(files), settings });
  const plan = plans[0];
  const memory = plan === undefined ? undefined : memoryOf(plan.plan, 'quick');
  return {
    value: (field: FieldName) => plan?.plan.values[field]?.value,
    verdict: memory?.known === true ? memory.estimate.verdict : undefined,
  };
}

describe('a run of one process on several GPUs', () => {
  it('has its layers laid out over them, with one batch', () => {
    const one = startedWith('oumi train -c train.yaml');
    expect(one.value('sharding.engine')).toBe('none');
    expect(one.value('parallel.pipeline')).toBe(8);
    expect(one.value('parallel.data')).toBe(1);
    expect(one.value('batch.global')).toBe(16);
  });

  it.each([
    ['started on each', 'oumi distributed torchrun -m oumi train -c train.yaml', OUMI],
    ['with a copy on the first', 'oumi train -c train.yaml', OUMI.replace('auto', 'null')],
  ])('is one of copies where it is %s', (_how, command, config) => {
    const copies = startedWith(command, config);
    expect(copies.value('sharding.engine')).toBe('ddp');
    expect(copies.value('parallel.pipeline')).toBe(1);
    expect(copies.value('batch.global')).toBe(128);
  });

  it('fits where copies do not', () => {
    expect(startedWith('oumi train -c train.yaml').verdict).toBe('fits');
    expect(startedWith('oumi distributed torchrun -m oumi train -c train.yaml').verdict).toBe('exceeds');
  });
});
