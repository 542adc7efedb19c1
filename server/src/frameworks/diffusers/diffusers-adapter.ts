import schema from '../../../../schemas/diffusers.schema.json' with { type: 'json' };
import { type Derivation, derive, type Resident } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { settlePrecision } from '../hf-family/settle-precision.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, key, oneOf, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

/** Every training script has these arguments with these defaults; what differs by script is assumed nowhere. */
const SCRIPTS = 'diffusers: examples/text_to_image/train_text_to_image.py';

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };

const scalesRate = (around: Around): boolean => around.get('scale_lr') === true;

const KEYS: KeyTable = {
  pretrained_model_name_or_path: key('model.name'),
  train_batch_size: key('batch.micro', WHOLE),
  gradient_accumulation_steps: key('batch.gradientAccumulation', { ...WHOLE, default: byDefault(1, SCRIPTS) }),
  resolution: key('model.imageSize', WHOLE),
  // With scale_lr the script multiplies the rate by micro batch × accumulation × processes.
  learning_rate: [
    key('optimizer.peakLearningRate', { when: (around) => !scalesRate(around) }),
    key('reference.baseLearningRate', { when: scalesRate }),
  ],
  scale_lr: [
    key('reference.scalingRule', {
      read: (value) => (value === true ? 'linear' : value === false ? 'none' : undefined),
      write: (to) => (to === 'sqrt' ? undefined : to === 'linear'),
      default: byDefault('none' as const, SCRIPTS),
    }),
    key('reference.batch', { read: (value) => (value === true ? 1 : undefined) }),
  ],
  lr_scheduler: key('schedule.kind', { default: byDefault('constant', SCRIPTS) }),
  lr_warmup_steps: key('schedule.warmupSteps', { default: byDefault(500, SCRIPTS) }),
  max_train_steps: key('schedule.totalSteps', WHOLE),
  num_train_epochs: key('schedule.epochs', {
    ...WHOLE,
    when: (around) => positive(around.get('max_train_steps') ?? null) === undefined,
  }),
  checkpointing_steps: key('schedule.saveSteps', WHOLE),
  use_8bit_adam: key('optimizer.name', {
    read: (value, around) => (value === true ? 'adamw_bnb_8bit' : named(around)),
    default: byDefault((around: Around) => named(around), SCRIPTS),
  }),
  optimizer: key('optimizer.name', {
    read: (_value, around) => (around.get('use_8bit_adam') === true ? 'adamw_bnb_8bit' : named(around)),
  }),
  adam_beta1: key('optimizer.beta1', { default: byDefault(0.9, SCRIPTS), when: isAdam }),
  adam_beta2: key('optimizer.beta2', { default: byDefault(0.999, SCRIPTS), when: isAdam }),
  adam_weight_decay: key('optimizer.weightDecay', { default: byDefault(0.01, SCRIPTS), when: isAdam }),
  adam_epsilon: key('optimizer.epsilon', { default: byDefault(1e-8, SCRIPTS), when: isAdam }),
  max_grad_norm: key('optimizer.maxGradNorm', { default: byDefault(1, SCRIPTS) }),
  gradient_checkpointing: key('activations.checkpointing', {
    ...oneOf<'none' | 'full' | 'selective'>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none' as const, SCRIPTS),
  }),
  enable_xformers_memory_efficient_attention: key('model.attention', {
    read: (value) => (value === true ? 'xformers' : 'sdpa'),
    default: byDefault('sdpa' as const, 'diffusers: src/diffusers/models/attention_processor.py'),
  }),
  allow_tf32: key('precision.tf32', { default: byDefault(false, SCRIPTS) }),
  rank: [
    key('adapter.rank', { ...WHOLE, when: (around) => positive(around.get('rank') ?? null) !== undefined }),
    key('adapter.kind', { read: (value) => (positive(value) === undefined ? undefined : 'lora') }),
  ],
  ema_decay: key('optimizer.emaDecay', { when: (around) => around.get('use_ema') === true }),
};

const SCALED_RATE: readonly Derivation[] = [
  derive(
    'optimizer.peakLearningRate',
    ['reference.baseLearningRate', 'batch.global', 'reference.scalingRule'],
    'base learning rate × micro batch × gradient accumulation × processes',
    (base, global, rule) => (rule === 'linear' ? base * global : undefined),
  ),
];

/** Arguments of diffusers' training scripts kept as a flat file. */
export const diffusersAdapter = defineAdapter({
  id: 'diffusers',
  title: 'Diffusers training scripts',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'pretrained_model_name_or_path', weight: 20 },
      { key: 'scale_lr', weight: 40 },
      { key: 'train_batch_size', weight: 15 },
      { key: 'use_8bit_adam', weight: 20 },
      { key: 'snr_gamma', weight: 25 },
      { key: 'max_train_steps', weight: 10 },
      { key: 'instance_data_dir', weight: 25 },
      { key: 'instance_prompt', weight: 20 },
      { key: 'validation_prompt', weight: 15 },
      { key: 'lr_warmup_steps', weight: 10 },
      { key: 'noise_offset', weight: 10 },
      { key: 'center_crop', weight: 10 },
      { key: 'adam_weight_decay', weight: 5 },
      { key: 'enable_xformers_memory_efficient_attention', weight: 20 },
      { key: 'resolution', weight: 5 },
      // SimpleTuner, kohya's scripts and DeepSpeed use some of the same words.
      ...[
        'model_type',
        'model_family',
        'data_backend_config',
        'network_module',
        'zero_optimization',
        'job',
        'trainer',
      ].map((name) => ({ key: name, weight: -100 })),
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle,
  derivations: SCALED_RATE,
  residents,
});

function named(around: Around): string | undefined {
  const optimizer = around.get('optimizer') ?? 'adamw';
  return typeof optimizer === 'string' ? optimizer : undefined;
}

function isAdam(around: Around): boolean {
  return /adam/i.test(named(around) ?? '');
}

function settle(draft: Draft): void {
  const { builder, around } = draft;
  builder.assume('run.task', 'diffusion', SCRIPTS);
  builder.assume('batch.unit', 'images', SCRIPTS);
  builder.assume('sharding.engine', 'ddp', `${SCRIPTS} (unless a launch config says otherwise)`);
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(degree, 1, SCRIPTS);
  const mixed = MIXED[String(around.get('mixed_precision') ?? '')];
  // Without the argument the launcher decides.
  if (mixed === undefined) return;
  const lora = builder.value('adapter.kind') === 'lora';
  settlePrecision(draft, {
    engine: builder.value('sharding.engine'),
    mixed,
    // Frozen weights are cast to the mixed dtype, trained ones stay as they are.
    loaded: lora && mixed !== 'off' ? mixed : 'fp32',
    frozen: lora,
  });
}

const MIXED: Readonly<Record<string, 'off' | 'bf16' | 'fp16'>> = { no: 'off', bf16: 'bf16', fp16: 'fp16' };

function residents({ around }: Draft): readonly Resident[] {
  return around.get('use_ema') === true ? [{ role: 'ema', trainable: false }] : [];
}
