import { describe, expect, it } from 'vitest';
import { issueLines, readConfig } from '../read-config.ts';

const HEAD = `model_name_or_path: a/b
per_device_train_batch_size: 1
num_train_epochs: 1
packing: true
`;

function issues(lines: string): readonly string[] {
  return issueLines(readConfig({ 'sft.yaml': `${HEAD}${lines}\n` }));
}

describe('issues of a TRL config', () => {
  it('are none in a plain file', () => {
    expect(issues('learning_rate: 2e-5\nbf16: true\nreport_to: none')).toEqual([]);
  });

  it('tell of a misspelt key, but not of a key that a script may have added', () => {
    expect(issues('gradient_acumulation_steps: 4')).toEqual([
      'unknown-key | gradient_acumulation_steps | dropped | gradient_accumulation_steps',
    ]);
    expect(issues('my_special_switch: true')).toEqual([]);
  });

  it('leave alone what a script of somebody’s own asks for in other words', () => {
    const script = 'lora_r: 16\nuse_lora: true\nmy_a: 1\nmy_b: 2';
    expect(issues(script)).toEqual([]);
    const file = `${HEAD}${script}\n`;
    // Whether an adapter trains is that script's to say.
    expect(readConfig({ 'sft.yaml': file }).value('adapter.kind')).toBeUndefined();
  });

  it('are none where the value that is needed is worked out elsewhere', () => {
    const call = (vllm: string) =>
      `from trl import GRPOConfig\nGRPOConfig(output_dir="o", learning_rate=1e-6, use_vllm=${vllm}, vllm_mode="colocate")\n`;
    expect(issueLines(readConfig({ 'a.py': call('args.fast') }))).toEqual([]);
    expect(issueLines(readConfig({ 'a.py': call('False') }))).toEqual([
      'needs-other-key | vllm_mode | dropped | use_vllm: true | use_vllm: false',
    ]);
  });

  it('tell of low-rank settings while no adapter trains', () => {
    expect(issues('lora_r: 16')).toEqual(['needs-other-key | lora_r | dropped | use_peft: true | no use_peft']);
    expect(issues('lora_r: 16\nuse_peft: true')).toEqual([]);
  });

  it('tell of old names', () => {
    expect(issues('evaluation_strategy: epoch')).toEqual([
      'deprecated-key | evaluation_strategy | accepted | eval_strategy',
    ]);
    // Names that nearly every recipe has, and that still work.
    expect(issues('warmup_ratio: 0.1')).toEqual([]);
    expect(issues('torch_dtype: bfloat16')).toEqual([]);
    // TRL renamed it; for the example scripts of transformers it is the name.
    expect(issues('max_seq_length: 512\ndataset_text_field: text')[0]).toMatch(/^deprecated-key \| max_seq_length/);
    const glue =
      'model_name_or_path: bert-base-uncased\noutput_dir: x\nper_device_train_batch_size: 8\nmax_seq_length: 512\n';
    expect(readConfig({ 'mnli.yaml': glue }).reading.issues).toEqual([]);
  });

  it('tell of a value the option does not have', () => {
    expect(issues('lr_scheduler_type: cosin')[0]).toMatch(/^not-allowed \| lr_scheduler_type \| refused \| cosin/);
  });

  it('tell of an unquoted no, which is false to PyYAML', () => {
    expect(issues('eval_strategy: no')[0]).toMatch(/^not-allowed \| eval_strategy \| refused \| no/);
    expect(issues('eval_strategy: "no"')).toEqual([]);
  });

  it('tell of text where a number belongs', () => {
    expect(issues('weight_decay: none')).toEqual(['wrong-type | weight_decay | refused | none | number']);
  });

  it('are silent about keys of a script that has many of its own', () => {
    const own = 'pipeline_name: x\nmy_reward: y\nsome_switch: true\nanother_one: 3\ngradient_acumulation_steps: 4';
    expect(issues(own)).toEqual([]);
  });
});
