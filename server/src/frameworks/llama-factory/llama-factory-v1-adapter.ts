import schema from '../../../../schemas/llama-factory-v1.schema.json' with { type: 'json' };
import type { Resident } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import type { Adapter, JsonSchema } from '../types.ts';
import { FREEZE_DERIVATIONS } from './low-rank-keys.ts';
import { settleV1 } from './settle-v1.ts';
import { V1_KEYS } from './v1-keys.ts';

const ENGINES = new Set<unknown>(['fsdp2', 'fsdpturbo', 'deepspeed']);

const SIGNS: readonly Sign[] = [
  { key: 'dist_config.name', value: (value) => ENGINES.has(value), weight: 40 },
  { key: 'kernel_config.name', weight: 40 },
  { key: 'peft_config.name', value: (value) => value === 'lora' || value === 'freeze', weight: 35 },
  { key: 'quant_config.name', weight: 20 },
  { key: 'optim_config.name', weight: 20 },
  { key: 'model_class', value: (value) => value === 'llm' || value === 'cls' || value === 'other', weight: 30 },
  { key: 'model', value: (value) => typeof value === 'string', weight: 10 },
  { key: 'train_dataset', value: (value) => typeof value === 'string', weight: 15 },
  { key: 'batching_strategy', weight: 30 },
  { key: 'cutoff_len', weight: 20 },
  { key: 'micro_batch_size', weight: 15 },
  { key: 'enable_activation_checkpointing', weight: 10 },
  // Keys of its older trainer and of other frameworks.
  { key: 'finetuning_type', weight: -60 },
  { key: 'stage', weight: -40 },
  { key: 'model_name_or_path', weight: -60 },
  { key: 'base_model', weight: -60 },
];

/** What LLaMA-Factory's older trainer calls these keys. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  model_name_or_path: 'model',
  per_device_train_batch_size: 'micro_batch_size',
  dataset: 'train_dataset',
};

/** LLaMA-Factory's new trainer: `model`, `peft_config`, `dist_config`, `kernel_config`, … */
export const llamaFactoryV1Adapter: Adapter = defineAdapter({
  id: 'llama-factory-v1',
  title: 'LLaMA-Factory v1',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: V1_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'refused', castsNumbers: () => false, otherNames: OTHER_NAMES },
  derivations: FREEZE_DERIVATIONS,
  settle: settleV1,
  residents: referenceOf,
});

/** Without an adapter to switch off, DPO loads the model a second time (v1/trainers/dpo_trainer.py). */
function referenceOf({ builder }: Draft): readonly Resident[] {
  if (builder.value('run.objective') !== 'dpo' || builder.value('adapter.kind') !== 'none') return [];
  return [{ role: 'reference', trainable: false }];
}
