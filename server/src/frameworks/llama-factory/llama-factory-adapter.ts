import schema from '../../../../schemas/llama-factory.schema.json' with { type: 'json' };
import type { ConfigTree } from '../../text/index.ts';
import { TRAINING_ARGUMENT_CHECKS } from '../hf-family/training-argument-checks.ts';
import { aroundOf } from '../kit/around.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { Adapter, Around, JsonSchema, Reading } from '../types.ts';
import { KEYS } from './keys.ts';
import { LLAMA_FACTORY_ADVICE } from './llama-factory-advice.ts';
import { LLAMA_FACTORY_CHECKS } from './llama-factory-checks.ts';
import { residentsOf } from './llama-factory-residents.ts';
import { FREEZE_DERIVATIONS } from './low-rank-keys.ts';
import { isMegatron } from './megatron-keys.ts';
import { settleLlamaFactory } from './settle-llama-factory.ts';

const STAGES = new Set<unknown>(['pt', 'sft', 'rm', 'ppo', 'dpo', 'kto']);
const METHODS = new Set<unknown>(['lora', 'oft', 'freeze', 'full']);

const SIGNS: readonly Sign[] = [
  { key: 'finetuning_type', value: (value) => METHODS.has(value), weight: 60 },
  { key: 'stage', value: (value) => STAGES.has(value), weight: 40 },
  { key: 'template', value: (value) => typeof value === 'string', weight: 25 },
  { key: 'cutoff_len', weight: 40 },
  { key: 'lora_target', weight: 40 },
  { key: 'lora_rank', weight: 15 },
  { key: 'quantization_bit', weight: 20 },
  { key: 'flash_attn', weight: 20 },
  { key: 'dataset_dir', weight: 15 },
  { key: 'plot_loss', weight: 25 },
  { key: 'pref_beta', weight: 40 },
  { key: 'per_device_train_batch_size', weight: 15 },
  { key: 'model_name_or_path', weight: 5 },
  { file: /llama-?_?factory/i, weight: 20 },
  // Keys of its new trainer, and of other trainers that share names with it.
  { key: 'model', weight: -60 },
  { key: 'base_model', weight: -60 },
  { key: 'micro_batch_size', weight: -30 },
  { key: 'actor_train', weight: -60 },
  { key: 'train_type', weight: -40 },
  { key: 'tuner_type', weight: -40 },
];

/** What transformers' other trainers call these keys. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  base_model: 'model_name_or_path',
  micro_batch_size: 'per_device_train_batch_size',
  max_seq_length: 'cutoff_len',
  sequence_len: 'cutoff_len',
  num_epochs: 'num_train_epochs',
  optimizer: 'optim',
  lr: 'learning_rate',
  lr_scheduler: 'lr_scheduler_type',
  adam_eps: 'adam_epsilon',
  sample_packing: 'packing',
  lora_r: 'lora_rank',
  lora_target_modules: 'lora_target',
  target_modules: 'lora_target',
  lora_modules_to_save: 'additional_target',
  beta: 'pref_beta',
};

const CHECKS = [...TRAINING_ARGUMENT_CHECKS, ...LLAMA_FACTORY_CHECKS, ...LLAMA_FACTORY_ADVICE];

const adapter = defineAdapter({
  id: 'llama-factory',
  title: 'LLaMA-Factory',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // HfArgumentParser.parse_dict refuses keys no argument class has, and hands values on as they were read.
  policy: { unknownKeys: 'refused', castsNumbers: () => false, otherNames: OTHER_NAMES },
  issues: (tree) => checkKeys(tree, CHECKS),
  sections: (tree) => (trains(aroundOf(tree)) ? [{ name: 'main', base: [] }] : []),
  derivations: FREEZE_DERIVATIONS,
  settle: settleLlamaFactory,
  residents: residentsOf,
});

/** Files of the same keys that merge, serve or evaluate have no training to tell of. */
function trains(around: Around): boolean {
  const asked = around.get('do_train');
  if (typeof asked === 'boolean') return asked;
  const evaluates = ['do_predict', 'do_eval'].some((name) => around.get(name) === true);
  return !evaluates && !around.has('export_dir') && !around.has('infer_backend');
}

/** LLaMA-Factory's flat YAML or JSON: `stage`, `finetuning_type`, `template`, `cutoff_len`, … */
export const llamaFactoryAdapter: Adapter = {
  ...adapter,
  read: (context) => withoutMegatronKeys(adapter.read(context), context.tree),
};

/** The argument class of mcore_adapter has more keys than are known here, so only slips of the keyboard are told. */
function withoutMegatronKeys(reading: Reading, tree: ConfigTree): Reading {
  if (!isMegatron(aroundOf(tree))) return reading;
  return {
    ...reading,
    issues: reading.issues.filter(({ kind, mend }) => kind !== 'unknown-key' || mend !== undefined),
  };
}
