import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig } from '../read-config.ts';

const RUN = `model_id_or_path: /models/mistralai/Mistral-7B-v0.3
run_dir: /runs/a
data:
  instruct_data: /data/train.jsonl
lora:
  rank: 64
seq_len: 16384
batch_size: 1
num_microbatches: 8
max_steps: 300
optim:
  lr: 6.e-5
  pct_start: 0.05
`;

describe('a mistral-finetune config', () => {
  it('is a LoRA plan with fp32 masters of the trained weights', () => {
    expect(planTable(readConfig({ '7B.yaml': RUN }))).toMatchSnapshot();
  });

  it('trains in full where the adapter is off', () => {
    const full = readConfig({ 'a.yaml': RUN.replace('rank: 64', 'enable: false') });
    expect(full.value('adapter.kind')).toBe('none');
    expect(full.value('adapter.rank')).toBeUndefined();
    expect(full.value('precision.master')).toBe('fp32');
  });

  it('tells of keys its dataclasses refuse', () => {
    expect(issueLines(readConfig({ 'a.yaml': RUN.replace('seq_len', 'seq_lne') }))).toEqual([
      'unknown-key | seq_lne | refused | seq_len',
    ]);
  });
});
