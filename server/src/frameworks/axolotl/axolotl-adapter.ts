import schema from '../../../../schemas/axolotl.schema.json' with { type: 'json' };
import { type ConfigTree, isEmpty, nodeAt } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import type { Adapter, JsonSchema, KeyIssue, Reading } from '../types.ts';
import { axolotlIssues, hasForeignPlugin } from './axolotl-issues.ts';
import { residentsOf } from './axolotl-residents.ts';
import { DERIVATIONS } from './derive-axolotl.ts';
import { KEYS } from './keys.ts';
import { settleAxolotl } from './settle-axolotl.ts';

const SIGNS: readonly Sign[] = [
  { key: 'base_model', weight: 35 },
  { key: 'sequence_len', weight: 30 },
  { key: 'micro_batch_size', weight: 20 },
  { key: 'datasets', value: Array.isArray, weight: 10 },
  { key: 'sample_packing', weight: 25 },
  { key: 'pad_to_sequence_len', weight: 20 },
  { key: 'dataset_prepared_path', weight: 25 },
  { key: 'val_set_size', weight: 10 },
  { key: 'num_epochs', weight: 5 },
  { key: 'lora_target_linear', weight: 30 },
  { key: 'plugins', value: (value) => JSON.stringify(value ?? '').includes('axolotl.'), weight: 60 },
  { key: 'lora_r', weight: 5 },
  { key: 'adapter', value: (value) => value === 'lora' || value === 'qlora', weight: 15 },
  { key: 'wandb_project', weight: 5 },
  { file: /axolotl/i, weight: 20 },
  // Keys that other trainers built on the same libraries have in its place.
  { key: 'model_name_or_path', weight: -60 },
  { key: 'finetuning_type', weight: -60 },
  { key: 'peft_config', weight: -60 },
  { key: 'cutoff_len', weight: -40 },
  { key: 'model', weight: -30 },
  { key: 'recipe', weight: -40 },
];

/** What transformers and its other trainers call these keys. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  model_name_or_path: 'base_model',
  per_device_train_batch_size: 'micro_batch_size',
  per_device_eval_batch_size: 'eval_batch_size',
  max_seq_length: 'sequence_len',
  max_length: 'sequence_len',
  cutoff_len: 'sequence_len',
  packing: 'sample_packing',
  optim: 'optimizer',
  lr: 'learning_rate',
  lr_scheduler_type: 'lr_scheduler',
  num_train_epochs: 'num_epochs',
  epochs: 'num_epochs',
  adam_eps: 'adam_epsilon',
  beta: 'rl_beta',
  lora_rank: 'lora_r',
  use_dora: 'peft_use_dora',
  use_rslora: 'peft_use_rslora',
};

const adapter = defineAdapter({
  id: 'axolotl',
  title: 'Axolotl',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) => weigh(input, SIGNS),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // Its classes cast text to numbers, and none of them forbids unknown keys.
  policy: { unknownKeys: 'dropped', castsNumbers: () => true, castsBooleans: true, otherNames: OTHER_NAMES },
  // Its plugin for training by a remote service trains a low-rank adapter there.
  join: ({ around, builder }) => {
    if (around.has('hatchery')) builder.obscure('adapter.kind');
  },
  settle: settleAxolotl,
  derivations: DERIVATIONS,
  residents: residentsOf,
  issues: axolotlIssues,
});

/** Axolotl's YAML: `base_model`, `micro_batch_size`, `sequence_len`, … */
export const axolotlAdapter: Adapter = {
  ...adapter,
  read: (context) => withoutNoise(adapter.read(context), context.tree),
};

/**
 * Without issues that come to nothing: an unknown or old key without a value does nothing, and with a plugin of
 * somebody else's an unknown key may be the plugin's.
 */
function withoutNoise(reading: Reading, tree: ConfigTree): Reading {
  const foreign = hasForeignPlugin(aroundOf(tree));
  const counts = ({ kind, path }: KeyIssue): boolean => {
    if (kind !== 'unknown-key' && kind !== 'deprecated-key') return true;
    if (kind === 'unknown-key' && foreign && path.length === 1) return false;
    const node = nodeAt(tree, path);
    return node === undefined || !isEmpty(node);
  };
  return {
    ...reading,
    issues: onePrefixIssue(reading.issues.filter(counts).map((issue) => shareAsSteps(issue, tree))),
  };
}

/** A share of the run where steps are counted is meant for the key beside it. */
function shareAsSteps(issue: KeyIssue, tree: ConfigTree): KeyIssue {
  if (issue.kind !== 'wrong-type' || issue.key !== 'warmup_steps') return issue;
  const share = Number(issue.data['found']);
  if (!(share > 0 && share < 1) || nodeAt(tree, ['warmup_ratio']) !== undefined) return issue;
  const edits = [{ file: tree.file, path: issue.path, renameTo: 'warmup_ratio' }];
  return { ...issue, mend: { title: 'Rename to warmup_ratio', safe: false, edits } };
}

/** The old prefix of every key in `fsdp_config` is one matter, mended at once. */
function onePrefixIssue(issues: readonly KeyIssue[]): readonly KeyIssue[] {
  const prefixed = issues.filter(isPrefixIssue);
  const [first, ...others] = prefixed;
  if (first === undefined || others.length === 0) return issues;
  const edits = prefixed.flatMap((issue) => issue.mend?.edits ?? []);
  const whole: KeyIssue = {
    ...first,
    mend: { title: `Drop the prefix fsdp_ from ${prefixed.length} keys`, safe: true, edits },
    related: others.map(({ at }) => ({ at, message: 'This key has the old prefix too.' })),
  };
  return [...issues.filter((issue) => !isPrefixIssue(issue)), whole];
}

function isPrefixIssue(issue: KeyIssue): boolean {
  return issue.kind === 'deprecated-key' && issue.mend !== undefined && issue.key.startsWith('fsdp_config.fsdp_');
}
