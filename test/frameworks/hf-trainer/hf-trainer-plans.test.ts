import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const SFT = `model_name_or_path: Qwen/Qwen2.5-1.5B
dataset_name: some/data
packing: true
max_length: 4096
per_device_train_batch_size: 4
gradient_accumulation_steps: 2
learning_rate: 2e-5
num_train_epochs: 3
lr_scheduler_type: cosine
warmup_ratio: 0.03
attn_implementation: flash_attention_2
`;

const QLORA = `model_name_or_path: meta-llama/Llama-3.1-8B
dtype: bfloat16
use_peft: true
load_in_4bit: true
use_bnb_nested_quant: true
lora_r: 32
lora_alpha: 16
lora_target_modules: all-linear
beta: 0.05
rpo_alpha: 1.0
per_device_train_batch_size: 1
gradient_accumulation_steps: 16
num_train_epochs: 1
optim: paged_adamw_8bit
`;

const GRPO = `model_name_or_path: Qwen/Qwen2.5-3B-Instruct
per_device_train_batch_size: 8
gradient_accumulation_steps: 4
num_generations: 16
max_prompt_length: 512
max_completion_length: 1024
beta: 0.04
use_vllm: true
vllm_gpu_memory_utilization: 0.4
num_processes: 4
max_steps: 500
warmup_steps: 0.1
`;

describe('plans of TRL configs', () => {
  it('state an SFT run with the defaults of its trainer', () => {
    expect(planTable(readConfig({ 'recipes/sft/config.yaml': SFT }))).toMatchSnapshot();
  });

  it('state a QLoRA DPO run', () => {
    const read = readConfig({ 'dpo.yaml': QLORA });
    expect(planTable(read)).toMatchSnapshot();
    // An adapter is its own reference.
    expect(read.residents).toEqual([]);
  });

  it('state a GRPO run with its rollouts', () => {
    const read = readConfig({ 'grpo.yaml': GRPO });
    expect(planTable(read)).toMatchSnapshot();
    expect(read.residents).toMatchObject([
      { role: 'reference', trainable: false },
      { role: 'rollout-engine', memoryShare: { value: 0.4 } },
    ]);
  });
});

describe("GRPO's arithmetic", () => {
  it('counts completions: micro × accumulation × ranks, in groups of one prompt', () => {
    const read = readConfig({ 'grpo.yaml': GRPO });
    expect(read.value('batch.unit')).toBe('completions');
    expect(read.value('rollout.batch')).toBe(8 * 4 * 4);
    expect(read.value('rollout.promptsPerStep')).toBe(8);
    expect(read.value('data.sequenceLength')).toBe(1536);
  });

  it('takes the steps a generation round serves from a stated generation batch', () => {
    const read = readConfig({ 'grpo.yaml': `${GRPO}generation_batch_size: 256\n` });
    expect(read.value('rollout.stepsPerGeneration')).toBe(8);
    expect(read.value('rollout.promptsPerStep')).toBe(16);
  });

  it('leaves them unknown when the number of ranks is', () => {
    const read = readConfig({ 'grpo.yaml': `${GRPO.replace('num_processes: 4\n', '')}generation_batch_size: 256\n` });
    expect(read.value('rollout.stepsPerGeneration')).toBeUndefined();
    expect(read.value('batch.global')).toBeUndefined();
  });

  it('loads no reference model when its weight is zero, which is the default', () => {
    const read = readConfig({ 'grpo.yaml': GRPO.replace('beta: 0.04\n', '') });
    expect(read.value('rollout.klCoefficient')).toBe(0);
    expect(read.residents.map((resident) => resident.role)).toEqual(['rollout-engine']);
  });

  it('shares no memory with a vLLM server', () => {
    const read = readConfig({ 'grpo.yaml': `${GRPO}vllm_mode: server\n` });
    expect(read.value('rollout.memoryShare')).toBeUndefined();
    expect(read.residents.map((resident) => resident.role)).toEqual(['reference']);
  });
});

describe("PPO's arithmetic", () => {
  it('rolls out all mini-batches at once and steps on one at a time', () => {
    const read = readConfig({
      'ppo.yaml':
        'sft_model_path: a/b\nreward_model_path: c/d\nper_device_train_batch_size: 4\ngradient_accumulation_steps: 2\nnum_mini_batches: 3\nnum_ppo_epochs: 4\nnum_train_epochs: 1\nnum_processes: 8\n',
    });
    expect(read.value('batch.global')).toBe(64);
    expect(read.value('rollout.miniBatch')).toBe(64);
    expect(read.value('rollout.batch')).toBe(192);
    expect(read.value('rollout.updateEpochs')).toBe(4);
  });
});

describe('models beside the trained one', () => {
  const DPO = 'model_name_or_path: a/b\nper_device_train_batch_size: 1\nrpo_alpha: 1.0\nnum_train_epochs: 1\n';

  it('are a reference copy in a full DPO fine-tune, unless its log-probabilities are precomputed', () => {
    expect(readConfig({ 'dpo.yaml': DPO }).residents).toEqual([{ role: 'reference', trainable: false }]);
    expect(readConfig({ 'dpo.yaml': `${DPO}precompute_ref_log_probs: true\n` }).residents).toEqual([]);
  });

  it('are a reference, a reward model and a critic in PPO', () => {
    const ppo =
      'sft_model_path: a/b\nreward_model_path: c/reward\nper_device_train_batch_size: 1\nnum_ppo_epochs: 4\nlearning_rate: 3e-6\nnum_train_epochs: 1\n';
    const read = readConfig({ 'ppo.yaml': ppo });
    expect(read.residents.map((resident) => [resident.role, resident.model?.value, resident.trainable])).toEqual([
      ['reference', undefined, false],
      ['reward', 'c/reward', false],
      ['critic', undefined, true],
    ]);
    expect(read.value('model.name')).toBe('a/b');
  });

  it('are none in ORPO', () => {
    const read = readConfig({ 'orpo/config.yaml': DPO.replace('rpo_alpha: 1.0', 'beta: 0.1') });
    expect(read.value('run.objective')).toBe('orpo');
    expect(read.residents).toEqual([]);
  });
});

describe('the trainer a file is for', () => {
  const HEAD = 'model_name_or_path: a/b\nper_device_train_batch_size: 1\nnum_train_epochs: 1\n';

  it.each([
    ['config.yaml', 'packing: true', 'sft', 2e-5],
    ['config.yaml', 'precompute_ref_log_probs: true\nbeta: 0.1', 'dpo', 1e-6],
    ['config.yaml', 'desirable_weight: 1.2', 'kto', 1e-6],
    ['config.yaml', 'loss_type: simpo\ncpo_alpha: 0.0', 'simpo', 1e-6],
    ['config.yaml', 'center_rewards_coefficient: 0.01', 'reward', 1e-4],
    ['config.yaml', 'num_generations: 8\nmax_completion_length: 256', 'grpo', 1e-6],
    ['config.yaml', 'rloo_k: 4', 'rloo', 1e-6],
    ['config.yaml', 'num_ppo_epochs: 4', 'ppo', 3e-6],
    ['config.yaml', 'teacher_model_name_or_path: c/d', 'distillation', 2e-5],
    ['recipes/zephyr/dpo/config.yaml', 'beta: 0.01', 'dpo', 1e-6],
    ['recipes/zephyr/orpo/config.yaml', 'beta: 0.01', 'orpo', 1e-6],
  ])('%s with %j is %s', (file, lines, objective, learningRate) => {
    const read = readConfig({ [file]: `${HEAD}${lines}\n` });
    expect(read.value('run.objective')).toBe(objective);
    expect(read.sourced('optimizer.peakLearningRate')).toMatchObject({ value: learningRate, origin: 'default' });
  });

  it('is unknown where nothing tells, and then so are the defaults that hang on it', () => {
    const read = readConfig({ 'config.yaml': `${HEAD}beta: 0.1\n` });
    expect(read.value('run.objective')).toBeUndefined();
    expect(read.value('optimizer.peakLearningRate')).toBeUndefined();
    expect(read.value('activations.checkpointing')).toBeUndefined();
    // What every trainer has in common stays.
    expect(read.value('optimizer.weightDecay')).toBe(0);
  });

  it("is transformers' own for the library's example scripts", () => {
    const read = readConfig({
      'config.json':
        '{"model_name_or_path": "a/b", "train_file": "x.txt", "block_size": 512, "per_device_train_batch_size": 4, "num_train_epochs": 1}',
    });
    expect(read.value('optimizer.peakLearningRate')).toBe(5e-5);
    expect(read.value('activations.checkpointing')).toBe('none');
    expect(read.value('data.sequenceLength')).toBe(512);
  });
});

describe('what a value means', () => {
  const HEAD = 'model_name_or_path: a/b\nper_device_train_batch_size: 1\npacking: true\n';

  it('warmup_steps below one is a share of the run, and 0 is none', () => {
    expect(readConfig({ 'sft.yaml': `${HEAD}warmup_steps: 0.1\nmax_steps: 200\n` }).value('schedule.warmupSteps')).toBe(
      20,
    );
    expect(readConfig({ 'sft.yaml': `${HEAD}warmup_steps: 0\nmax_steps: 200\n` }).value('schedule.warmupSteps')).toBe(
      0,
    );
  });

  it('a positive max_steps takes the place of the epochs', () => {
    const read = readConfig({ 'sft.yaml': `${HEAD}max_steps: 200\nnum_train_epochs: 3\n` });
    expect(read.value('schedule.totalSteps')).toBe(200);
    expect(read.value('schedule.epochs')).toBeUndefined();
  });

  it('packed examples are kept apart by a flash kernel alone', () => {
    expect(readConfig({ 'sft.yaml': HEAD }).value('data.packingIsolated')).toBe(false);
    const flash = `${HEAD}attn_implementation: flash_attention_2\n`;
    expect(readConfig({ 'sft.yaml': flash }).value('data.packingIsolated')).toBe(true);
    expect(readConfig({ 'sft.yaml': `${flash}packing_strategy: wrapped\n` }).value('data.packingIsolated')).toBe(false);
  });

  it('numbers that PyYAML reads as text are cast', () => {
    const read = readConfig({ 'sft.yaml': `${HEAD}learning_rate: 3e-5\n` });
    expect(read.value('optimizer.peakLearningRate')).toBe(3e-5);
    expect(read.reading.issues).toEqual([]);
  });

  it('a launch config that is not there leaves the sharding unknown', () => {
    const read = readConfig({ 'sft.yaml': `${HEAD}accelerate_config: launch.yaml\n` });
    expect(read.value('sharding.engine')).toBeUndefined();
    expect(read.reading.links).toMatchObject([{ target: 'launch.yaml', found: false }]);
  });

  it('a launch config that is there says how many processes run and what shards them', () => {
    const read = readConfig({
      'sft.yaml': `${HEAD}accelerate_config: launch.yaml\n`,
      'launch.yaml':
        'distributed_type: FSDP\nmixed_precision: bf16\nnum_processes: 8\nfsdp_config: {fsdp_version: 2}\n',
    });
    expect(read.value('parallel.world')).toBe(8);
    expect(read.value('batch.global')).toBe(8);
    expect(read.value('sharding.engine')).toBe('fsdp2');
  });
});

describe('a launch config beside the trainer', () => {
  const HEAD = 'model_name_or_path: a/b\nper_device_train_batch_size: 1\naccelerate_config: launch.yaml\n';
  const launch = (mixed: string, more = '') =>
    `distributed_type: DEEPSPEED\nmixed_precision: ${mixed}\nnum_processes: 8\ndeepspeed_config: {zero_stage: 2${more}}\n`;

  it('gives its mixed precision to a trainer that asks for none', () => {
    const plain = `${HEAD}train_file: x.json\n`;
    const read = readConfig({ 'run.yaml': plain, 'launch.yaml': launch('bf16') });
    expect(read.sourced('precision.bf16Flag')).toMatchObject({ value: true, at: { file: 'launch.yaml' } });
    expect(read.value('precision.master')).toBe('fp32');
  });

  it('does not take away the mixed precision of a trainer', () => {
    const read = readConfig({ 'sft.yaml': `${HEAD}packing: true\n`, 'launch.yaml': launch('"no"') });
    expect(read.sourced('precision.bf16Flag')).toMatchObject({ value: true, origin: 'default' });
  });

  it('must accumulate as the trainer does', () => {
    const read = readConfig({
      'sft.yaml': `${HEAD}packing: true\ngradient_accumulation_steps: 4\n`,
      'launch.yaml': launch('bf16', ', gradient_accumulation_steps: 16'),
    });
    expect(read.sourced('batch.gradientAccumulation')).toMatchObject({
      value: 4,
      overridden: [{ value: 16, at: { file: 'launch.yaml' } }],
    });
  });
});

describe('edits', () => {
  it('go to the key that states the field, or would', () => {
    expect(rewritten({ 'sft.yaml': SFT }, setField('batch.micro', 2))?.['sft.yaml']).toContain(
      'per_device_train_batch_size: 2',
    );
    expect(rewritten({ 'sft.yaml': SFT }, setField('activations.checkpointing', 'full'))?.['sft.yaml']).toContain(
      'gradient_checkpointing: true',
    );
    expect(rewritten({ 'sft.yaml': SFT }, setField('model.attention', 'sdpa'))?.['sft.yaml']).toContain(
      'attn_implementation: sdpa',
    );
  });
});

describe('the model that is trained', () => {
  const named = (name: string, lines = '') =>
    readConfig({ 'sft.yaml': `model_name_or_path: ${name}\nper_device_train_batch_size: 1\npacking: true\n${lines}` });

  it.each([
    ['Qwen/Qwen2.5-VL-7B-Instruct', 'vision-language'],
    ['HuggingFaceTB/SmolVLM-Instruct', 'vision-language'],
    ['HuggingFaceM4/idefics2-8b', 'vision-language'],
    ['Qwen/Qwen2.5-7B', 'causal-lm'],
    ['somebody/evolved-7b', 'causal-lm'],
  ])('decides what the run reads: %s', (name, task) => {
    expect(named(name).value('run.task')).toBe(task);
  });

  it.each([
    ['Qwen/Qwen2.5-7B', 'dtype: auto\n', 'bf16'],
    ['openai-community/gpt2', 'torch_dtype: auto\n', 'fp32'],
    ['somebody/unknown', 'dtype: auto\n', undefined],
    ['Qwen/Qwen2.5-7B', 'dtype: float32\n', 'fp32'],
  ])('is loaded as its checkpoint is stored: %s, %s', (name, lines, dtype) => {
    expect(named(name, lines).value('precision.weights')).toBe(dtype);
  });
});

describe('a PPO run', () => {
  const PPO = `model_name_or_path: Qwen/Qwen2.5-0.5B
reward_model_path: a/b
num_ppo_epochs: 1
num_mini_batches: 2
per_device_train_batch_size: 4
gradient_accumulation_steps: 8
total_episodes: 10000
num_processes: 2
`;

  it('lasts as many rounds as its episodes fill', () => {
    const read = readConfig({ 'ppo.yaml': PPO });
    expect(read.value('rollout.episodes')).toBe(10_000);
    expect(read.value('rollout.batch')).toBe(4 * 8 * 2 * 2);
    expect(read.value('rollout.rounds')).toBe(Math.ceil(10_000 / 128));
  });

  it('counts no epochs beside episodes', () => {
    expect(readConfig({ 'ppo.yaml': PPO }).value('schedule.epochs')).toBeUndefined();
    expect(readConfig({ 'ppo.yaml': PPO.replace('total_episodes: 10000\n', '') }).value('schedule.epochs')).toBe(3);
  });
});

describe('recognition', () => {
  it('leaves files with the decisive keys of other frameworks alone', () => {
    expect(recognisedAs('a.yaml', `${SFT}base_model: a/b\nmicro_batch_size: 2\nsequence_len: 512\n`)).not.toBe(
      'hf-trainer',
    );
    expect(
      recognisedAs('a.yaml', `${SFT}stage: sft\nfinetuning_type: lora\ncutoff_len: 1024\ntemplate: llama3\n`),
    ).not.toBe('hf-trainer');
    expect(recognisedAs('a.yaml', 'learning_rate: 1.0e-4\nbatch_size: 32\n')).toBe('generic');
  });

  it("reads LMFlow's switch for flash attention", () => {
    const text = SFT.replace('attn_implementation: flash_attention_2', 'use_flash_attention: true');
    expect(readConfig({ 'a.yaml': text }).value('model.attention')).toBe('flash');
  });
});
