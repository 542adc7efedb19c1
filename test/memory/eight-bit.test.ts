import { expect, test } from 'vitest';
import { analyze } from '../../server/src/engine/index.ts';

const CONFIG = `base_model: Qwen/Qwen2.5-0.5B
sequence_len: 2048
sample_packing: true
flash_attention: true
micro_batch_size: 1
gradient_accumulation_steps: 4
num_epochs: 1
learning_rate: 1e-5
optimizer: adamw_torch_fused
bf16: true
`;

function estimateOf(text: string) {
  const files = { read: () => ({ kind: 'missing' }) as const, roots: ['/w'] };
  const outcome = analyze({ file: '/w/a.yaml', text, files, settings: { gpus: 1 } }).plans[0]?.memory();
  return outcome?.known === true ? outcome.estimate : undefined;
}

test('multiplications in fp8 are no measured kind of run', () => {
  const [plain, eight] = [estimateOf(CONFIG), estimateOf(`${CONFIG}fp8: true\n`)];
  expect(plain?.regime.checked).toBe('measured');
  expect(eight?.regime).toMatchObject({ id: 'fp8', checked: 'unchecked' });
  expect(eight?.highBytes).toBeGreaterThan(plain?.highBytes ?? Number.POSITIVE_INFINITY);
});
