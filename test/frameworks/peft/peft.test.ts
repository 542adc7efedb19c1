import { describe, expect, it } from 'vitest';
import { planTable, readConfig } from '../read-config.ts';

const DEFAULTS = JSON.stringify({
  model_id: 'meta-llama/Llama-3.2-3B',
  dtype: 'bfloat16',
  max_seq_length: 768,
  batch_size: 4,
  max_steps: 5000,
  use_gc: false,
  optimizer_type: 'AdamW',
  optimizer_kwargs: { lr: 1e-4, weight_decay: 0.1 },
  lr_scheduler: 'cosine',
  use_amp: false,
  autocast_adapter_dtype: true,
  attn_implementation: null,
});
const ADAPTER = JSON.stringify({ peft_type: 'LORA', r: 16, lora_alpha: 32, target_modules: ['q_proj', 'v_proj'] });
const EXPERIMENT = '{"optimizer_kwargs": {"lr": 0.001}}';
const FILE = 'lora/training_params.json';

describe("an experiment of PEFT's method comparison", () => {
  const files = {
    [FILE]: EXPERIMENT,
    'default_training_params.json': DEFAULTS,
    'lora/adapter_config.json': ADAPTER,
  };

  it('is its defaults, its differences and its adapter together', () => {
    expect(planTable(readConfig(files))).toMatchSnapshot();
  });

  it.each([
    [{ peft_type: 'OFT', oft_block_size: 64 }, 'oft', ['adapter.blockSize', 64]],
    [{ peft_type: 'ADALORA', init_r: 12, r: 8 }, 'adalora', ['adapter.rank', 12]],
    [{ peft_type: 'PROMPT_TUNING', num_virtual_tokens: 100 }, 'prompt', ['adapter.virtualTokens', 100]],
    [{ peft_type: 'IA3' }, 'ia3', ['adapter.rank', undefined]],
    [{ peft_type: 'XLORA' }, undefined, ['adapter.rank', undefined]],
  ] as const)('names the method of %j', (adapter, method, [field, value]) => {
    const plan = readConfig({ ...files, 'lora/adapter_config.json': JSON.stringify(adapter) });
    expect(plan.value('adapter.kind')).toBe('other');
    expect(plan.value('adapter.method')).toBe(method);
    expect(plan.value(field)).toBe(value);
  });

  it("takes the optimizer's own weight decay where its arguments leave it out", () => {
    expect(readConfig(files).value('optimizer.weightDecay')).toBe(0.01);
    expect(readConfig({ 'default_training_params.json': DEFAULTS }).value('optimizer.weightDecay')).toBe(0.1);
  });

  it('is partial without its defaults', () => {
    const plan = readConfig({ [FILE]: EXPERIMENT });
    expect(plan.reading.plans[0]?.plan.partial).toBe(true);
    expect(plan.value('batch.micro')).toBeUndefined();
    expect(plan.value('adapter.kind')).toBeUndefined();
  });
});
