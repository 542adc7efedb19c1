import { describe, expect, it } from 'vitest';
import { analyze, applyEdits, type FileProvider, hover } from '../../server/src/engine/index.ts';

/** Files of a workspace by name; the analysed one is `run.yaml`. */
type Files = Readonly<Record<string, string>>;

function analysed(texts: Files, head?: string) {
  const files: FileProvider = {
    roots: ['/w'],
    read: (file) => {
      const text = texts[file.replace('/w/', '')];
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    },
  };
  const earlier = head === undefined ? [] : [{ label: 'HEAD', kind: 'head' as const, text: head }];
  return analyze({ file: '/w/run.yaml', text: texts['run.yaml'] ?? '', files, settings: {}, earlier });
}

function compared(texts: Files, head?: string) {
  return analysed(texts, head).findings.filter(({ rule }) => rule === 'batch-changed-without-lr');
}

const DETECTION = `MODEL:
  META_ARCHITECTURE: GeneralizedRCNN
SOLVER:
  IMS_PER_BATCH: 16
  BASE_LR: 0.02
  MOMENTUM: 0.9
  MAX_ITER: 90000
`;

const NEMO_RL = `grpo: {num_prompts_per_step: 32, num_generations_per_prompt: 16}
policy:
  model_name: Qwen/Qwen2.5-1.5B
  train_global_batch_size: 64
  train_micro_batch_size: 4
  max_total_sequence_length: 512
  dtensor_cfg: {enabled: true}
  optimizer:
    name: torch.optim.AdamW
    kwargs: {lr: 5.0e-6}
`;

const MAXTEXT = `base_emb_dim: 2048
base_num_decoder_layers: 16
base_num_query_heads: 16
base_num_kv_heads: 16
base_mlp_dim: 8192
decoder_block: llama2
max_target_length: 2048
per_device_batch_size: 1
ici_fsdp_parallelism: 8
learning_rate: 3.e-4
opt_type: adamw
steps: 100000
`;

const NEMO = `trainer: {devices: 8, num_nodes: 1, max_steps: 100000, precision: bf16}
model:
  micro_batch_size: 4
  global_batch_size: 256
  encoder_seq_length: 2048
  max_position_embeddings: 2048
  num_layers: 12
  hidden_size: 768
  num_attention_heads: 12
  optim:
    name: distributed_fused_adam
    lr: 6.0e-4
    sched: {name: CosineAnnealing, warmup_steps: 636}
`;

const TRL = `model_name_or_path: Qwen/Qwen2.5-7B
dataset_name: trl-lib/Capybara
per_device_train_batch_size: 8
gradient_accumulation_steps: 8
num_processes: 8
max_length: 2048
learning_rate: 2.0e-5
optim: adamw_torch
packing: true
assistant_only_loss: true
`;

const DPO = `model_name_or_path: allenai/Llama-3.1-Tulu-3-8B-SFT
dataset_name: allenai/llama-3.1-tulu-3-8b-preference-mixture
per_device_train_batch_size: 1
gradient_accumulation_steps: 2
num_processes: 8
learning_rate: 5.0e-7
optim: adamw_torch
beta: 0.1
loss_type: sigmoid
max_prompt_length: 1024
max_length: 2048
`;

const project = (...references: readonly object[]): string => JSON.stringify({ references });

describe('the reference that a changed batch is compared with', () => {
  it.each<[string, Files, string, string, string]>([
    [
      'a parent by _BASE_',
      { 'run.yaml': '_BASE_: base.yaml\nSOLVER:\n  IMS_PER_BATCH: 64\n', 'base.yaml': DETECTION },
      'information',
      'the parent config base.yaml',
      '64',
    ],
    [
      'a parent by defaults',
      {
        'run.yaml':
          'defaults: grpo.yaml\npolicy:\n  train_global_batch_size: 512\ncluster: {gpus_per_node: 8, num_nodes: 4}\n',
        'grpo.yaml': NEMO_RL,
      },
      'information',
      'the parent config grpo.yaml',
      '512',
    ],
    [
      'a parent by base_config',
      {
        'run.yaml': 'base_config: base.yml\nper_device_batch_size: 8\n',
        'base.yml': MAXTEXT,
      },
      'information',
      'the parent config base.yml',
      '8',
    ],
    [
      'a parent by Hydra’s defaults',
      {
        'run.yaml':
          'defaults: [gpt, _self_]\ntrainer: {devices: 8, num_nodes: 4, max_steps: 100000}\nexp_manager: {name: gpt}\nmodel:\n  encoder_seq_length: 2048\n  global_batch_size: 2048\n',
        'gpt.yaml': NEMO,
      },
      'information',
      'the parent config gpt.yaml',
      '2048',
    ],
    [
      'another config, named by the project file',
      {
        'run.yaml': TRL,
        'tuned.yaml': TRL.replace('gradient_accumulation_steps: 8', 'gradient_accumulation_steps: 1'),
        'batchwise.json': project({ config: 'tuned.yaml' }),
      },
      'warning',
      'tuned.yaml',
      '8',
    ],
    [
      'a published recipe, named by the project file',
      { 'run.yaml': TRL, 'batchwise.json': project({ recipe: 'zephyr-7b-beta-sft' }) },
      'warning',
      'the recipe Zephyr 7B',
      '8',
    ],
    [
      'numbers of one’s own',
      {
        'run.yaml': TRL,
        'batchwise.json': project({ name: 'our 7B SFT', learningRate: 2e-5, globalBatch: 64, optimizer: 'adamw' }),
      },
      'warning',
      'our 7B SFT',
      '8',
    ],
    [
      'numbers of one’s own in tokens',
      {
        'run.yaml': TRL,
        'batchwise.json': project({ name: 'our 7B SFT', learningRate: 2e-5, tokensPerStep: 131_072 }),
      },
      'warning',
      'our 7B SFT',
      '8',
    ],
    ['a published run from the same checkpoint', { 'run.yaml': DPO }, 'hint', 'the recipe Tülu 3', '2'],
  ])('is %s', (_what, texts, severity, label, written) => {
    const [finding, ...others] = compared(texts);
    expect(others).toEqual([]);
    expect(finding?.severity).toBe(severity);
    expect(finding?.message).toContain(label);
    expect(finding?.message.length).toBeLessThanOrEqual(160);
    expect(texts['run.yaml']?.slice(finding?.at.start, finding?.at.end)).toMatch(
      new RegExp(`^(${written}|2\\.0e-5|5\\.0e-7)$`),
    );
  });

  it.each<[string, Files, string?]>([
    [
      'a parent of another model',
      {
        'run.yaml': 'defaults: grpo.yaml\npolicy:\n  train_global_batch_size: 512\n  model_name: Qwen/Qwen2.5-7B\n',
        'grpo.yaml': NEMO_RL,
      },
    ],
    [
      'a parent whose rate was changed, too',
      { 'run.yaml': '_BASE_: base.yaml\nSOLVER:\n  IMS_PER_BATCH: 64\n  BASE_LR: 0.08\n', 'base.yaml': DETECTION },
    ],
    [
      'a parent with half the batch',
      { 'run.yaml': '_BASE_: base.yaml\nSOLVER:\n  IMS_PER_BATCH: 32\n', 'base.yaml': DETECTION },
    ],
    [
      'a parent that is not there',
      { 'run.yaml': '_BASE_: base.yaml\nSOLVER:\n  IMS_PER_BATCH: 64\n  BASE_LR: 0.02\n' },
    ],
    ['a parent that names itself', { 'run.yaml': `_BASE_: run.yaml\n${DETECTION}` }],
    ['a recipe of another name', { 'run.yaml': TRL, 'batchwise.json': project({ recipe: 'no-such-recipe' }) }],
    ['a config that is not there', { 'run.yaml': TRL, 'batchwise.json': project({ config: '../../etc/passwd' }) }],
    [
      'a config that is none',
      { 'run.yaml': TRL, 'notes.yaml': 'a: 1\n', 'batchwise.json': project({ config: 'notes.yaml' }) },
    ],
    [
      'numbers of another model',
      {
        'run.yaml': TRL,
        'batchwise.json': project({ name: 'ours', model: 'gpt2', learningRate: 2e-5, globalBatch: 64 }),
      },
    ],
    [
      'numbers under another optimizer',
      {
        'run.yaml': TRL,
        'batchwise.json': project({ name: 'ours', optimizer: 'sgd', learningRate: 2e-5, globalBatch: 64 }),
      },
    ],
    [
      'a reference for other files',
      { 'run.yaml': TRL, 'batchwise.json': project({ files: 'dpo/*.yaml', recipe: 'zephyr-7b-beta-sft' }) },
    ],
    [
      'entries of the wrong form',
      { 'run.yaml': TRL, 'batchwise.json': JSON.stringify({ references: [1, {}, { name: 'x' }, null] }) },
    ],
    ['the published run itself', { 'run.yaml': DPO.replace('steps: 2', 'steps: 16') }],
    ['a published run with an adapter', { 'run.yaml': `${DPO}use_peft: true\n` }],
  ])('is not %s', (_what, texts, head) => {
    expect(compared(texts, head)).toEqual([]);
  });

  it('is the version at HEAD before all others, where that differs', () => {
    const head = TRL.replace('gradient_accumulation_steps: 8', 'gradient_accumulation_steps: 2');
    const texts = { 'run.yaml': TRL, 'batchwise.json': project({ recipe: 'zephyr-7b-beta-sft' }) };
    expect(compared(texts, head)[0]?.message).toContain('HEAD');
    expect(compared(texts, TRL.replace('beta', 'gamma'))[0]?.message).toContain('the recipe');
    expect(compared(texts, `# older\n${TRL}`)[0]?.message).toContain('the recipe');
  });
});

describe('the hover', () => {
  it.each<[string, Files, string, string]>([
    [
      'a parent',
      { 'run.yaml': '_BASE_: base.yaml\nSOLVER:\n  IMS_PER_BATCH: 64\n', 'base.yaml': DETECTION },
      'IMS_PER_BATCH',
      'in the parent config base.yaml: 16',
    ],
    ['a published run', { 'run.yaml': DPO }, 'gradient_accumulation_steps', 'in the recipe Tülu 3 8B DPO: 128'],
  ])('says what %s has instead', (_what, texts, key, line) => {
    const at = texts['run.yaml']?.indexOf(key) ?? 0;
    expect(hover(analysed(texts), at, () => undefined)?.markdown).toContain(line);
  });
});

describe('the fix against a parent', () => {
  it('is written into the file itself, and the finding is gone', () => {
    const texts = { 'run.yaml': '_BASE_: base.yaml\nSOLVER:\n  IMS_PER_BATCH: 64\n', 'base.yaml': DETECTION };
    const [fix] = compared(texts)[0]?.fixes ?? [];
    expect(fix?.edits.map(({ file }) => file)).toEqual(['/w/run.yaml']);
    const after = applyEdits(texts['run.yaml'], fix?.edits ?? []);
    expect(after).toContain('BASE_LR: 0.08');
    expect(compared({ ...texts, 'run.yaml': after })).toEqual([]);
  });
});
