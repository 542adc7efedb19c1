import schema from '../../../../schemas/simpletuner.schema.json' with { type: 'json' };
import type { ConfigValue } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { topKeys, weigh } from '../kit/evidence.ts';
import { byDefault, castBoolean, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, Evidence, JsonSchema, KeyTable, Recognisable } from '../types.ts';

const ARGUMENTS = 'simpletuner: simpletuner/helpers/configuration/cmd_args.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };

/** A setting under its name or as the flag of that name, which the file may write alike. */
const setting = (around: Around, name: string): ConfigValue | undefined => around.get(name) ?? around.get(`--${name}`);
const isLora = (around: Around): boolean => String(setting(around, 'model_type') ?? '') === 'lora';
const isStandardLora = (around: Around): boolean =>
  isLora(around) && String(setting(around, 'lora_type') ?? 'standard') === 'standard';
const hasEma = (around: Around): boolean => castBoolean(setting(around, 'use_ema') ?? false) === true;

const SETTINGS: Readonly<Record<string, AnyKeyRow | readonly AnyKeyRow[]>> = {
  train_batch_size: key('batch.micro', count),
  gradient_accumulation_steps: key('batch.gradientAccumulation', { ...count, default: byDefault(1, ARGUMENTS) }),
  learning_rate: key('optimizer.peakLearningRate', plain),
  optimizer: key('optimizer.name'),
  lr_scheduler: key('schedule.kind'),
  lr_warmup_steps: key('schedule.warmupSteps', plain),
  lr_end: key('schedule.minLearningRate', plain),
  // 0 leaves the length of the run to the other of the two.
  max_train_steps: key('schedule.totalSteps', count),
  num_train_epochs: key('schedule.epochs', count),
  max_grad_norm: key('optimizer.maxGradNorm', plain),
  adam_beta1: key('optimizer.beta1', plain),
  adam_beta2: key('optimizer.beta2', plain),
  adam_epsilon: key('optimizer.epsilon', plain),
  adam_weight_decay: key('optimizer.weightDecay', plain),
  ema_decay: key('optimizer.emaDecay', { ...plain, when: hasEma }),
  pretrained_model_name_or_path: key('model.name'),
  model_type: key('adapter.kind', {
    read: (value, around) =>
      value === 'full' ? 'none' : isStandardLora(around) ? 'lora' : isLora(around) ? 'other' : undefined,
  }),
  lora_rank: key('adapter.rank', { ...count, when: isStandardLora }),
  lora_alpha: key('adapter.alpha', { ...plain, when: isStandardLora }),
  lora_dropout: key('adapter.dropout', { ...plain, when: isStandardLora }),
  mixed_precision: [
    key(
      'precision.compute',
      oneOf<'bf16' | 'fp16' | 'fp32' | 'fp8'>([
        ['bf16', 'bf16'],
        ['fp16', 'fp16'],
        ['no', 'fp32'],
      ]),
    ),
  ],
  gradient_checkpointing: key('activations.checkpointing', {
    read: (value) => (castBoolean(value) === true ? 'full' : castBoolean(value) === false ? 'none' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
  }),
  num_processes: key('parallel.gpusPerNode', count),
  checkpointing_steps: key('schedule.saveSteps', count),
  checkpoint_step_interval: key('schedule.saveSteps', count),
};

const KEYS: KeyTable = {
  ...SETTINGS,
  ...Object.fromEntries(Object.entries(SETTINGS).map(([name, rows]) => [`--${name}`, withoutDefaults(rows)])),
};

/** The plain spelling already brings the defaults. */
function withoutDefaults(rows: AnyKeyRow | readonly AnyKeyRow[]): readonly AnyKeyRow[] {
  return ('field' in rows ? [rows] : rows).map(({ default: _, ...row }) => row);
}

/** SimpleTuner's settings: flags of its trainer, written with or without their dashes. */
export const simpletunerAdapter = defineAdapter({
  id: 'simpletuner',
  title: 'SimpleTuner',
  loaders: { yaml: 'pyyaml', json: 'json', toml: 'toml' },
  recognise,
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle: settleSimpletuner,
});

const TELLING: Readonly<Record<string, number>> = {
  data_backend_config: 50,
  model_family: 20,
  base_model_precision: 25,
  aspect_bucket_rounding: 25,
  caption_dropout_probability: 20,
  disable_benchmark: 20,
  resolution_type: 20,
  lora_type: 10,
  lycoris_config: 20,
  flux_schedule_shift: 20,
  minimum_image_size: 10,
  train_batch_size: 10,
  pretrained_model_name_or_path: 10,
  max_train_steps: 5,
  use_ema: 10,
  learning_rate: 5,
};

function recognise(input: Recognisable): Evidence | undefined {
  const keys = topKeys(input.tree);
  const dashed = keys.has('--learning_rate') || keys.has('--train_batch_size') || keys.has('--model_family');
  const evidence = weigh(
    input,
    Object.entries(TELLING).map(([name, weight]) => ({ key: keys.has(`--${name}`) ? `--${name}` : name, weight })),
  );
  if (evidence === undefined || !dashed) return evidence;
  return { score: Math.min(100, evidence.score + 30), reasons: [...evidence.reasons, 'flags written as keys'] };
}

function settleSimpletuner({ builder, around }: Draft): void {
  builder.assume('run.task', 'diffusion', ARGUMENTS);
  builder.assume('batch.unit', 'images', ARGUMENTS);
  builder.assume('run.fromScratch', false, ARGUMENTS);
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    ARGUMENTS,
  );
  const precision = String(setting(around, 'base_model_precision') ?? 'no_change');
  const stored = { 'int8-quanto': 'int8', 'int4-quanto': 'int4', 'nf4-bnb': 'nf4', 'fp8-quanto': 'fp8' } as const;
  const quantization = Object.entries(stored).find(([name]) => name === precision)?.[1];
  if (quantization !== undefined) builder.assume('adapter.quantization', quantization, ARGUMENTS);
}
