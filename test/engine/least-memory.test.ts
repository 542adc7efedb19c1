import { expect, test } from 'vitest';
import { type Analysis, analyze, codeLenses, type FileProvider } from '../../server/src/engine/index.ts';

/** A recipe whose sequences are as long as the data makes them. */
const recipe = (model: string) => `model:
  _component_: torchtune.models.${model}
tokenizer:
  _component_: torchtune.models.llama3.llama3_tokenizer
  path: /tmp/tokenizer.model
  max_seq_len: null
dataset:
  _component_: torchtune.datasets.alpaca_dataset
  packed: False
batch_size: 2
gradient_accumulation_steps: 8
epochs: 1
optimizer:
  _component_: torch.optim.AdamW
  lr: 2e-5
loss:
  _component_: torch.nn.CrossEntropyLoss
device: cuda
enable_activation_checkpointing: True
dtype: bf16
`;

function analysed(model: string): Analysis {
  const files: FileProvider = { read: () => ({ kind: 'missing' }), roots: ['/w'] };
  const settings = { gpu: 'h100', gpus: 1, gpusOrigin: '--gpus' };
  return analyze({ file: '/w/full_single_device.yaml', text: recipe(model), files, settings });
}

test('a run of unknown sequence length is told what it needs at the least', () => {
  const small = analysed('llama3_1.llama3_1_8b');
  // Weights, gradients and two states of 8.03 billion parameters in 16 bits are 59.8 GiB, AdamW's copies 15 more.
  expect(codeLenses(small)[0]?.title).toMatch(
    /^GPU memory at least 7\d\.\d GiB of 79\.2 GiB, more with sequence length/,
  );
  expect(small.findings.map(({ rule }) => rule)).not.toContain('exceeds-gpu-memory');
});

test('and is an error where that is more than the card has', () => {
  const large = analysed('llama3_1.llama3_1_70b').findings.find(({ rule }) => rule === 'exceeds-gpu-memory');
  expect(large?.severity).toBe('error');
  expect(large?.message).toMatch(/^Needs at least 6\d\d GiB per GPU however short its sequences/);
});
