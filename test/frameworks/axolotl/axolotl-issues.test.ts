import { describe, expect, it } from 'vitest';
import { issueLines, readConfig } from '../read-config.ts';

const BASE = `base_model: meta-llama/Llama-3.2-1B
datasets: [{path: data/chat.jsonl, type: chat_template}]
sequence_len: 2048
micro_batch_size: 2
learning_rate: 1e-4
`;

const issues = (extra: string) => issueLines(readConfig({ 'a.yaml': BASE + extra }));
const mends = (extra: string) => readConfig({ 'a.yaml': BASE + extra }).reading.issues.map(({ mend }) => mend?.title);

describe('issues of Axolotl configs', () => {
  it('are none where every key is known, numbers as text included', () => {
    expect(issues('bf16: auto\nweight_decay: 1e-2\nwandb_project:\nspecial_tokens: {pad_token: <pad>}\n')).toEqual([]);
  });

  it('tell of a key that is dropped in silence, by a slip or by another trainer’s name', () => {
    expect(issues('context_parapllel_size: 2\n')).toEqual([
      'unknown-key | context_parapllel_size | dropped | context_parallel_size',
    ]);
    expect(issues('adam_eps: 1e-8\n')).toEqual(['unknown-key | adam_eps | dropped | adam_epsilon']);
    expect(issues('num_train_epochs: 3\n')).toEqual(['unknown-key | num_train_epochs | dropped | num_epochs']);
    expect(issues('gptq_groupsize:\n')).toEqual([]);
  });

  it('tell of quantised weights without an adapter, which the validation refuses', () => {
    const told = ['needs-other-key | load_in_4bit | refused | adapter: qlora | no adapter'];
    expect(issues('load_in_4bit: true\n')).toEqual(told);
    expect(issues('load_in_4bit: true\nadapter:\n')).toEqual(told);
    expect(issues('load_in_4bit: true\nadapter: qlora\n')).toEqual([]);
    expect(issues('load_in_4bit: false\n')).toEqual([]);
  });

  it('leave open what a remote service trains', () => {
    const remote = readConfig({
      'a.yaml': `${BASE}plugins: [axolotl.integrations.hatchery.HatcheryPlugin]\nhatchery: {lora_rank: 16}\n`,
    });
    expect(remote.value('adapter.kind')).toBeUndefined();
    expect(readConfig({ 'a.yaml': BASE }).value('adapter.kind')).toBe('none');
  });

  it('are none where false is written for a number, which is read as 0', () => {
    expect(issues('jagged_restart_anneal_steps: false\n')).toEqual([]);
    expect(issues('warmup_steps: 0.1\n')).toEqual(['wrong-type | warmup_steps | refused | 0.1 | integer']);
  });

  it('stay silent on keys that may be another plugin’s', () => {
    expect(issues('my_option: 3\n')).toEqual(['unknown-key | my_option | dropped']);
    expect(issues('my_option: 3\nplugins: [my_package.MyPlugin]\n')).toEqual([]);
  });

  it('tell of a share where steps are counted', () => {
    expect(issues('warmup_steps: 0.1\n')).toEqual(['wrong-type | warmup_steps | refused | 0.1 | integer']);
    expect(mends('warmup_steps: 0.1\n')).toEqual(['Rename to warmup_ratio']);
    expect(mends('warmup_steps: 0.1\nwarmup_ratio: 0.1\n')).toEqual([undefined]);
  });

  it('tell once of the old prefix in fsdp_config, mended at once', () => {
    const read = readConfig({
      'a.yaml': `${BASE}fsdp_version: 2
fsdp_config:
  fsdp_offload_params: true
  fsdp_state_dict_type: FULL_STATE_DICT
  reshard_after_forward: true
`,
    });
    expect(issueLines(read)).toEqual(['deprecated-key | fsdp_config.fsdp_offload_params | accepted | offload_params']);
    const [issue] = read.reading.issues;
    expect(issue?.mend?.title).toBe('Drop the prefix fsdp_ from 2 keys');
    expect(issue?.mend?.edits).toHaveLength(2);
    expect(issue?.related).toHaveLength(1);
    expect(read.value('sharding.offloadParameters')).toBe('cpu');
  });

  it.each([
    ['gptq_disable_exllama: true', 'deprecated-key | gptq_disable_exllama | dropped | 0.5.0'],
    ['debug: true', 'deprecated-key | debug | dropped | 0.5.0'],
    [
      'eval_table_max_new_tokens: 64',
      'deprecated-key | eval_table_max_new_tokens | dropped | generation_max_new_tokens | 0.5.0',
    ],
    ['adam_eps: 1e-8', 'unknown-key | adam_eps | dropped | adam_epsilon'],
  ])('tell a key that releases once read from one that none did: %s', (line, issue) => {
    expect(issueLines(readConfig({ 'a.yaml': `${BASE}${line}\n` }))).toEqual([issue]);
  });

  it('tell of a plugin’s key without the plugin', () => {
    const read = readConfig({ 'a.yaml': `${BASE}liger_rope: true\n` });
    expect(issueLines(read)[0]).toContain('needs-other-key | liger_rope | dropped | plugins');
    expect(read.reading.issues[0]?.mend?.edits).toEqual([
      { file: 'a.yaml', path: ['plugins'], to: ['axolotl.integrations.liger.LigerPlugin'] },
    ]);
    expect(issues('liger_rope: true\nplugins: [axolotl.integrations.liger.LigerPlugin]\n')).toEqual([]);
  });

  it('tell of 4-bit loading that a plain LoRA does not get', () => {
    expect(issues('adapter: lora\nload_in_4bit: true\n')[0]).toContain('needs-other-key | load_in_4bit | dropped');
    expect(mends('adapter: lora\nload_in_4bit: true\n')).toEqual(['Set adapter to qlora']);
    expect(issues('adapter: qlora\nload_in_4bit: true\n')).toEqual([]);
  });

  it('tell of an old attention switch beside its successor', () => {
    const found = issues('flash_attention: true\nattn_implementation: sdpa\n');
    expect(found).toContain(
      'not-allowed | flash_attention | refused | true | nothing beside attn_implementation: sdpa',
    );
  });
});
