import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const LORA = `# tune run --nproc_per_node 2 lora_finetune_distributed --config my/lora
output_dir: /tmp/out
tokenizer:
  _component_: torchtune.models.llama3.llama3_tokenizer
  path: /tmp/tokenizer.model
  max_seq_len: 4096
model:
  _component_: torchtune.models.llama3_1.lora_llama3_1_8b
  lora_attn_modules: ['q_proj', 'output_proj']
  apply_lora_to_mlp: True
  lora_rank: 16
  lora_alpha: 32
dataset:
  _component_: torchtune.datasets.alpaca_dataset
  packed: True
batch_size: 2
epochs: 1
optimizer:
  _component_: torch.optim.AdamW
  fused: True
  lr: 3e-4
lr_scheduler:
  _component_: torchtune.training.lr_schedulers.get_cosine_schedule_with_warmup
  num_warmup_steps: 100
loss:
  _component_: torchtune.modules.loss.LinearCrossEntropyLoss
gradient_accumulation_steps: 8
dtype: bf16
enable_activation_checkpointing: True
`;

describe('a torchtune config', () => {
  it('is a plan whose dtypes and sharding are those of the distributed recipe', () => {
    expect(planTable(readConfig({ 'lora.yaml': LORA }))).toMatchSnapshot();
  });

  it('trains on one device where the file name or the launch command says so', () => {
    const single = readConfig({ 'lora_single_device.yaml': LORA });
    expect(single.value('parallel.world')).toBe(1);
    expect(single.value('sharding.engine')).toBe('none');
    const command = LORA.replace('--nproc_per_node 2 lora_finetune_distributed', 'lora_finetune_single_device');
    expect(readConfig({ 'a.yaml': command }).value('parallel.world')).toBe(1);
    const unsaid = LORA.slice(LORA.indexOf('output_dir'));
    expect(readConfig({ 'a.yaml': unsaid }).value('sharding.engine')).toBeUndefined();
    expect(readConfig({ 'a.yaml': `${unsaid}fsdp_cpu_offload: True\n` }).value('sharding.offloadParameters')).toBe(
      'cpu',
    );
  });

  it('takes the method from the builder', () => {
    const quantised = readConfig({ 'a.yaml': LORA.replace('.lora_', '.qlora_') });
    expect(quantised.value('adapter.kind')).toBe('lora');
    expect(quantised.value('adapter.quantization')).toBe('nf4');
    const full = readConfig({ 'a.yaml': LORA.replace('.lora_', '.') });
    expect(full.value('adapter.kind')).toBe('none');
    expect(full.value('adapter.rank')).toBeUndefined();
    expect(
      readConfig({ 'a.yaml': LORA.replace('lora_rank', 'use_dora: True\n  lora_rank') }).value('adapter.kind'),
    ).toBe('dora');
  });

  it('takes another beta where both are written', () => {
    const text = LORA.replace('  lr: 3e-4\n', '  lr: 3e-4\n  betas: [0.9, 0.999]\n');
    expect(rewritten({ 'lora.yaml': text }, setField('optimizer.beta1', 0.8))?.['lora.yaml']).toContain(
      'betas: [0.8, 0.999]',
    );
    expect(rewritten({ 'lora.yaml': LORA }, setField('optimizer.beta1', 0.8))).toBeUndefined();
  });

  it('counts steps where an epoch has a limit', () => {
    const files = { 'a.yaml': `${LORA.replace('epochs: 1', 'epochs: 2')}max_steps_per_epoch: 500\n` };
    expect(readConfig(files).value('schedule.totalSteps')).toBe(1000);
    expect(readConfig(files).value('schedule.epochs')).toBeUndefined();
    expect(rewritten(files, { set: 'schedule.totalSteps', to: 600 })?.['a.yaml']).toContain('max_steps_per_epoch: 300');
  });

  it('keeps the teacher on the GPU, and no reference where an adapter can be switched off', () => {
    const teacher = readConfig({
      'a.yaml': `${LORA}teacher_model:\n  _component_: torchtune.models.llama3_1.llama3_1_70b\n`,
    });
    expect(teacher.value('run.objective')).toBe('distillation');
    expect(teacher.residents).toMatchObject([{ role: 'teacher', trainable: false }]);
    const preference = LORA.replace('torchtune.modules.loss.LinearCrossEntropyLoss', 'torchtune.rlhf.loss.DPOLoss');
    expect(readConfig({ 'a.yaml': preference }).residents).toEqual([]);
    expect(readConfig({ 'a.yaml': preference.replace('.lora_', '.') }).residents).toMatchObject([
      { role: 'reference' },
    ]);
  });

  it('is no training run without an optimizer', () => {
    const evaluation = readConfig({
      'evaluation.yaml': 'model:\n  _component_: torchtune.models.qwen2.qwen2_1_5b\nbatch_size: 8\ndtype: bf16\n',
    });
    expect(evaluation.value('batch.micro')).toBeUndefined();
    expect(evaluation.value('batch.eval')).toBe(8);
    expect(evaluation.reading.plans[0]?.plan.partial).toBe(true);
  });

  it('tells of what its recipes refuse and of slips of the keyboard', () => {
    const lines = (text: string) => issueLines(readConfig({ 'a.yaml': text }));
    expect(lines(LORA.replace('dtype: bf16', 'dtype: fp16'))).toEqual([
      'not-allowed | dtype | refused | fp16 | bf16, fp32',
    ]);
    const full = LORA.replace('.lora_', '.');
    expect(lines(`${full}tensor_parallel_dim: 2\n`)).toEqual([
      'needs-other-key | tensor_parallel_dim | refused | tensor_parallel_plan | set',
    ]);
    expect(lines(`${LORA}run_val_every_n_steps: 100\n`)).toEqual([
      'needs-other-key | run_val_every_n_steps | refused | dataset_val | none',
    ]);
    const inBackward = (compile: string) =>
      lines(`${full}fsdp_cpu_offload: false\noptimizer_in_bwd: true\n${compile}\n`).filter((line) =>
        line.includes('bwd'),
      );
    expect(inBackward('compile: true')).toHaveLength(1);
    expect(inBackward('compile:\n  model: true\n  optimizer_step: true')).toHaveLength(1);
    expect(inBackward('compile:\n  model: true')).toEqual([]);
    expect(lines(LORA.replace('gradient_accumulation_steps', 'gradient_acumulation_steps'))).toEqual([
      'unknown-key | gradient_acumulation_steps | dropped | gradient_accumulation_steps',
    ]);
    expect(lines(`${LORA}my_own_key: 1\n`)).toEqual([]);
  });

  it('is recognised by any component of torchtune', () => {
    expect(recognisedAs('a.yaml', 'model:\n  _component_: torchtune.models.phi3.phi3_mini\n')).toBe('torchtune');
    expect(recognisedAs('a.yaml', 'model:\n  _component_: mine.models.phi3\n')).toBeUndefined();
  });

  it('makes no training of an evaluation', () => {
    const text = `model:
  _component_: torchtune.models.llama3_2.llama3_2_1b
checkpointer:
  _component_: torchtune.training.FullModelHFCheckpointer
  checkpoint_dir: /tmp/x
  model_type: LLAMA3_2
tokenizer:
  _component_: torchtune.models.llama3.llama3_tokenizer
  path: /tmp/x/tokenizer.model
device: cuda
dtype: bf16
tasks: ["truthfulqa_mc2"]
batch_size: 8
`;
    expect(recognisedAs('evaluation.yaml', text)).toBe('torchtune');
    expect(readConfig({ 'evaluation.yaml': text }).value('batch.eval')).toBe(8);
    for (const edit of [setField('optimizer.peakLearningRate', 1e-5), setField('optimizer.momentum', 0.9)])
      expect(rewritten({ 'evaluation.yaml': text }, edit)).toBeUndefined();
  });
});
