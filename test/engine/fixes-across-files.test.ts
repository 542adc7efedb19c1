import { describe, expect, test } from 'vitest';
import { analyze, applyEdits, type FileProvider, setField } from '../../server/src/engine/index.ts';

const TRAINER = `model_name_or_path: Qwen/Qwen2.5-7B
per_device_train_batch_size: 4
gradient_accumulation_steps: 2
learning_rate: 1.0e-5
deepspeed: zero.json
`;

function analysed(texts: Readonly<Record<string, string>>) {
  const files: FileProvider = {
    read: (file) => {
      const text = texts[file];
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    },
    roots: ['/w'],
  };
  return analyze({ file: '/w/sft.yaml', text: texts['/w/sft.yaml'] ?? '', files, settings: { gpus: 8 } });
}

function disagreements(texts: Readonly<Record<string, string>>) {
  return analysed(texts).findings.filter(({ rule }) => rule === 'settings-disagree');
}

const zero = (more: string) => `{"zero_optimization": {"stage": 2}, "train_micro_batch_size_per_gpu": 2${more}}`;

describe('a batch that the trainer and its DeepSpeed file state differently', () => {
  test('can be set in either file, and then they agree', () => {
    const texts = { '/w/sft.yaml': TRAINER, '/w/zero.json': zero('') };
    const fixes = disagreements(texts).flatMap((finding) => finding.fixes);
    expect(fixes.map(({ title }) => title)).toEqual([
      'Set micro batch 4 in zero.json too',
      'Set micro batch 2 in sft.yaml too',
    ]);
    // Each is written in one place alone.
    expect(fixes.map(({ edits }) => edits.map(({ file }) => file))).toEqual([['/w/zero.json'], ['/w/sft.yaml']]);
    for (const { edits } of fixes) {
      const after = Object.entries(texts).map(([file, text]) => {
        const own = edits.filter((edit) => edit.file === file);
        return [file, applyEdits(text, own)];
      });
      expect(disagreements(Object.fromEntries(after))).toEqual([]);
    }
  });

  test('is left alone where the plan that would then be read is refused', () => {
    const texts = { '/w/sft.yaml': TRAINER, '/w/zero.json': zero('') };
    const [plan] = analysed(texts).plans;
    const edits = [setField('batch.micro', 1)];
    expect(plan?.write(edits)?.map(({ file }) => file)).toEqual(['/w/sft.yaml', '/w/zero.json']);
    expect(plan?.write(edits, (after) => after.values['batch.micro']?.value !== 1)).toBeUndefined();
  });
});
