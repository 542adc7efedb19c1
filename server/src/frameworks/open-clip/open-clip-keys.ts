import type { Checkpointing, TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';

export const PARAMS = 'open_clip: src/open_clip_train/params.py';
const MODEL_CONFIGS = 'open_clip: src/open_clip/model_configs';

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };

/** A value under its name as a flag (`batch-size`) or as Python keeps it (`batch_size`). */
export function paramOf(around: Around, name: string): ConfigValue | undefined {
  return around.get(name) ?? around.get(name.replaceAll('-', '_'));
}

/** Values of `precision`: what is multiplied in, and what weights are kept in. */
export const PRECISIONS: Readonly<
  Record<string, { readonly weights: TensorDtype; readonly autocast: TensorDtype | 'off' }>
> = {
  amp: { weights: 'fp32', autocast: 'fp16' },
  amp_bf16: { weights: 'fp32', autocast: 'bf16' },
  amp_bfloat16: { weights: 'fp32', autocast: 'bf16' },
  fp32: { weights: 'fp32', autocast: 'off' },
  fp16: { weights: 'fp16', autocast: 'off' },
  bf16: { weights: 'bf16', autocast: 'off' },
  pure_bf16: { weights: 'bf16', autocast: 'off' },
  pure_fp16: { weights: 'fp16', autocast: 'off' },
};

/** Adam's defaults differ for vision transformers and convolutional networks. */
function forModel(vit: number, other: number) {
  return byDefault((around: Around) => {
    const model = around.get('model');
    return typeof model === 'string' && model.toLowerCase().includes('vit') ? vit : other;
  }, PARAMS);
}

const isFromScratch = (around: Around): boolean => {
  const pretrained = paramOf(around, 'pretrained') ?? '';
  return pretrained === '' && paramOf(around, 'pretrained-image') !== true;
};

/** One side of the image in the model's own configuration, where its name tells. */
function imageSizeOf(model: ConfigValue | undefined): number | undefined {
  if (typeof model !== 'string') return undefined;
  const stated = /[-_](\d{3})$/.exec(model)?.[1];
  if (stated !== undefined) return Number(stated);
  return /^(ViT-[A-Za-z]+-\d+(-quickgelu)?|RN50|RN101)$/.test(model) ? 224 : undefined;
}

const FLAGS: Readonly<Record<string, AnyKeyRow | readonly AnyKeyRow[]>> = {
  'batch-size': key('batch.micro', { ...WHOLE, default: byDefault(64, PARAMS) }),
  'accum-freq': [
    key('batch.gradientAccumulation', { ...WHOLE, default: byDefault(1, PARAMS) }),
    // Accumulation keeps the features of every micro batch, so each pair meets all of them.
    key('contrastive.cachedMicro', {
      read: (value, around) => ((positive(value) ?? 1) > 1 ? positive(paramOf(around, 'batch-size') ?? 64) : undefined),
    }),
  ],
  epochs: key('schedule.epochs', { ...WHOLE, default: byDefault(32, PARAMS) }),
  'train-num-samples': key('data.examples', WHOLE),
  lr: key('optimizer.peakLearningRate', { default: byDefault(5e-4, PARAMS) }),
  wd: key('optimizer.weightDecay', { default: byDefault(0.2, PARAMS) }),
  beta1: key('optimizer.beta1', { default: byDefault(0.9, PARAMS) }),
  beta2: key('optimizer.beta2', { default: forModel(0.98, 0.999) }),
  eps: key('optimizer.epsilon', { default: forModel(1e-6, 1e-8) }),
  momentum: key('optimizer.momentum'),
  opt: key('optimizer.name', { default: byDefault('adamw', PARAMS) }),
  'grad-clip-norm': key('optimizer.maxGradNorm', { default: byDefault(0, PARAMS) }),
  warmup: key('schedule.warmupSteps', {
    read: (value) => castNumber(value),
    write: (to) => to,
    default: byDefault(10_000, PARAMS),
  }),
  'lr-scheduler': key('schedule.kind', { default: byDefault('cosine', PARAMS) }),
  precision: key('precision.weights', {
    read: (value) => PRECISIONS[String(value)]?.weights,
    default: byDefault('fp32' as const, PARAMS),
  }),
  'grad-checkpointing': key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault<Checkpointing>('none', PARAMS),
  }),
  torchcompile: key('compile.enabled', { default: byDefault(false, PARAMS) }),
  siglip: key('contrastive.loss', {
    read: (value) => (value === true ? 'SigLipLoss' : 'ClipLoss'),
    write: (to) => to === 'SigLipLoss',
    default: byDefault('ClipLoss', 'open_clip: src/open_clip/factory.py'),
  }),
  'local-loss': key('contrastive.gathered', {
    read: () => true,
    default: byDefault(true, 'open_clip: src/open_clip/loss.py'),
  }),
  'use-bn-sync': key('model.batchNorm', { read: (value) => (value === true ? 'sync' : undefined) }),
};

/** Both spellings of every flag, and the names that need no second one. */
export const OPEN_CLIP_KEYS: KeyTable = {
  ...FLAGS,
  ...Object.fromEntries(
    Object.entries(FLAGS).flatMap(([name, rows]) =>
      name.includes('-') ? [[name.replaceAll('-', '_'), rows] as const] : [],
    ),
  ),
  'force-image-size': key('model.imageSize', WHOLE),
  force_image_size: key('model.imageSize', WHOLE),
  model: [
    key('model.name'),
    key('model.imageSize', {
      read: imageSizeOf,
      default: byDefault((around) => imageSizeOf(around.get('model')), MODEL_CONFIGS),
    }),
  ],
  pretrained: key('run.fromScratch', {
    read: (_value, around) => isFromScratch(around),
    default: byDefault((around: Around) => isFromScratch(around), PARAMS),
  }),
  world_size: key('parallel.world', WHOLE),
};
