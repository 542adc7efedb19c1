/** An ordinary axolotl run on eight GPUs, with one mistake that has one fix: warmup outlasts the run. */
export const llamaConfig = `# Instruction tuning of Llama 3.1
base_model: meta-llama/Llama-3.1-8B   # the base model, not the chat one

datasets:
  - path: tatsu-lab/alpaca
    type: alpaca

sequence_len: 4096
sample_packing: true
attn_implementation: flash_attention_2
bf16: true
gradient_checkpointing: true

adapter: lora
lora_r: 16
lora_alpha: 32
lora_target_linear: true

micro_batch_size: 2   # fits
gradient_accumulation_steps: 4
optimizer: adamw_torch_fused
learning_rate: 2e-4
lr_scheduler: cosine
warmup_steps: 1000  # from the old run
max_steps: 500
output_dir: ./out
`;

/** What the fix of that mistake writes: 3% of the 500 steps, every other byte as it was. */
export const llamaConfigFixed = llamaConfig.replace('warmup_steps: 1000', 'warmup_steps: 15');

export const eightH100 = '{ "hardware": { "gpu": "h100-80gb", "gpus": 8 } }\n';
