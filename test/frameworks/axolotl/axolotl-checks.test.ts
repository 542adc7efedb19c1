import { describe, expect, it } from 'vitest';
import { issueLines, readConfig } from '../read-config.ts';

const BASE = `base_model: NousResearch/Meta-Llama-3.1-8B
datasets:
  - path: tatsu-lab/alpaca
    type: alpaca
sequence_len: 4096
micro_batch_size: 2
optimizer: adamw_torch
learning_rate: 0.00002
bf16: true
`;

/** What is told of the base with these lines under it. */
function told(lines: string): readonly string[] {
  return issueLines(readConfig({ 'a.yml': `${BASE}${lines}` })).filter((line) => !line.startsWith('deprecated-key'));
}

describe("Axolotl's own validation", () => {
  it.each([
    ['gradient_accumulation_steps: 4\nbatch_size: 8\n', 'gradient_accumulation_steps'],
    ['saves_per_epoch: 1\nsave_steps: 100\n', 'saves_per_epoch'],
    ['evals_per_epoch: 1\neval_steps: 100\n', 'evals_per_epoch'],
    ['save_strategy: epoch\nsave_steps: 100\n', 'save_steps'],
    ['val_set_size: 0\neval_steps: 100\n', 'eval_steps'],
    ['rl: dpo\nsample_packing: true\n', 'rl'],
    ['early_stopping_patience: 3\nsave_steps: 100\neval_steps: 30\n', 'early_stopping_patience'],
    ['adapter: qlora\nload_in_8bit: true\n', 'adapter'],
    ['adapter: lora\nload_in_8bit: true\nlora_mlp_kernel: true\n', 'lora_mlp_kernel'],
    ['optimizer: muon\ndeepspeed: deepspeed_configs/zero2.json\n', 'optimizer'],
    ['context_parallel_size: 2\nsample_packing: true\n', 'context_parallel_size'],
    ['relora: true\nadapter: lora\n', 'relora'],
    ['lr_scheduler: cosine\nnum_epochs: 1\n', 'micro_batch_size'],
    ['unfrozen_parameters: [lm_head]\ngradient_checkpointing_kwargs:\n  use_reentrant: true\n', 'unfrozen_parameters'],
    ['save_strategy: best\n', 'save_strategy'],
    ["adapter: lora\nlora_target_modules: ['layers.(0|1.q_proj']\n", 'lora_target_modules'],
    ['cut_cross_entropy: true\nchunked_cross_entropy: true\n', 'chunked_cross_entropy'],
  ])('refuses %j', (lines, key) => {
    const refused = told(lines);
    expect(refused.some((line) => line.includes(`| ${key} | refused |`))).toBe(true);
  });

  it.each([
    'gradient_accumulation_steps: 4\nsave_steps: 100\neval_steps: 50\nval_set_size: 0.05\nearly_stopping_patience: 2\n',
    'saves_per_epoch: 1\nevals_per_epoch: 2\n',
    'adapter: qlora\nload_in_4bit: true\nlora_mlp_kernel: true\n',
    'rl: dpo\nsample_packing: false\n',
    'relora: true\njagged_restart_steps: 100\nadapter: lora\n',
    'lr_scheduler: cosine\nnum_epochs: 1\ngradient_accumulation_steps: 4\n',
    'save_strategy: best\nmetric_for_best_model: eval_loss\n',
    "adapter: lora\nlora_target_modules: [q_proj, 'model.layers.[0-9]+.(q|v)_proj']\n",
  ])('takes %j', (lines) => {
    expect(told(lines).filter((line) => line.includes('refused'))).toEqual([]);
  });

  it.each([
    ['sample_packing: true\npad_to_sequence_len: false\n', 'pad_to_sequence_len'],
    ['pretraining_dataset: c4\nmax_steps: 100\ngroup_by_length: true\n', 'group_by_length'],
    [
      'adapter: qlora\nload_in_4bit: true\ndeepspeed: zero3_bf16.json\ngradient_checkpointing_kwargs:\n  use_reentrant: false\n',
      'gradient_checkpointing_kwargs.use_reentrant',
    ],
  ])('takes %j, and what it warns of is a hint', (lines, key) => {
    expect(told(lines).join()).toContain(`| ${key} | accepted |`);
  });
});
