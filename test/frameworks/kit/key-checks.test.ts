import { describe, expect, it } from 'vitest';
import { cutTexts, issueLines, readConfig } from '../read-config.ts';

const LLAMA = `model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
stage: sft
do_train: true
template: llama3
dataset: identity
cutoff_len: 2048
output_dir: out
per_device_train_batch_size: 1
learning_rate: 1.0e-4
`;

const DEEPSPEED = (lines: string): string => `{
  "train_micro_batch_size_per_gpu": 4, "gradient_accumulation_steps": 2, ${lines}
}`;

const ACCELERATE = `compute_environment: LOCAL_MACHINE
distributed_type: FSDP
mixed_precision: bf16
num_processes: 8
fsdp_config:
  fsdp_version: 2
`;

const MEGATRON = `MODEL_ARGS:
  --num-layers: 24
  --hidden-size: 2048
  --num-attention-heads: 16
  --micro-batch-size: 2
  --global-batch-size: 64
  --lr: 0.0003
  --train-iters: 1000
`;

const PPO = `pretrain: meta-llama/Llama-3.1-8B
actor_num_nodes: 1
actor_num_gpus_per_node: 8
ref_num_nodes: 1
ref_num_gpus_per_node: 8
rollout_batch_size: 1024
micro_rollout_batch_size: 16
train_batch_size: 128
micro_train_batch_size: 8
actor_learning_rate: 0.000001
colocate_all_models: true
`;

const HF = `model_name_or_path: meta-llama/Llama-3.2-1B
per_device_train_batch_size: 4
gradient_accumulation_steps: 2
learning_rate: 2.0e-05
num_train_epochs: 1
output_dir: out
bf16: true
`;

/** Keys that are refused in a file of that name. */
function refused(file: string, text: string): readonly string[] {
  const read = readConfig({ [file]: text });
  expect(cutTexts(read)).toEqual([]);
  return issueLines(read)
    .map((line) => line.split(' | '))
    .filter(([kind, , effect]) => effect === 'refused' && (kind === 'not-allowed' || kind === 'needs-other-key'))
    .map(([, key = '']) => key);
}

describe('what frameworks check when they start', () => {
  it.each([
    ['quantization_bit: 4\nfinetuning_type: full\n', 'quantization_bit'],
    ['finetuning_type: full\nuse_dora: true\n', 'use_dora'],
    ['finetuning_type: lora\nuse_galore: true\n', 'use_galore'],
    ['finetuning_type: full\nuse_galore: true\nuse_apollo: true\n', 'use_galore'],
    ['finetuning_type: lora\nstreaming: true\n', 'streaming'],
    ['finetuning_type: lora\nval_size: 0.1\neval_dataset: other\n', 'val_size'],
    ['finetuning_type: full\npure_bf16: true\ndeepspeed: examples/deepspeed/ds_z3_config.json\n', 'pure_bf16'],
    ['finetuning_type: lora\nsave_steps: 100.5\n', 'save_steps'],
    ['finetuning_type: lora\nlr_scheduler_type: reduce_lr_on_plateau\n', 'lr_scheduler_type'],
    ['finetuning_type: lora\ndataloader_prefetch_factor: 2\n', 'dataloader_prefetch_factor'],
    ['finetuning_type: lora\nquantization_bit: 4\nquantization_device_map: auto\n', 'quantization_device_map'],
  ])('LLaMA-Factory refuses %j', (lines, key) => {
    expect(refused('a.yaml', `${LLAMA}${lines}`)).toContain(key);
  });

  it.each([
    'quantization_bit: 4\nfinetuning_type: lora\nuse_dora: true\n',
    'finetuning_type: full\nuse_galore: true\n',
    'finetuning_type: lora\nstreaming: true\nmax_steps: 1000\nval_size: 0.0\n',
    'finetuning_type: lora\nsave_steps: 0.1\nlogging_steps: 10\neval_strategy: steps\nval_size: 0.1\ndo_eval: true\n',
  ])('LLaMA-Factory takes %j', (lines) => {
    expect(refused('a.yaml', `${LLAMA}${lines}`)).toEqual([]);
  });

  it.each([
    [
      '"optimizer": {"type": "OneBitAdam", "params": {"lr": 1e-4}}, "zero_optimization": {"stage": 1}',
      'optimizer.type',
    ],
    ['"amp": {"enabled": true}, "zero_optimization": {"stage": 2}', 'amp.enabled'],
    ['"optimizer": {"type": "SGD", "params": {"lr": 0.1}}, "zero_optimization": {"stage": 2}', 'optimizer.type'],
    ['"optimizer": {"type": "Lamb"}, "fp16": {"enabled": true, "loss_scale": 128}', 'fp16.loss_scale'],
    [
      '"fp16": {"enabled": true, "fp16_master_weights_and_grads": true}, "zero_optimization": {"stage": 0}',
      'fp16.fp16_master_weights_and_grads',
    ],
    ['"bf16": {"enabled": true, "bf16_master_weights_and_grads": true}', 'bf16.bf16_master_weights_and_grads'],
    [
      '"bf16": {"enabled": true, "bf16_optimizer_states": true}, "zero_optimization": {"stage": 1}',
      'bf16.bf16_optimizer_states',
    ],
    ['"fp16": {"enabled": true}, "data_types": {"grad_accum_dtype": "fp32"}', 'data_types.grad_accum_dtype'],
    ['"gradient_allreduce_op": "sum", "zero_optimization": {"stage": 3}', 'gradient_allreduce_op'],
    ['"checkpoint": {"tag_validation": "Refuse"}', 'checkpoint.tag_validation'],
    [
      '"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true}}}, "bf16": {"enabled": true}',
      'compression_training.weight_quantization.shared_parameters.enabled',
    ],
    ['"optimizer": {"type": "AdamW", "params": {"lr": 1e-4, "max_grad_norm": 1.0}}', 'optimizer.params.max_grad_norm'],
    ['"elasticity": {"enabled": true}', 'elasticity.enabled'],
    [
      '"zero_optimization": {"stage": 2, "offload_optimizer": {"device": "cpu", "ratio": 0.3}}',
      'zero_optimization.offload_optimizer.ratio',
    ],
  ])('DeepSpeed refuses %s', (lines, key) => {
    expect(refused('ds_config.json', DEEPSPEED(lines))).toContain(key);
  });

  it.each([
    '"optimizer": {"type": "OneBitAdam", "params": {"lr": 1e-4}}, "fp16": {"enabled": true}',
    '"optimizer": {"type": "SGD"}, "zero_allow_untested_optimizer": true, "zero_optimization": {"stage": 2}',
    '"optimizer": {"type": "SGD"}, "zero_optimization": {"stage": 0}',
    '"fp16": {"enabled": true}, "data_types": {"grad_accum_dtype": "fp32"}, "zero_optimization": {"stage": 2}',
    '"fp16": {"enabled": "auto"}, "data_types": {"grad_accum_dtype": "fp32"}',
    '"checkpoint": {"tag_validation": "ignore"}',
    '"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true}}}, "fp16": {"enabled": true}',
  ])('DeepSpeed takes %s', (lines) => {
    expect(refused('ds_config.json', DEEPSPEED(lines))).toEqual([]);
  });

  it.each([
    ['"fp16": {"enabled": true, "fp16_master_weights_and_grads": true}, "zero_optimization": {"stage": 3}', '0.18.3'],
    ['"tensor_parallel": {"autotp_size": 4}, "zero_optimization": {"stage": 3}', '0.19.4'],
    ['"bf16": {"enabled": true}, "data_types": {"grad_accum_dtype": "bf16"}', '0.17.6 or newer'],
    ['"bf16": {"enabled": true}, "data_types": {"grad_accum_dtype": "fp32"}', '0.17.5 or older'],
  ])('of what DeepSpeed takes in some releases, %s names them', (lines, release) => {
    const [told, ...others] = issueLines(readConfig({ 'ds_config.json': DEEPSPEED(lines) }));
    expect(told).toContain('| accepted |');
    expect(told).toContain(release);
    expect(others).toEqual([]);
  });

  it('the second FSDP has no LOCAL_STATE_DICT and no names of strategies, and passes over forward prefetch', () => {
    const lines =
      '  fsdp_state_dict_type: local_state_dict\n  fsdp_forward_prefetch: true\n  fsdp_sharding_strategy: HYBRID_SHARD\n';
    const text = `${ACCELERATE}${lines}  fsdp_reshard_after_forward: FULL_SHARD\n`;
    expect(refused('accelerate.yaml', text).toSorted()).toEqual([
      'fsdp_config.fsdp_reshard_after_forward',
      'fsdp_config.fsdp_state_dict_type',
    ]);
    const told = issueLines(readConfig({ 'accelerate.yaml': text })).filter((line) => line.includes('| dropped |'));
    expect(told.join()).toContain('fsdp_forward_prefetch');
    expect(told.join()).toContain('fsdp_sharding_strategy');
    expect(refused('accelerate.yaml', `${ACCELERATE}  fsdp_reshard_after_forward: 'True'\n`)).toEqual([]);
  });

  it.each([
    ['fsdp_cpu_ram_efficient_loading: true\n  fsdp_sync_module_states: false', 'fsdp_cpu_ram_efficient_loading'],
    ['fsdp_version: 1\nparallelism_config:\n  parallelism_config_tp_size: 2', 'parallelism_config'],
  ])('Accelerate refuses %j', (lines, key) => {
    const one = ACCELERATE.replace('  fsdp_version: 2\n', '');
    expect(refused('accelerate.yaml', `${one}  ${lines}\n`).join()).toContain(key);
  });

  it('the first FSDP takes its strategy under the older name alone', () => {
    const one = ACCELERATE.replace('  fsdp_version: 2\n', '  fsdp_reshard_after_forward: SHARD_GRAD_OP\n');
    const lines = (text: string) => issueLines(readConfig({ 'accelerate.yaml': text }));
    expect(lines(one).join()).toContain('fsdp_config.fsdp_reshard_after_forward | dropped | fsdp_sharding_strategy');
    expect(lines(`${one}  fsdp_sharding_strategy: SHARD_GRAD_OP\n`)).toEqual([]);
    expect(lines(one.replace('SHARD_GRAD_OP', 'FULL_SHARD'))).toEqual([]);
  });

  it('Accelerate refuses degrees that exclude each other, and MS-AMP under stage 3', () => {
    const degrees =
      'parallelism_config:\n  parallelism_config_sp_size: 2\n  parallelism_config_cp_size: 2\n  parallelism_config_dp_replicate_size: 2\n';
    expect(refused('accelerate.yaml', `${ACCELERATE}${degrees}`)).toEqual([
      'parallelism_config.parallelism_config_sp_size',
      'parallelism_config.parallelism_config_dp_replicate_size',
    ]);
    const msamp =
      'distributed_type: DEEPSPEED\nmixed_precision: fp8\nnum_processes: 8\nfp8_config:\n  backend: MSAMP\ndeepspeed_config:\n  zero_stage: ';
    expect(refused('accelerate.yaml', `${msamp}3\n`)).toEqual(['fp8_config.backend']);
    expect(refused('accelerate.yaml', `${msamp}2\n`)).toEqual([]);
  });

  it.each([
    ['  --overlap-param-gather: true\n', '--overlap-param-gather'],
    ['  --num-layers-per-virtual-pipeline-stage: 2\n', '--num-layers-per-virtual-pipeline-stage'],
    ['  --num-experts: 8\n  --tensor-model-parallel-size: 2\n', '--num-experts'],
    ['  --num-virtual-stages-per-pipeline-rank: 2\n', '--num-virtual-stages-per-pipeline-rank'],
    ['  --expert-model-parallel-size: 2\n', '--expert-model-parallel-size'],
    ['  --recompute-granularity: full\n  --recompute-method: uniform\n', '--recompute-granularity'],
    ['  --recompute-granularity: selective\n  --recompute-num-layers: 1\n', '--recompute-num-layers'],
    ['  --checkpoint-activations: true\n', '--checkpoint-activations'],
    ['  --train-samples: 100000\n', '--train-samples'],
    ['  --rl-use-sequence-packing: true\n', '--rl-use-sequence-packing'],
    ['  --eval-global-batch-size: 7\n', '--eval-global-batch-size'],
    ['  --step-batch-size-schedule: "0:16 2B:64"\n', '--step-batch-size-schedule'],
    ['  --use-torch-fsdp2: true\n', '--use-torch-fsdp2'],
    ['  --use-megatron-fsdp: true\n', '--use-megatron-fsdp'],
    ['  --ckpt-format: torch_dcp\n', '--ckpt-format'],
  ])('Megatron-LM refuses %j', (lines, key) => {
    expect(refused('model_config.yaml', `${MEGATRON}${lines}`)).toContain(`MODEL_ARGS.${key}`);
  });

  it('Megatron-LM takes what belongs together', () => {
    const lines = `  --overlap-param-gather: true
  --overlap-grad-reduce: true
  --use-distributed-optimizer: true
  --pipeline-model-parallel-size: 2
  --num-layers-per-virtual-pipeline-stage: 6
  --recompute-granularity: full
  --recompute-method: uniform
  --recompute-num-layers: 1
`;
    expect(refused('model_config.yaml', `${MEGATRON}${lines}`)).toEqual([]);
    const sharded = `  --use-megatron-fsdp: true
  --ckpt-format: fsdp_dtensor
  --overlap-param-gather: true
  --overlap-grad-reduce: true
  --num-virtual-stages-per-pipeline-rank: 1
  --eval-global-batch-size: 128
`;
    expect(refused('model_config.yaml', `${MEGATRON}${sharded}`)).toEqual([]);
  });

  it.each([
    ['2B:64 4B:128', 'a first threshold of 0'],
    ['0:64 128', 'pairs of THRESHOLD:BATCH'],
    ['0:64 0:128', 'a threshold for every batch'],
    ['0:0', 'batches above 0'],
  ])('Megatron-LM refuses the schedule of batches %s', (schedule, expected) => {
    const text = MEGATRON.replace('--global-batch-size: 64', `--step-batch-size-schedule: '${schedule}'`);
    expect(issueLines(readConfig({ 'model_config.yaml': text })).join()).toContain(expected);
    const sound = text.replace(schedule, '0:64 200B:128');
    expect(refused('model_config.yaml', sound)).toEqual([]);
  });

  it('Megatron-LM refuses FSDP over one connection', () => {
    const lines = '  --use-megatron-fsdp: true\n  --ckpt-format: fsdp_dtensor\n';
    const text = `ENV_VARS:\n  CUDA_DEVICE_MAX_CONNECTIONS: 1\n${MEGATRON}${lines}`;
    expect(refused('model_config.yaml', text)).toEqual(['MODEL_ARGS.--use-megatron-fsdp']);
  });

  it.each([
    ['ref_num_gpus_per_node: 4\n', 'colocate_all_models'],
    ['vllm_num_engines: 3\nvllm_tensor_parallel_size: 2\n', 'vllm_num_engines'],
    ['advantage_estimator: rloo\n', 'advantage_estimator'],
  ])('OpenRLHF refuses %j', (lines, key) => {
    const base = lines.startsWith('ref_') ? PPO.replace('ref_num_gpus_per_node: 8\n', '') : PPO;
    expect(refused('ppo.yaml', `${base}${lines}`)).toContain(key);
  });

  it('OpenRLHF takes engines that cover the actor, and several samples', () => {
    const lines =
      'vllm_num_engines: 4\nvllm_tensor_parallel_size: 2\nadvantage_estimator: rloo\nn_samples_per_prompt: 8\n';
    expect(refused('ppo.yaml', `${PPO}${lines}`)).toEqual([]);
  });

  it.each([
    'eval_steps: 100.5\n',
    'logging_strategy: epoch\nlogging_steps: 0\n',
    'lr_scheduler_type: reduce_lr_on_plateau\neval_strategy: epoch\n',
    'save_strategy: best\neval_strategy: steps\nmetric_for_best_model: eval_loss\n',
    'save_only_model: true\nload_best_model_at_end: true\neval_strategy: steps\n',
  ])('transformers takes %j', (lines) => {
    expect(refused('sft.yaml', `${HF}${lines}`)).toEqual([]);
  });

  it.each([
    ['logging_steps: 0\n', 'logging_steps'],
    ['eval_strategy: steps\neval_steps: 100.5\n', 'eval_steps'],
    ['torch_empty_cache_steps: 0\n', 'torch_empty_cache_steps'],
    ['fp16_full_eval: true\nbf16_full_eval: true\n', 'fp16_full_eval'],
    ['lr_scheduler_type: greedy\n', 'lr_scheduler_type'],
    ['dataloader_prefetch_factor: 2\n', 'dataloader_prefetch_factor'],
    ['save_strategy: best\neval_strategy: steps\n', 'save_strategy'],
    [
      'fsdp: full_shard\nsave_only_model: true\nload_best_model_at_end: true\neval_strategy: steps\n',
      'save_only_model',
    ],
    [
      'fsdp: full_shard\ngradient_checkpointing: true\nfsdp_config:\n  activation_checkpointing: true\n',
      'gradient_checkpointing',
    ],
  ])('transformers refuses %j', (lines, key) => {
    expect(refused('sft.yaml', `${HF}${lines}`)).toEqual([key]);
  });

  it('TRL takes the generation batch or its steps', () => {
    const lines = 'num_generations: 8\ngeneration_batch_size: 64\n';
    expect(refused('grpo.yaml', `${HF}${lines}`)).toEqual([]);
    expect(refused('grpo.yaml', `${HF}${lines}steps_per_generation: 4\n`)).toContain('generation_batch_size');
  });

  it.each([
    ['sft.yaml', 'packing: true\npacking_strategy: bfd\nmax_length: null\n', 'packing'],
    ['sft.yaml', 'packing: true\nmax_length: 2048\nload_in_4bit: true\nload_in_8bit: true\n', 'load_in_8bit'],
    ['dpo.yaml', 'beta: 0.1\nloss_type: exo_pair\n', 'loss_type'],
    ['dpo.yaml', 'beta: 0.1\nprecompute_ref_log_probs: true\nsync_ref_model: true\n', 'precompute_ref_log_probs'],
    ['grpo.yaml', 'num_generations: 8\ntop_entropy_quantile: 0.2\nuse_liger_kernel: true\n', 'top_entropy_quantile'],
  ])('TRL refuses in %s %j', (file, lines, key) => {
    expect(refused(file, `${HF}${lines}`)).toContain(key);
  });

  it.each([
    ['sft.yaml', 'packing: true\npacking_strategy: wrapped\npadding_free: true\nmax_length: 2048\n', 'padding_free'],
    ['sft.yaml', 'packing: false\npadding_free: true\nmax_length: 2048\n', 'padding_free'],
    ['grpo.yaml', 'num_generations: 8\nbeta: 0.0\nsync_ref_model: true\n', 'sync_ref_model'],
  ])('TRL takes in %s %j, and what it costs is told', (file, lines, key) => {
    expect(refused(file, `${HF}${lines}`)).toEqual([]);
    expect(issueLines(readConfig({ [file]: `${HF}${lines}` })).join()).toContain(`${key} | accepted`);
  });

  it('LLaMA-Factory warns of what GaLore costs under mixed precision', () => {
    const lines = `${LLAMA}finetuning_type: full\nuse_galore: true\n`;
    const hints = (text: string) =>
      issueLines(readConfig({ 'a.yaml': text })).filter((line) => line.includes('accepted'));
    expect(hints(lines).join()).toContain('use_galore');
    expect(hints(`${lines}pure_bf16: true\n`)).toEqual([]);
  });

  it('torchtitan refuses a memory budget without a compiled model', () => {
    const toml = (compile: string) =>
      `[model]\nname = "llama3"\nflavor = "8B"\n[training]\nlocal_batch_size = 1\nseq_len = 8192\n[activation_checkpoint]\nmode = "memory_budget"\n${compile}`;
    expect(refused('a.toml', toml(''))).toEqual(['activation_checkpoint.mode']);
    expect(refused('a.toml', toml('[compile]\nenable = true\ncomponents = ["loss"]\n'))).toHaveLength(1);
    expect(refused('a.toml', toml('[compile]\nenable = true\n'))).toEqual([]);
  });

  it('LLM Foundry creates weights without memory under FSDP alone', () => {
    const yaml = (device: string, more = '') =>
      `max_seq_len: 2048\nmodel:\n  name: mpt_causal_lm\n  init_device: ${device}\n  d_model: 768\n  n_heads: 12\n  n_layers: 12\nglobal_train_batch_size: 256\ndevice_train_microbatch_size: 4\nmax_duration: 100ba\n${more}`;
    const lines = (text: string) => issueLines(readConfig({ 'mpt.yaml': text })).join();
    expect(lines(yaml('meta'))).toContain('model.init_device | dropped');
    expect(lines(yaml('mixed'))).toContain('model.init_device | refused');
    expect(lines(yaml('mixed', 'fsdp_config:\n  sharding_strategy: FULL_SHARD\n'))).not.toContain('init_device');
  });
});
