import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig, recognisedAs } from '../read-config.ts';

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
  gradient_accumulation_steps: 4
  learning_rate: 2e-4
  num_train_epochs: 1
  warmup_ratio: 0.03
  enable_gradient_checkpointing: True
peft:
  lora_r: 16
  lora_target_modules: ["q_proj", "v_proj"]
fsdp:
  enable_fsdp: True
  cpu_offload: True
`;

const VERL = `model:
  model_name: "Qwen/Qwen2.5-3B"
data:
  train:
    datasets:
      - dataset_name: "a/b"
  validation:
    datasets:
      - dataset_name: "a/b"
training:
  trainer_type: "VERL_GRPO"
  learning_rate: 1e-6
  grpo:
    use_vllm: True
    vllm_gpu_memory_utilization: 0.4
    max_completion_length: 1024
  verl_config_overrides:
    data:
      train_batch_size: 64
      max_prompt_length: 256
    actor_rollout_ref:
      actor:
        use_kl_loss: True
        ppo_mini_batch_size: 16
        ppo_micro_batch_size_per_gpu: 2
      rollout:
        n: 8
      ref:
        fsdp_config:
          param_offload: True
    trainer:
      n_gpus_per_node: 4
      nnodes: 1
`;

describe('an Oumi config', () => {
  it('is a LoRA plan with the defaults of its dataclasses', () => {
    expect(planTable(readConfig({ 'train.yaml': SFT }))).toMatchSnapshot();
  });

  it("hands verl's batches on as verl counts them", () => {
    const read = readConfig({ 'grpo.yaml': VERL });
    expect(planTable(read)).toMatchSnapshot();
    expect(read.residents).toMatchObject([
      { role: 'reference', offload: { value: 'cpu' } },
      { role: 'rollout-engine', memoryShare: { value: 0.4 } },
    ]);
  });

  it('computes with padding unless verl takes it out', () => {
    const padded = (removes: string) => {
      const model = `actor_rollout_ref:\n      model: {use_remove_padding: ${removes}}\n`;
      return readConfig({ 'a.yaml': VERL.replace('actor_rollout_ref:\n', model) }).value('data.padToMax');
    };
    expect([padded('True'), padded('False')]).toEqual([false, true]);
  });

  it('shards by DeepSpeed stages under their own names', () => {
    const text = SFT.replace(
      'fsdp:\n  enable_fsdp: True\n  cpu_offload: True',
      'deepspeed:\n  enable_deepspeed: True\n  zero_stage: ZERO_2\n  offload_optimizer:\n    device: CPU',
    );
    const read = readConfig({ 'a.yaml': text });
    expect(read.value('sharding.engine')).toBe('deepspeed');
    expect(read.value('sharding.zeroStage')).toBe(2);
    expect(read.value('sharding.offloadOptimizer')).toBe('cpu');
    expect(read.value('sharding.offloadParameters')).toBe('none');
  });

  it('pretrains where the weights are random, and freezes a vision tower by its name', () => {
    const random = SFT.replace('torch_dtype_str', 'load_pretrained_weights: False\n  torch_dtype_str');
    expect(readConfig({ 'a.yaml': random }).value('run.objective')).toBe('pretraining');
    expect(readConfig({ 'a.yaml': random }).value('run.fromScratch')).toBe(true);
    const frozen = SFT.replace('torch_dtype_str', 'freeze_layers: ["vision_tower"]\n  torch_dtype_str');
    expect(readConfig({ 'a.yaml': frozen }).value('adapter.freezesVisionTower')).toBe(true);
  });

  it('lays a teacher out over all GPUs where it is told to', () => {
    const teacher = (load: string) => {
      const gold = `trainer_type: TRL_GOLD
  gold:
    teacher_model_name_or_path: openai/gpt-oss-120b
    teacher_model_init_kwargs: ${load}`;
      return readConfig({ 'gold.yaml': SFT.replace('trainer_type: TRL_SFT', gold) }).residents;
    };
    expect(teacher('{device_map: auto}')).toMatchObject([{ role: 'teacher', overDevices: { value: true } }]);
    const [plain] = teacher('{dtype: bfloat16}');
    expect(plain).toMatchObject({ role: 'teacher', model: { value: 'openai/gpt-oss-120b' } });
    expect(plain).not.toHaveProperty('overDevices');
  });

  it('keeps a reference for preferences without an adapter', () => {
    const preference = SFT.replace('TRL_SFT', 'TRL_DPO');
    expect(readConfig({ 'a.yaml': preference }).residents).toEqual([]);
    const full = readConfig({ 'a.yaml': preference.replace('use_peft: True', 'use_peft: False') });
    expect(full.residents).toMatchObject([{ role: 'reference', trainable: false }]);
    expect(full.value('batch.unit')).toBe('pairs');
  });

  it('tells of what its dataclasses refuse', () => {
    const lines = (text: string) => issueLines(readConfig({ 'a.yaml': text }));
    expect(lines(SFT.replace('learning_rate', 'mixed_precision_dtype: BF16\n  learning_rate'))).toEqual([
      'not-allowed | model.torch_dtype_str | refused | bfloat16 | float32 with bf16 mixed precision',
    ]);
    expect(lines(SFT.replace('warmup_ratio', 'warmup_rato'))).toEqual([
      'unknown-key | training.warmup_rato | refused | warmup_ratio',
    ]);
    expect(lines(SFT)).toEqual([]);
    const compiled = SFT.replace('learning_rate', 'compile: True\n  learning_rate');
    expect(lines(compiled)).toEqual([]);
    expect(lines(compiled.replace('cpu_offload: True', 'use_orig_params: False'))).toEqual([
      'needs-other-key | training.compile | refused | fsdp.use_orig_params: true | false',
    ]);
    const zero = SFT.replace(/fsdp:[\s\S]*$/, 'deepspeed:\n  enable_deepspeed: True\n  train_batch_size: 64\n');
    expect(lines(zero)).toEqual([
      'needs-other-key | deepspeed.train_batch_size | refused | "auto" under a trainer of TRL | TRL_SFT',
    ]);
    expect(lines(zero.replace('64', '"auto"'))).toEqual([]);
  });
});

describe('engines that split a model', () => {
  it('are refused together', () => {
    const both = `${SFT}deepspeed:\n  enable_deepspeed: true\n`;
    expect(issueLines(readConfig({ 'a.yaml': both }))).toContain(
      'not-allowed | fsdp.enable_fsdp | refused | true | false beside DeepSpeed',
    );
    expect(
      issueLines(readConfig({ 'a.yaml': both.replace('enable_deepspeed: true', 'enable_deepspeed: false') })),
    ).toEqual([]);
  });
});

describe('evaluation and inference', () => {
  it.each(['tasks: [{task_name: mmlu}]', 'engine: VLLM\ngeneration: {max_new_tokens: 100}'])(
    'with %s is no training',
    (own) => {
      const model = 'model:\n  model_name: a/b\n  model_max_length: 2048\n  torch_dtype_str: bfloat16\n';
      expect(recognisedAs('a.yaml', `${model}${own}\n`)).not.toBe('oumi');
      expect(recognisedAs('a.yaml', `${model}training: {output_dir: a}\n`)).toBe('oumi');
    },
  );
});

describe('a search over trainings', () => {
  it('is no training', () => {
    const text = 'model:\n  model_name: a/b\ndata:\n  train:\n    datasets: []\ntuning:\n  n_trials: 2\n';
    expect(recognisedAs('tune.yaml', text)).not.toBe('oumi');
  });
});
