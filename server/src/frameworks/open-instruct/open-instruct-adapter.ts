import schema from '../../../../schemas/open-instruct.schema.json' with { type: 'json' };
import type { FieldName } from '../../plan/index.ts';
import { joinLauncher } from '../hf-family/join-launcher.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import type { JsonSchema, Recognisable } from '../types.ts';
import { isPreference, OPEN_INSTRUCT_KEYS, onOlmoCore } from './open-instruct-keys.ts';

// TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
const SCHEMA = schema as JsonSchema;

const FINETUNE = 'open-instruct: open_instruct/finetune.py';

/** Neither script states the optimizer's own settings. */
const ADAMW = 'torch: torch/optim/adamw.py';

/** Modules LoRA attaches to in both scripts. */
const LORA_TARGETS = ['q_proj', 'o_proj', 'v_proj', 'k_proj', 'gate_proj', 'up_proj', 'down_proj'];

const TELLING: readonly Sign[] = [
  { key: 'dataset_mixer_list', weight: 60 },
  { key: 'try_launch_beaker_eval_jobs', weight: 60 },
  { key: 'hf_metadata_dataset', weight: 60 },
  { key: 'dataset_mix_dir', weight: 40 },
  { key: 'checkpointing_steps', weight: 30 },
  { key: 'keep_last_n_checkpoints', weight: 30 },
  { key: 'with_tracking', weight: 30 },
  { key: 'use_slow_tokenizer', weight: 30 },
  { key: 'preprocessing_num_workers', weight: 10 },
  { key: 'dataset_mixer', weight: 10 },
  { key: 'max_seq_length', weight: 10 },
  { key: 'per_device_train_batch_size', weight: 10 },
  { key: 'use_qlora', weight: 10 },
  ...['base_model', 'finetuning_type', 'cutoff_len', 'use_peft', 'resolution', 'pretrained_model_name_or_path'].map(
    (key) => ({ key, weight: -200 }),
  ),
];

/**
 * open-instruct's SFT and DPO scripts. Their parser hands values on as PyYAML reads them, so a number without a dot
 * before its exponent arrives as text, and it refuses keys that its arguments class lacks.
 */
export const openInstructAdapter = defineAdapter({
  id: 'open-instruct',
  title: 'open-instruct',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) => {
    if (samplesOrRewards(input)) return undefined;
    return startsScript(input) ? { score: 100, reasons: ['the program that is started'] } : weigh(input, TELLING);
  },
  keys: OPEN_INSTRUCT_KEYS,
  schema: SCHEMA,
  policy: { unknownKeys: 'refused', castsNumbers: () => false },
  join: (draft) => assumeScript(draft),
  settle: (draft) => void joinLauncher(draft),
});

/** Its own scripts under its own folder; few of their arguments tell them from TRL's. */
function startsScript({ tree }: Recognisable): boolean {
  const [launch] = tree.format === 'shell' ? (tree.launches ?? []) : [];
  return /(?:^|\/)open_instruct\/(?:finetune|dpo|dpo_tune_cache)\.py$/.test(launch?.started ?? '');
}

/** The scripts that sample completions and those that train reward models have arguments and defaults of their own. */
function samplesOrRewards({ tree }: Recognisable): boolean {
  const [launch] = tree.format === 'shell' ? (tree.launches ?? []) : [];
  return /(?:grpo|ppo|reward|submit_)[^/]*\.py$/i.test(launch?.started ?? '');
}

/** Of OLMo-core's own loading, sharding and checkpointing nothing is read. */
const OF_OLMO_CORE: readonly FieldName[] = [
  'optimizer.name',
  'precision.weights',
  'precision.compute',
  'activations.checkpointing',
  'data.packing',
  'loss.kernel',
];

function assumeScript({ builder, around }: Draft): void {
  if (onOlmoCore(around)) for (const field of OF_OLMO_CORE) builder.obscure(field);
  const preference = isPreference(around);
  const cite = preference ? 'open-instruct: open_instruct/dpo_utils.py' : FINETUNE;
  builder.assume('run.task', 'causal-lm', cite);
  builder.assume('run.objective', preference ? 'dpo' : 'sft', cite);
  builder.assume('batch.unit', preference ? 'pairs' : 'sequences', cite);
  builder.assume('parallel.pipeline', 1, cite);
  builder.assume('optimizer.beta1', 0.9, ADAMW);
  builder.assume('optimizer.beta2', 0.999, ADAMW);
  builder.assume('optimizer.epsilon', 1e-8, ADAMW);
  // The launcher decides mixed precision and sharding; the weights are loaded in bf16 whatever it says.
  builder.assume('precision.weights', 'bf16', cite);
  builder.assume('precision.compute', 'bf16', cite);
  if (around.get('use_lora') !== true && around.get('use_qlora') !== true) return;
  builder.assume('adapter.targets', LORA_TARGETS, cite);
  if (around.get('use_qlora') === true)
    builder.assumeAll({ 'adapter.doubleQuantization': true, 'adapter.upcastsUnquantized': true }, cite);
}
