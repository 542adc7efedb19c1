import { describe, expect, it } from 'vitest';
import { issueLines, readConfig } from '../read-config.ts';

const BASE = `model_name_or_path: Qwen/Qwen3-4B
stage: sft
finetuning_type: lora
template: qwen3
dataset: identity
output_dir: out
`;

const issues = (extra: string) => issueLines(readConfig({ 'a.yaml': BASE + extra }));

describe('issues of LLaMA-Factory configs', () => {
  it('are none for numbers its reader takes, lists and comma-separated names', () => {
    expect(issues('learning_rate: 1e-4\nlora_target: [q_proj, v_proj]\nwarmup_ratio: 0.1\n')).toEqual([]);
    expect(issues('resume_from_checkpoint: null\nreport_to: none\nflash_attn: fa2\n')).toEqual([]);
  });

  it('tell of a key its parser refuses, by a slip or by another trainer’s name', () => {
    expect(issues('lora_ranks: 8\n')).toEqual(['unknown-key | lora_ranks | refused | lora_rank']);
    expect(issues('max_seq_length: 1024\n')).toEqual(['unknown-key | max_seq_length | refused | cutoff_len']);
  });

  it('tell of a number in quotes, which stays text', () => {
    expect(issues('learning_rate: "1e-4"\n')).toEqual([
      'number-read-as-text | learning_rate | misread | 1e-4 | 0.0001',
    ]);
  });

  it('tell of values an option does not take', () => {
    expect(issues('flash_attn: flash2\n')[0]).toContain('not-allowed | flash_attn | refused | flash2');
    expect(issues('pref_loss: dpo\n')[0]).toContain('not-allowed | pref_loss | refused | dpo');
  });

  it('tell of slips alone under Megatron, whose argument class has more keys', () => {
    expect(issues('tensor_model_parallel_size: 2\nmoe_some_new_option: 1\n')).toEqual([]);
    expect(issues('tensor_model_parallel_size: 2\npipeline_model_parallel_sizes: 2\n')).toHaveLength(1);
  });
});
