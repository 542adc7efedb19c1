import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const QLORA = `base_model: meta-llama/Llama-3.2-3B
load_in_4bit: true
adapter: qlora
lora_r: 16
lora_alpha: 32
lora_target_linear: true
datasets:
  - path: data/chat.jsonl
    type: chat_template
val_set_size: 0.05
sequence_len: 4096
sample_packing: true
attn_implementation: flash_attention_2
micro_batch_size: 2
gradient_accumulation_steps: 4
num_epochs: 3
optimizer: paged_adamw_8bit
learning_rate: 2e-4
warmup_ratio: 0.1
bf16: auto
gradient_checkpointing: true
evals_per_epoch: 4
saves_per_epoch: 1
plugins:
  - axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin
`;

const FULL = `base_model: Qwen/Qwen3-8B
datasets:
  - path: data/text.jsonl
    type: completion
sequence_len: 8192
sample_packing: true
micro_batch_size: 1
gradient_accumulation_steps: 2
max_steps: 1000
learning_rate: 1e-5
bf16: true
`;

const GRPO = `base_model: Qwen/Qwen3-4B
rl: grpo
datasets:
  - path: data/math.jsonl
    type: rewards.transform
trl:
  beta: 0.01
  num_generations: 8
  max_completion_length: 1024
  use_vllm: true
  vllm_mode: colocate
vllm:
  gpu_memory_utilization: 0.4
  tensor_parallel_size: 2
sequence_len: 2048
micro_batch_size: 8
learning_rate: 1e-6
`;

const ZERO3 = JSON.stringify({
  bf16: { enabled: true },
  zero_optimization: { stage: 3, offload_optimizer: { device: 'cpu' } },
  train_micro_batch_size_per_gpu: 'auto',
});

describe('plans of Axolotl configs', () => {
  it('state a QLoRA run with the defaults of its classes', () => {
    expect(planTable(readConfig({ 'qlora.yaml': QLORA }))).toMatchSnapshot();
  });

  it('state a full fine-tune in bf16 without an fp32 master', () => {
    const read = readConfig({ 'full.yaml': FULL });
    expect(planTable(read)).toMatchSnapshot();
    expect(read.value('precision.master')).toBe('none');
  });

  it('state a GRPO run with a reference beside the policy and vLLM on its GPUs', () => {
    const read = readConfig({ 'grpo.yaml': GRPO });
    expect(planTable(read)).toMatchSnapshot();
    expect(read.residents.map(({ role }) => role)).toEqual(['reference', 'rollout-engine']);
    expect(read.residents[1]?.memoryShare?.value).toBe(0.4);
  });
});

describe('an Axolotl config', () => {
  it('is known by its keys, whole or in part', () => {
    expect(recognisedAs('a.yaml', FULL)).toBe('axolotl');
    expect(recognisedAs('a.yaml', 'sequence_len: 4096\nsample_packing: true\nmicro_batch_size: 2\n')).toBe('axolotl');
    expect(recognisedAs('a.yaml', 'learning_rate: 1e-5\nnum_epochs: 3\n')).toBe('generic');
  });

  it('loads weights in the dtype of its flags', () => {
    const weights = (flags: string) => readConfig({ 'a.yaml': `${FULL.replace('bf16: true\n', '')}${flags}` });
    expect(weights('').value('precision.weights')).toBe('bf16');
    expect(weights('bf16: false\n').value('precision.weights')).toBe('fp32');
    expect(weights('fp16: true\n').value('precision.weights')).toBe('fp16');
    expect(weights('fp16: true\n').value('precision.lossScaling')).toBe(true);
    expect(weights('bf16: full\n').value('precision.autocast')).toBe('off');
  });

  it('keeps bf16 shards under FSDP2, makes them fp32 under FSDP1 and leaves a master to DeepSpeed', () => {
    const fsdp = (version: number) =>
      readConfig({ 'a.yaml': `${FULL}fsdp_version: ${version}\nfsdp_config:\n  offload_params: false\n` });
    expect(fsdp(2).value('sharding.engine')).toBe('fsdp2');
    expect(fsdp(2).value('precision.weights')).toBe('bf16');
    expect(fsdp(1).value('precision.weights')).toBe('fp32');
    const zero = readConfig({ 'a.yaml': `${FULL}deepspeed: ds/zero3.json\n`, 'ds/zero3.json': ZERO3 });
    expect(zero.value('sharding.zeroStage')).toBe(3);
    expect(zero.value('sharding.offloadOptimizer')).toBe('cpu');
    expect(zero.value('precision.master')).toBe('fp32');
    expect(zero.reading.links).toMatchObject([{ target: 'ds/zero3.json', found: true }]);
  });

  it('warms up for 3% of the steps, at most 100, where no key says otherwise', () => {
    expect(readConfig({ 'a.yaml': FULL }).value('schedule.warmupSteps')).toBe(30);
    expect(readConfig({ 'a.yaml': FULL.replace('1000', '9000') }).value('schedule.warmupSteps')).toBe(100);
    expect(readConfig({ 'a.yaml': `${FULL}warmup_ratio: 0.1\n` }).value('schedule.warmupSteps')).toBe(100);
    expect(readConfig({ 'a.yaml': `${FULL}warmup_steps: 7\n` }).value('schedule.warmupSteps')).toBe(7);
  });

  it('isolates packed examples by its attention backend', () => {
    const isolated = (attention: string) =>
      readConfig({ 'a.yaml': `${FULL}${attention}` }).value('data.packingIsolated');
    expect(isolated('attn_implementation: flash_attention_2\n')).toBe(true);
    expect(isolated('flash_attention: true\n')).toBe(true);
    expect(isolated('attn_implementation: sdpa\n')).toBe(true);
    expect(isolated('')).toBe(false);
    expect(isolated('attn_implementation: kernels-community/some-kernel\n')).toBeUndefined();
  });

  it('quantises only where the adapter lets it', () => {
    expect(readConfig({ 'a.yaml': QLORA }).value('adapter.quantization')).toBe('nf4');
    const lora = QLORA.replace('adapter: qlora', 'adapter: lora');
    expect(readConfig({ 'a.yaml': lora }).value('adapter.quantization')).toBe('none');
    const eight = lora.replace('load_in_4bit', 'load_in_8bit');
    expect(readConfig({ 'a.yaml': eight }).value('adapter.quantization')).toBe('int8');
  });

  it('takes the names a regular expression of targets ends in', () => {
    const pattern = String.raw`'model.layers.[\d]+.(mlp|self_attn).(up|down|q|v)_proj'`;
    const text = QLORA.replace('lora_target_linear: true', `lora_target_modules: ${pattern}`);
    expect(readConfig({ 'a.yaml': text }).value('adapter.targets')).toEqual([
      'up_proj',
      'down_proj',
      'q_proj',
      'v_proj',
    ]);
  });

  it('counts a plugin’s kernels only where the plugin is listed', () => {
    const liger = 'liger_fused_linear_cross_entropy: true\nliger_rms_norm: true\n';
    const listed = 'plugins: [axolotl.integrations.liger.LigerPlugin]\n';
    expect(readConfig({ 'a.yaml': FULL + liger }).value('loss.kernel')).toBe('plain');
    expect(readConfig({ 'a.yaml': FULL + liger + listed }).value('loss.kernel')).toBe('fused');
    expect(readConfig({ 'a.yaml': FULL + liger + listed }).value('loss.fusedLayers')).toBe(true);
  });

  it('leaves the accumulation unknown beside batch_size, and parts that train by name unmodelled', () => {
    const batch = FULL.replace('gradient_accumulation_steps: 2', 'batch_size: 4');
    expect(readConfig({ 'a.yaml': batch }).value('batch.gradientAccumulation')).toBeUndefined();
    const unfrozen = readConfig({
      'a.yaml': `${FULL}unfrozen_parameters: [lm_head, 'model.embed_tokens.weight[:32000]']\n`,
    });
    expect(unfrozen.value('adapter.kind')).toBe('other');
    expect(unfrozen.value('adapter.trainedParameters')).toEqual(['^(?:lm_head)', '^(?:model.embed_tokens.weight)']);
  });

  it('needs no reference model under an adapter', () => {
    const dpo = 'rl: dpo\nsample_packing: false\n';
    expect(readConfig({ 'a.yaml': `${FULL.replace('sample_packing: true\n', '')}${dpo}` }).residents).toHaveLength(1);
    expect(readConfig({ 'a.yaml': `${QLORA.replace('sample_packing: true\n', '')}${dpo}` }).residents).toEqual([]);
  });

  it('tells how many data-parallel ranks its device mesh has', () => {
    const mesh = 'fsdp_version: 2\nfsdp_config: {offload_params: false}\ndp_shard_size: 4\ndp_replicate_size: 2\n';
    const read = readConfig({ 'a.yaml': `${FULL}${mesh}tensor_parallel_size: 2\n` });
    expect(read.value('sharding.degree')).toBe(4);
    expect(read.value('batch.global')).toBe(16);
    expect(read.value('parallel.world')).toBe(16);
  });

  it('is rewritten in its own keys', () => {
    expect(rewritten({ 'a.yaml': QLORA }, setField('batch.micro', 1))?.['a.yaml']).toBe(
      QLORA.replace('micro_batch_size: 2', 'micro_batch_size: 1'),
    );
    expect(rewritten({ 'a.yaml': FULL }, setField('activations.checkpointing', 'full'))?.['a.yaml']).toContain(
      'gradient_checkpointing: true',
    );
  });
});
