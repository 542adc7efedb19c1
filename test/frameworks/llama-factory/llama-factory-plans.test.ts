import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const LORA = `model_name_or_path: Qwen/Qwen3-4B
stage: sft
do_train: true
finetuning_type: lora
lora_target: q_proj,v_proj
dataset: identity,alpaca_en_demo
template: qwen3
output_dir: out
per_device_train_batch_size: 2
gradient_accumulation_steps: 8
learning_rate: 1e-4
num_train_epochs: 3.0
lr_scheduler_type: cosine
warmup_ratio: 0.1
bf16: true
`;

const FULL = `${LORA.replace('finetuning_type: lora\nlora_target: q_proj,v_proj\n', 'finetuning_type: full\n')}`;

const ZERO3 = JSON.stringify({
  train_batch_size: 'auto',
  bf16: { enabled: 'auto' },
  zero_optimization: { stage: 3, overlap_comm: false },
});

const MEGATRON = `${FULL}tensor_model_parallel_size: 2
pipeline_model_parallel_size: 2
sequence_parallel: true
recompute_granularity: full
`;

describe('files that train nothing', () => {
  const plans = (text: string) => readConfig({ 'a.yaml': text }).reading.plans.length;
  const BARE = 'model_name_or_path: Qwen/Qwen3-4B\ntemplate: qwen3\nfinetuning_type: lora\n';

  it('have no plan: they serve, merge or evaluate', () => {
    expect(plans(LORA)).toBe(1);
    expect(plans(LORA.replace('do_train: true\n', ''))).toBe(1);
    expect(plans(`${BARE}infer_backend: vllm\n`)).toBe(0);
    expect(plans(`${BARE}export_dir: merged\n`)).toBe(0);
    expect(plans(LORA.replace('do_train', 'do_predict'))).toBe(0);
    expect(plans(LORA.replace('do_train: true', 'do_train: false'))).toBe(0);
    expect(plans(`${LORA}do_eval: true\n`)).toBe(1);
  });
});

describe('freezing', () => {
  const freeze = (more: string) =>
    readConfig({ 'a.yaml': `${FULL.replace('finetuning_type: full', 'finetuning_type: freeze')}${more}` });

  it.each([
    ['', 2],
    ['freeze_trainable_layers: 3\n', 3],
    ['freeze_trainable_layers: -3\n', -3],
    ['freeze_trainable_modules: mlp\n', undefined],
    ['freeze_extra_modules: embed_tokens\n', undefined],
  ])('with %j trains %j layers and leaves the others as loaded', (more, layers) => {
    const config = freeze(more);
    expect(config.value('adapter.kind')).toBe('other');
    expect(config.value('adapter.trainedLayers')).toBe(layers);
    expect(config.value('precision.weights')).toBe('bf16');
    expect(config.value('adapter.dtype')).toBe('fp32');
  });
});

describe('plans of LLaMA-Factory configs', () => {
  it('state a LoRA run with the defaults of its argument classes', () => {
    expect(planTable(readConfig({ 'lora.yaml': LORA }))).toMatchSnapshot();
  });

  it('state a full fine-tune under DeepSpeed', () => {
    const files = { 'full.yaml': `${FULL}deepspeed: ds_z3.json\n`, 'ds_z3.json': ZERO3 };
    expect(planTable(readConfig(files))).toMatchSnapshot();
  });

  it.each([
    ['fsdp: full_shard auto_wrap', 'fsdp1', 3, 'none'],
    ['fsdp: shard_grad_op offload', 'fsdp1', 2, 'cpu'],
    // transformers' Trainer offloads by the option alone.
    ['fsdp: full_shard\nfsdp_config: {fsdp_offload_params: true}', 'fsdp1', 3, 'none'],
    ['fsdp: full_shard\nfsdp_config: {version: 2}', 'fsdp2', 2, 'none'],
  ])("shard as transformers' Trainer reads it: %s", (lines, engine, stage, offload) => {
    const read = readConfig({ 'full.yaml': `${FULL}${lines}\n` });
    expect(read.value('sharding.engine')).toBe(engine);
    expect(read.value('sharding.zeroStage')).toBe(stage);
    expect(read.value('sharding.offloadParameters')).toBe(offload);
  });

  it('state a run of its Megatron trainer', () => {
    expect(planTable(readConfig({ 'megatron.yaml': MEGATRON }))).toMatchSnapshot();
  });
});

describe('a LLaMA-Factory config', () => {
  it('is known by its keys, whole or in part', () => {
    expect(recognisedAs('a.yaml', LORA)).toBe('llama-factory');
    expect(recognisedAs('a.json', '{"stage": "dpo", "cutoff_len": 1024}')).toBe('llama-factory');
    expect(recognisedAs('a.yaml', 'learning_rate: 1e-4\nbf16: true\n')).not.toBe('llama-factory');
  });

  it('makes trained weights fp32 unless told to leave them', () => {
    const read = (flags: string) => readConfig({ 'a.yaml': FULL.replace('bf16: true\n', flags) });
    expect(read('bf16: true\n').value('precision.weights')).toBe('fp32');
    expect(read('bf16: true\n').value('precision.autocast')).toBe('bf16');
    expect(read('pure_bf16: true\n').value('precision.weights')).toBe('bf16');
    expect(read('pure_bf16: true\n').value('precision.gradients')).toBe('bf16');
    expect(read('pure_bf16: true\n').value('precision.autocast')).toBe('off');
  });

  it('keeps a frozen base as loaded under fp32 adapters', () => {
    const read = readConfig({ 'a.yaml': LORA });
    expect(read.value('precision.weights')).toBe('bf16');
    expect(read.value('adapter.dtype')).toBe('fp32');
    expect(read.value('precision.gradients')).toBe('fp32');
  });

  it('takes twice the rank as alpha, and every linear layer as target', () => {
    const read = readConfig({ 'a.yaml': `${LORA.replace('q_proj,v_proj', 'all')}lora_rank: 32\n` });
    expect(read.value('adapter.alpha')).toBe(64);
    expect(read.value('adapter.targets')).toBe('all-linear');
    expect(readConfig({ 'a.yaml': LORA }).value('adapter.targets')).toEqual(['q_proj', 'v_proj']);
  });

  it('checkpoints activations unless that is disabled', () => {
    const read = (text: string) => readConfig({ 'a.yaml': LORA + text }).value('activations.checkpointing');
    expect(read('')).toBe('full');
    expect(read('disable_gradient_checkpointing: true\n')).toBe('none');
    expect(read('disable_gradient_checkpointing: true\ngradient_checkpointing: true\n')).toBe('full');
  });

  it('packs pretraining data by itself, and isolates examples only when packing is neat', () => {
    expect(readConfig({ 'a.yaml': LORA.replace('sft', 'pt') }).value('data.packing')).toBe(true);
    expect(readConfig({ 'a.yaml': `${LORA}packing: true\n` }).value('data.packingIsolated')).toBe(false);
    expect(readConfig({ 'a.yaml': `${LORA}neat_packing: true\n` }).value('data.packingIsolated')).toBe(true);
    expect(readConfig({ 'a.yaml': LORA }).value('data.packingIsolated')).toBeUndefined();
  });

  it('quantises by bits and method', () => {
    const read = (text: string) => readConfig({ 'a.yaml': LORA + text });
    expect(read('quantization_bit: 4\n').value('adapter.quantization')).toBe('nf4');
    expect(read('quantization_bit: 4\n').value('adapter.doubleQuantization')).toBe(true);
    expect(read('quantization_bit: 8\n').value('adapter.quantization')).toBe('int8');
    expect(read('quantization_bit: 4\nquantization_method: hqq\n').value('adapter.quantization')).toBe('int4');
  });

  it('puts the optimizer of its own switch before optim', () => {
    const read = readConfig({ 'a.yaml': `${FULL}use_galore: true\ngalore_rank: 128\noptim: adamw_torch\n` });
    expect(read.value('optimizer.name')).toBe('galore_adamw');
    expect(read.value('optimizer.rank')).toBe(128);
    expect(readConfig({ 'a.yaml': `${FULL}use_badam: true\n` }).value('adapter.kind')).toBe('other');
  });

  it('fuses the loss of stages that need no logits', () => {
    expect(readConfig({ 'a.yaml': `${LORA}enable_liger_kernel: true\n` }).value('loss.kernel')).toBe('fused');
    const dpo = LORA.replace('sft', 'dpo');
    expect(readConfig({ 'a.yaml': `${dpo}enable_liger_kernel: true\n` }).value('loss.kernel')).toBe('plain');
  });

  it('keeps a reference model only without an adapter to switch off', () => {
    expect(readConfig({ 'a.yaml': LORA.replace('sft', 'dpo') }).residents).toEqual([]);
    expect(readConfig({ 'a.yaml': FULL.replace('sft', 'dpo') }).residents).toHaveLength(1);
    expect(readConfig({ 'a.yaml': `${FULL.replace('sft', 'dpo')}pref_loss: simpo\n` }).residents).toEqual([]);
    const named = readConfig({ 'a.yaml': `${LORA.replace('sft', 'dpo')}ref_model: Qwen/Qwen3-8B\n` });
    expect(named.residents[0]?.model?.value).toBe('Qwen/Qwen3-8B');
  });

  it('is rewritten in its own keys', () => {
    expect(rewritten({ 'a.yaml': LORA }, setField('activations.checkpointing', 'none'))?.['a.yaml']).toContain(
      'disable_gradient_checkpointing: true',
    );
    expect(rewritten({ 'a.yaml': LORA }, setField('adapter.targets', 'all-linear'))?.['a.yaml']).toContain(
      'lora_target: all\n',
    );
  });
});
