import { expect, test } from 'vitest';
import { analyze, applyEdits, type FileProvider } from '../../server/src/engine/index.ts';

const FULL = `model_name_or_path: meta-llama/Llama-3.1-8B  # the base
learning_rate: 1e-5
per_device_train_batch_size: 16
gradient_accumulation_steps: 2
gradient_checkpointing: false
bf16: true
max_length: 4096
packing: true
attn_implementation: flash_attention_2
`;

const LORA = `model_name_or_path: meta-llama/Llama-3.1-8B  # the base
learning_rate: 1e-5
per_device_train_batch_size: 4
gradient_accumulation_steps: 8
gradient_checkpointing: true
bf16: true
max_length: 4096
packing: true
attn_implementation: flash_attention_2
use_peft: true
lora_r: 16
lora_target_modules: all-linear
`;

test('where nothing else fits, an adapter with what it needs beside it is written whole', () => {
  const files: FileProvider = { read: () => ({ kind: 'missing' }), roots: ['/w'] };
  const settings = { gpu: 'h100', gpus: 1, gpusOrigin: '--gpus' };
  const { findings } = analyze({ file: '/w/sft.yaml', text: FULL, files, settings });
  const fixes = findings.find(({ rule }) => rule === 'exceeds-gpu-memory')?.fixes ?? [];
  expect(fixes.map(({ title }) => title)).toEqual([
    'Train a LoRA adapter of rank 16, recompute activations in backward, set micro batch 4 and accumulation 8',
  ]);
  expect(applyEdits(FULL, fixes[0]?.edits ?? [])).toBe(LORA);
});
