import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig, recognisedAs } from '../read-config.ts';

const LORA = `model: Qwen/Qwen3-4B
model_class: llm
peft_config:
  name: lora
  r: 16
  target_modules: all
dist_config:
  name: fsdp2
train_dataset: data/sft.yaml
output_dir: out
micro_batch_size: 2
global_batch_size: 32
cutoff_len: 4096
learning_rate: 1.0e-4
max_steps: 200
`;

const FULL = LORA.replace(/peft_config:\n(?: {2}.*\n)+/, '');
const ZERO2 = JSON.stringify({ bf16: { enabled: true }, zero_optimization: { stage: 2 } });

describe('a config of LLaMA-Factory’s new trainer', () => {
  it('is a plan with the defaults of its argument classes', () => {
    expect(recognisedAs('a.yaml', LORA)).toBe('llama-factory-v1');
    expect(planTable(readConfig({ 'a.yaml': LORA }))).toMatchSnapshot();
  });

  it('holds fp32 weights in a full fine-tune, computed in bf16 under FSDP alone', () => {
    const sharded = readConfig({ 'a.yaml': FULL });
    expect(sharded.value('precision.weights')).toBe('fp32');
    expect(sharded.value('precision.compute')).toBe('bf16');
    const plain = readConfig({ 'a.yaml': `${FULL.replace(/dist_config:\n.*\n/, '')}kernel_config: {name: auto}\n` });
    expect(plain.value('precision.compute')).toBe('fp32');
  });

  it('trains the last layers of a frozen model, and spreads experts where its engine does', () => {
    const frozen = LORA.replace(
      'name: lora\n  r: 16\n  target_modules: all',
      'name: freeze\n  freeze_trainable_layers: 3',
    );
    expect(readConfig({ 'a.yaml': frozen }).value('adapter.trainedLayers')).toBe(3);
    expect(readConfig({ 'a.yaml': frozen }).value('precision.weights')).toBe('bf16');
    expect(readConfig({ 'a.yaml': frozen }).value('adapter.dtype')).toBe('fp32');
    const named = frozen.replace('_layers: 3', '_layers: 3\n  freeze_trainable_modules: [mlp]');
    expect(readConfig({ 'a.yaml': named }).value('adapter.trainedLayers')).toBeUndefined();
    const turbo = FULL.replace('name: fsdp2', 'name: fsdpturbo\n  ep_size: 16');
    expect(readConfig({ 'a.yaml': turbo }).value('parallel.expert')).toBe(16);
    expect(readConfig({ 'a.yaml': FULL }).value('parallel.expert')).toBe(1);
  });

  it('leaves dtypes and stages to the DeepSpeed config it names', () => {
    const text = FULL.replace('name: fsdp2', 'name: deepspeed\n  config_file: ds.json');
    const read = readConfig({ 'a.yaml': text, 'ds.json': ZERO2 });
    expect(read.value('sharding.zeroStage')).toBe(2);
    expect(read.value('precision.master')).toBe('fp32');
    expect(read.reading.links).toHaveLength(1);
  });

  it('finds the accumulation from the global batch, and takes none where there is no global batch', () => {
    expect(readConfig({ 'a.yaml': `${LORA}dp_size: 4\n` }).value('batch.gradientAccumulation')).toBe(4);
    const free = LORA.replace('global_batch_size: 32\n', '');
    expect(readConfig({ 'a.yaml': free }).value('batch.gradientAccumulation')).toBe(1);
  });

  it('does not know the objective unless a preference key tells it', () => {
    expect(readConfig({ 'a.yaml': LORA }).value('run.objective')).toBeUndefined();
    const dpo = readConfig({ 'a.yaml': `${FULL}pref_beta: 0.2\n` });
    expect(dpo.value('run.objective')).toBe('dpo');
    expect(dpo.residents).toHaveLength(1);
    expect(readConfig({ 'a.yaml': `${FULL}pref_loss: simpo\n` }).residents).toEqual([]);
  });

  it('tells of keys of the older trainer', () => {
    expect(issueLines(readConfig({ 'a.yaml': `${LORA}per_device_train_batch_size: 2\nflash_attn: fa2\n` }))).toEqual([
      'unknown-key | per_device_train_batch_size | refused',
      'not-allowed | flash_attn | refused | fa2 | sdpa, flash_attention_2, flash_attention_3, eager, flex_attention',
    ]);
  });
});
