import schema from '../../../../schemas/fms-hf-tuning.schema.json' with { type: 'json' };
import type { AdapterKind, AttentionKernel } from '../../plan/index.ts';
import { joinAccelerate } from '../hf-family/join-accelerate.ts';
import { joinDeepSpeed } from '../hf-family/join-deepspeed.ts';
import { joinFsdp } from '../hf-family/join-fsdp.ts';
import { mixedFromFlags, readDtype, settlePrecision, writeDtype } from '../hf-family/settle-precision.ts';
import { TRAINING_ARGUMENT_KEYS, TRAINING_ARGUMENTS } from '../hf-family/training-argument-keys.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, key, oneOf, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

// TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
const SCHEMA = schema as JsonSchema;

const CONFIGS = 'fms-hf-tuning: tuning/config/configs.py';
const PEFT_CONFIG = 'fms-hf-tuning: tuning/config/peft_config.py';

const usesLora = (around: Around): boolean => around.get('peft_method') === 'lora';

const OWN_KEYS: KeyTable = {
  model_name_or_path: key('model.name'),
  // Off, it leaves the choice to transformers.
  use_flash_attn: key('model.attention', {
    read: (value): AttentionKernel | undefined => (value === true ? 'flash' : undefined),
    write: (to) => (to === 'flash' ? true : to === 'sdpa' ? false : undefined),
    default: byDefault(
      (around: Around): AttentionKernel => (around.get('use_flash_attn') === false ? 'sdpa' : 'flash'),
      CONFIGS,
    ),
  }),
  torch_dtype: key('precision.weights', {
    read: readDtype,
    write: writeDtype,
    default: byDefault('bf16', CONFIGS),
  }),
  max_seq_length: key('data.sequenceLength', {
    read: positive,
    write: (to) => to,
    default: byDefault(4096, CONFIGS),
  }),
  packing: key('data.packing', { default: byDefault(false, CONFIGS) }),
  peft_method: key('adapter.kind', {
    ...oneOf<AdapterKind>([
      ['lora', 'lora'],
      ['none', 'none'],
      ['pt', 'other'],
      ['alora', 'other'],
    ]),
    default: byDefault('none', CONFIGS),
  }),
  r: key('adapter.rank', { when: usesLora, default: byDefault(8, PEFT_CONFIG) }),
  lora_alpha: key('adapter.alpha', { when: usesLora, default: byDefault(32, PEFT_CONFIG) }),
  lora_dropout: key('adapter.dropout', { when: usesLora, default: byDefault(0.05, PEFT_CONFIG) }),
  target_modules: key('adapter.targets', {
    read: (value) => {
      if (value === 'all-linear') return 'all-linear';
      if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
      return value.includes('all-linear') ? 'all-linear' : value;
    },
    write: (to) => to,
    when: usesLora,
  }),
};

/** fms-hf-tuning's JSON: TrainingArguments, its own model and data arguments, and arguments of the launcher. */
export const fmsHfTuningAdapter = defineAdapter({
  id: 'fms-hf-tuning',
  title: 'fms-hf-tuning',
  loaders: { json: 'json', yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      { key: 'accelerate_launch_args', weight: 90 },
      { key: 'training_data_path', weight: 60 },
      { key: 'data_config_path', weight: 40 },
      { key: 'peft_method', weight: 40 },
      { key: 'response_template', weight: 20 },
      { key: 'per_device_train_batch_size', weight: 10 },
      { key: 'base_model', weight: -200 },
      { key: 'finetuning_type', weight: -200 },
    ]),
  keys: { ...OWN_KEYS, ...TRAINING_ARGUMENT_KEYS },
  schema: SCHEMA,
  policy: { unknownKeys: 'dropped', castsNumbers: () => false },
  join: assumeOwnDefaults,
  settle: settleFms,
});

/** Where its defaults differ from transformers'. */
function assumeOwnDefaults({ builder }: Draft): void {
  builder.assume('run.task', 'causal-lm', CONFIGS);
  builder.assume('run.objective', 'sft', CONFIGS);
  builder.assume('batch.unit', 'sequences', CONFIGS);
  builder.assume('optimizer.name', 'adamw_torch', CONFIGS);
  builder.assume('schedule.saveCadence', 'epoch', CONFIGS);
  // The launcher takes every GPU it finds, whatever number the file or its launch config states.
  builder.obscure('parallel.world');
}

function settleFms(draft: Draft): void {
  const { builder } = draft;
  joinDeepSpeed(draft);
  if (draft.around.get('accelerate_launch_args.use_fsdp') === true)
    joinFsdp(draft, { options: 'accelerate_launch_args.use_fsdp', config: 'accelerate_launch_args', version: 1 });
  const launched = joinAccelerate(draft, 'accelerate_launch_args.config_file');
  // Without a launch config it shards with FSDP on several GPUs and with nothing on one.
  if (!launched) builder.obscure('sharding.engine');
  if (builder.value('schedule.saveCadence') !== 'steps' && builder.sourced('schedule.saveSteps')?.origin === 'default')
    builder.drop('schedule.saveSteps');
  for (const field of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(field, 1, TRAINING_ARGUMENTS);
  settlePrecision(draft, {
    engine: builder.value('sharding.engine'),
    mixed: mixedFromFlags(draft),
    loaded: builder.value('precision.weights'),
    frozen: (builder.value('adapter.kind') ?? 'none') !== 'none',
  });
}
