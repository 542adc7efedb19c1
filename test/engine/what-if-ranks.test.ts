import { expect, test } from 'vitest';
import { analyze, type FileProvider, setField } from '../../server/src/engine/index.ts';
import { largestMicroBatch } from '../../server/src/memory/index.ts';
import { withEdits } from '../../server/src/plan/index.ts';

const FILES: Readonly<Record<string, string>> = {
  '/w/sft.yaml': `model_name_or_path: Qwen/Qwen2.5-0.5B
max_length: 1024
per_device_train_batch_size: 4
gradient_accumulation_steps: 2
bf16: true
deepspeed: zero.json
`,
  '/w/zero.json': '{"train_batch_size": 64, "zero_optimization": {"stage": 3}}',
};

test('ranks that follow from the global batch stay while another micro batch is tried', () => {
  const files: FileProvider = {
    read: (file) => {
      const text = FILES[file];
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    },
    roots: ['/w'],
  };
  const [analysis] = analyze({
    file: '/w/sft.yaml',
    text: FILES['/w/sft.yaml'] ?? '',
    files,
    settings: { gpu: 'h100' },
  }).plans;
  if (analysis === undefined) throw new Error('no plan');
  expect(analysis.plan.values['parallel.data']?.value).toBe(8);
  // Three do not divide 64 over two micro-steps: another number of ranks would follow, and none at all from five.
  expect(withEdits(analysis.plan, [setField('batch.micro', 3)]).values['parallel.data']?.value).toBe(8);
  expect(largestMicroBatch(analysis.plan)).toBeGreaterThan(8);
});
