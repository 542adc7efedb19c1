import schema from '../../../../schemas/timm.schema.json' with { type: 'json' };
import { type Derivation, derive } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

const TRAIN = 'timm: train.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };

/** Without a rate of its own a run scales the base rate to its batch. */
const isScaled = (around: Around): boolean => castNumber(around.get('lr') ?? null) === undefined;
const optimizer = (around: Around): string => String(around.get('opt') ?? 'sgd').toLowerCase();
const usesMomentum = (around: Around): boolean => /sgd|momentum|nesterov|lars|rmsprop/.test(optimizer(around));

function shareOf(warmup: number | undefined, around: Around): number | undefined {
  const epochs = positive(around.get('epochs') ?? 300);
  return warmup === undefined || epochs === undefined ? undefined : warmup / epochs;
}

const KEYS: KeyTable = {
  batch_size: key('batch.micro', { ...count, default: byDefault(128, TRAIN) }),
  validation_batch_size: key('batch.eval', count),
  grad_accum_steps: key('batch.gradientAccumulation', { ...count, default: byDefault(1, TRAIN) }),
  opt: key('optimizer.name', {
    read: (value) => (/^(sgd|nesterov)$/i.test(String(value)) ? 'sgd_momentum' : String(value)),
    write: (to) => (to === 'sgd_momentum' ? 'sgd' : to),
    default: byDefault('sgd_momentum', TRAIN),
  }),
  opt_eps: key('optimizer.epsilon', plain),
  opt_betas: [
    key('optimizer.beta1', { read: (value) => (Array.isArray(value) ? castNumber(value[0] ?? null) : undefined) }),
    key('optimizer.beta2', { read: (value) => (Array.isArray(value) ? castNumber(value[1] ?? null) : undefined) }),
  ],
  momentum: key('optimizer.momentum', { ...plain, default: byDefault(0.9, TRAIN), when: usesMomentum }),
  weight_decay: key('optimizer.weightDecay', { ...plain, default: byDefault(2e-5, TRAIN) }),
  clip_grad: key('optimizer.maxGradNorm', { ...plain, default: byDefault(0, TRAIN) }),
  lr: key('optimizer.peakLearningRate', plain),
  lr_base: key('reference.baseLearningRate', { ...plain, default: byDefault(0.1, TRAIN), when: isScaled }),
  lr_base_size: key('reference.batch', { ...count, default: byDefault(256, TRAIN), when: isScaled }),
  lr_base_scale: key('reference.scalingRule', {
    read: (value) => (value === 'sqrt' || value === 'linear' ? value : undefined),
    write: (to) => (to === 'none' ? undefined : to),
    // Adaptive optimizers grow by the root, by a part of their names.
    default: byDefault(scalingOf, TRAIN),
    when: isScaled,
  }),
  sched: key('schedule.kind', { default: byDefault('cosine', TRAIN) }),
  epochs: key('schedule.epochs', { ...count, default: byDefault(300, TRAIN) }),
  warmup_epochs: key('schedule.warmupRatio', {
    read: (value, around) => shareOf(castNumber(value), around),
    write: (to, around) => Math.round(to * (positive(around.get('epochs') ?? 300) ?? 300)),
    default: byDefault((around: Around) => shareOf(5, around), TRAIN),
  }),
  min_lr: key('schedule.minLearningRate', { ...plain, default: byDefault(0, TRAIN) }),
  model: key('model.name', { default: byDefault('resnet50', TRAIN) }),
  pretrained: key('run.fromScratch', {
    read: (value) => (typeof value === 'boolean' ? !value : undefined),
    write: (to) => !to,
    default: byDefault(true, TRAIN),
  }),
  img_size: key('model.imageSize', count),
  input_size: key('model.imageSize', {
    read: (value) => (Array.isArray(value) ? positive(value.at(-1) ?? 0) : undefined),
  }),
  smoothing: key('loss.labelSmoothing', { ...plain, default: byDefault(0.1, TRAIN) }),
  model_ema_decay: key('optimizer.emaDecay', {
    ...plain,
    default: byDefault(0.9998, TRAIN),
    when: (around) => around.get('model_ema') === true,
  }),
  sync_bn: key('model.batchNorm', {
    read: (value) => (value === true ? 'sync' : undefined),
    write: (to) => (to === 'sync' ? true : to === 'batch' ? false : undefined),
    default: byDefault(
      (around) => (hasBatchNorm(around) ? ('batch' as const) : undefined),
      'timm: timm/models, norm_layer',
    ),
  }),
  grad_checkpointing: key('activations.checkpointing', {
    read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
    default: byDefault('none', TRAIN),
  }),
  amp: [
    key('precision.autocast', {
      read: (value, around) => (value === true ? mixedDtype(around) : value === false ? 'off' : undefined),
      default: byDefault('off', TRAIN),
    }),
    key('precision.compute', {
      read: (value, around) => (value === true ? mixedDtype(around) : value === false ? 'fp32' : undefined),
      default: byDefault('fp32', TRAIN),
    }),
  ],
  torchcompile: key('compile.enabled', { read: (value) => (typeof value === 'string' ? true : undefined) }),
};

/** Families whose models are built with batch normalisation unless their name says another one. */
function hasBatchNorm(around: Around): boolean {
  const name = around.get('model');
  if (typeof name !== 'string' || /_gn|evos|evonorm|frozen/.test(name)) return false;
  return /^((wide_|se|eca|gluon_)?resne[x]?t(?!v2)|(tf_)?efficientnet|mobilenet|regnet|densenet|mnasnet|vgg\d+_bn)/.test(
    name,
  );
}

function scalingOf(around: Around): 'sqrt' | 'linear' {
  return /ada|lamb/.test(optimizer(around)) ? 'sqrt' : 'linear';
}

function mixedDtype(around: Around): 'bf16' | 'fp16' {
  return around.get('amp_dtype') === 'bfloat16' ? 'bf16' : 'fp16';
}

const DERIVATIONS: readonly Derivation[] = [
  derive(
    'optimizer.peakLearningRate',
    ['reference.baseLearningRate', 'batch.global', 'reference.batch', 'reference.scalingRule'],
    `base learning rate, scaled from the base batch (${TRAIN})`,
    (base, global, reference, rule) => base * (rule === 'sqrt' ? Math.sqrt(global / reference) : global / reference),
  ),
];

/** timm's training script: its `args.yaml` and the configs it takes. */
export const timmAdapter = defineAdapter({
  id: 'timm',
  title: 'timm',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      ...['lr_base', 'lr_base_size', 'grad_accum_steps', 'opt_betas', 'layer_decay'].map((key) => ({
        key,
        weight: 20,
      })),
      ...['reprob', 'aa', 'model_ema', 'decay_epochs', 'cooldown_epochs', 'recount', 'smoothing'].map((key) => ({
        key,
        weight: 15,
      })),
      ...['opt', 'sched', 'warmup_lr', 'drop_path', 'mixup', 'cutmix', 'crop_pct', 'clip_grad'].map((key) => ({
        key,
        weight: 10,
      })),
      ...['model', 'batch_size', 'epochs'].map((key) => ({ key, weight: 3 })),
      // Its keys stand flat; a map under one of them is another framework's.
      ...['model.name', 'data.params', 'trainer', 'lr0'].map((key) => ({ key, weight: -60 })),
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle: settleTimm,
  derivations: DERIVATIONS,
});

function settleTimm({ builder }: Draft): void {
  builder.assume('run.task', 'image-classification', TRAIN);
  builder.assume('batch.unit', 'images', TRAIN);
  builder.assume('precision.weights', 'fp32', TRAIN);
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    TRAIN,
  );
  builder.assumeAll({ 'adapter.kind': 'none', 'sharding.engine': 'ddp', 'sharding.zeroStage': 0 }, TRAIN);
}
