import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';

const DEFAULTS = 'vissl: vissl/config/defaults.yaml';
const LR = 'config.OPTIMIZER.param_schedulers.lr';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };
const flag = {
  read: (value: ConfigValue) => (typeof value === 'boolean' ? value : undefined),
  write: (to: boolean) => to,
};

/** The stated rates are for a base batch then and multiplied up to the batch that runs. */
const isScaled = (around: Around): boolean => around.get(`${LR}.auto_lr_scaling.auto_scale`) === true;
const isUnscaled = (around: Around): boolean => !isScaled(around);
const scheduleIs = (name: string) => (around: Around) =>
  isUnscaled(around) && String(around.get(`${LR}.name`) ?? 'multistep') === name;

/** A trunk of transformer blocks has no batch normalisation. */
const hasBatchNorm = (around: Around): boolean =>
  !/transformer|xcit|beit|convit|vit|swin/i.test(String(around.get('config.MODEL.TRUNK.NAME') ?? ''));

const peak = (read: (value: ConfigValue) => number | undefined, when: (around: Around) => boolean): AnyKeyRow =>
  key('optimizer.peakLearningRate', { read, when });

export const VISSL_KEYS: KeyTable = {
  'config.DATA.TRAIN.BATCHSIZE_PER_REPLICA': key('batch.micro', { ...count, default: byDefault(256, DEFAULTS) }),
  'config.DATA.TEST.BATCHSIZE_PER_REPLICA': key('batch.eval', count),
  'config.DATA.TRAIN.DATA_SOURCES': key('data.synthetic', {
    read: (value) => (Array.isArray(value) && value.includes('synthetic') ? true : undefined),
  }),
  'config.DATA.TRAIN.DROP_LAST': key('data.dropLast', { ...flag, default: byDefault(false, DEFAULTS) }),
  'config.DATA.TRAIN.TRANSFORMS': key('model.imageSize', { read: cropSize }),
  'config.DISTRIBUTED.NUM_NODES': key('parallel.nodes', { ...count, default: byDefault(1, DEFAULTS) }),
  'config.DISTRIBUTED.NUM_PROC_PER_NODE': key('parallel.gpusPerNode', { ...count, default: byDefault(8, DEFAULTS) }),

  'config.OPTIMIZER.name': key('optimizer.name', {
    read: (value, around) => optimizerName(value, around),
    write: (to, around) =>
      around.get('config.OPTIMIZER.use_larc') === true ? undefined : { sgd_momentum: 'sgd', adamw_torch: 'adamw' }[to],
    default: byDefault((around: Around) => optimizerName('sgd', around), DEFAULTS),
  }),
  // A schedule of its own puts other values in its place.
  'config.OPTIMIZER.weight_decay': key('optimizer.weightDecay', {
    ...plain,
    default: byDefault(1e-4, DEFAULTS),
    when: (around) => !around.has('config.OPTIMIZER.param_schedulers.weight_decay'),
  }),
  'config.OPTIMIZER.momentum': key('optimizer.momentum', {
    ...plain,
    default: byDefault(0.9, DEFAULTS),
    when: (around) => !/adam/i.test(String(around.get('config.OPTIMIZER.name') ?? 'sgd')),
  }),
  'config.OPTIMIZER.num_epochs': key('schedule.epochs', { ...count, default: byDefault(90, DEFAULTS) }),
  'config.OPTIMIZER.use_zero': key('sharding.zeroStage', {
    read: (value) => (value === true ? 1 : value === false ? 0 : undefined),
    write: (to) => (to === 1 ? true : to === 0 ? false : undefined),
    default: byDefault(0, DEFAULTS),
  }),

  [`${LR}.auto_lr_scaling.base_value`]: key('reference.baseLearningRate', { ...plain, when: isScaled }),
  [`${LR}.auto_lr_scaling.base_lr_batch_size`]: key('reference.batch', { ...count, when: isScaled }),
  [`${LR}.auto_lr_scaling.scaling_type`]: key('reference.scalingRule', {
    ...oneOf<'linear' | 'sqrt' | 'none'>([
      ['linear', 'linear'],
      ['sqrt', 'sqrt'],
    ]),
    default: byDefault('linear' as const, DEFAULTS),
    when: isScaled,
  }),
  [`${LR}.name`]: [
    key('schedule.kind', { read: (value) => (value === 'composite' ? undefined : String(value)) }),
    // Only a composite of several schedules can begin with a climb.
    key('schedule.warmupRatio', {
      read: (value) => (/^(multistep|cosine|constant|step)$/.test(String(value)) ? 0 : undefined),
    }),
  ],
  [`${LR}.value`]: key('optimizer.peakLearningRate', { ...plain, when: scheduleIs('constant') }),
  [`${LR}.start_value`]: key('optimizer.peakLearningRate', { ...plain, when: scheduleIs('cosine') }),
  [`${LR}.values`]: peak(largest, scheduleIs('multistep')),
  [`${LR}.schedulers`]: [
    peak(largest, scheduleIs('composite')),
    key('schedule.kind', { read: (value) => namesOf(value).at(-1), when: scheduleNamed('composite') }),
  ],
  [`${LR}.lengths`]: key('schedule.warmupRatio', {
    read: (value, around) =>
      namesOf(around.get(`${LR}.schedulers`) ?? [])[0] === 'linear' && Array.isArray(value)
        ? castNumber(value[0] ?? null)
        : undefined,
    when: scheduleNamed('composite'),
  }),

  'config.MODEL.TRUNK.REGNET.name': key('model.name', { when: trunkIs('regnet') }),
  'config.MODEL.TRUNK.RESNETS.DEPTH': key('model.name', {
    read: (value, around) =>
      positive(around.get('config.MODEL.TRUNK.RESNETS.WIDTH_MULTIPLIER') ?? 1) === 1
        ? `resnet${String(value)}`
        : undefined,
    when: trunkIs('resnet'),
  }),
  'config.MODEL.TRUNK.VISION_TRANSFORMERS.IMAGE_SIZE': key('model.imageSize'),
  'config.MODEL.TRUNK.VISION_TRANSFORMERS.NUM_LAYERS': key('model.layers'),
  'config.MODEL.TRUNK.VISION_TRANSFORMERS.NUM_HEADS': key('model.heads'),
  'config.MODEL.TRUNK.VISION_TRANSFORMERS.HIDDEN_DIM': key('model.hiddenSize'),
  'config.MODEL.TRUNK.VISION_TRANSFORMERS.MLP_DIM': key('model.intermediateSize'),
  'config.MODEL.TRUNK.BEIT.IMAGE_SIZE': key('model.imageSize', { when: trunkIs('beit') }),
  'config.MODEL.TRUNK.BEIT.NUM_LAYERS': key('model.layers', { when: trunkIs('beit') }),
  'config.MODEL.TRUNK.BEIT.NUM_HEADS': key('model.heads', { when: trunkIs('beit') }),
  'config.MODEL.TRUNK.BEIT.HIDDEN_DIM': key('model.hiddenSize', { when: trunkIs('beit') }),
  'config.MODEL.TRUNK.BEIT.MLP_RATIO': key('model.intermediateSize', {
    read: (ratio, around) => {
      const [share, width] = [positive(ratio), positive(around.get('config.MODEL.TRUNK.BEIT.HIDDEN_DIM') ?? null)];
      return share === undefined || width === undefined ? undefined : share * width;
    },
    when: trunkIs('beit'),
  }),
  'config.MODEL.SYNC_BN_CONFIG.CONVERT_BN_TO_SYNC_BN': key('model.batchNorm', {
    read: (value) => (value === true ? 'sync' : value === false ? 'batch' : undefined),
    write: (to) => (to === 'sync' ? true : to === 'batch' ? false : undefined),
    when: hasBatchNorm,
  }),
  'config.MODEL.AMP_PARAMS.USE_AMP': [
    key('precision.autocast', {
      read: (value) => (value === true ? 'fp16' : value === false ? 'off' : undefined),
      write: (to) => (to === 'fp16' ? true : to === 'off' ? false : undefined),
      default: byDefault('off', DEFAULTS),
    }),
    key('precision.compute', {
      read: (value) => (value === true ? 'fp16' : value === false ? 'fp32' : undefined),
      default: byDefault('fp32', DEFAULTS),
    }),
  ],
  'config.MODEL.ACTIVATION_CHECKPOINTING.USE_ACTIVATION_CHECKPOINTING': key('activations.checkpointing', {
    read: (value) => (value === true ? 'selective' : value === false ? 'none' : undefined),
    default: byDefault('none', DEFAULTS),
  }),
  'config.MODEL.GRAD_CLIP.MAX_NORM': key('optimizer.maxGradNorm', {
    ...plain,
    when: (around) => around.get('config.MODEL.GRAD_CLIP.USE_GRAD_CLIP') === true,
  }),
  'config.LOSS.dino_loss.momentum': key('optimizer.emaDecay', { ...plain, when: lossIs('dino_loss') }),
  'config.LOSS.moco_loss.momentum': key('optimizer.emaDecay', { ...plain, when: lossIs('moco_loss') }),
  ...Object.fromEntries(
    ['simclr_info_nce_loss', 'moco_loss', 'swav_loss', 'nce_loss_with_memory'].map((loss) => [
      `config.LOSS.${loss}.temperature`,
      key('contrastive.temperature', { ...plain, when: lossIs(loss) }),
    ]),
  ),
};

function lossIs(name: string): (around: Around) => boolean {
  return (around) => around.get('config.LOSS.name') === name;
}

function scheduleNamed(name: string): (around: Around) => boolean {
  return (around) => around.get(`${LR}.name`) === name;
}

function trunkIs(name: string): (around: Around) => boolean {
  return (around) => around.get('config.MODEL.TRUNK.NAME') === name;
}

/** SGD with layer-wise rates is LARS in all but name. */
function optimizerName(value: ConfigValue, around: Around): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value.toLowerCase();
  if (name !== 'sgd') return name;
  if (around.get('config.OPTIMIZER.use_larc') === true) return 'lars';
  return (castNumber(around.get('config.OPTIMIZER.momentum') ?? 0.9) ?? 0.9) > 0 ? 'sgd_momentum' : 'sgd';
}

/** The highest rate a list of values, or of schedules, passes through. */
function largest(value: ConfigValue): number | undefined {
  if (!Array.isArray(value)) return undefined;
  const rates = value.flatMap((item) => {
    if (!isMap(item)) return [castNumber(item)];
    return [item['start_value'], item['end_value'], item['value']].flatMap((rate) =>
      rate === undefined ? [] : [castNumber(rate)],
    );
  });
  const known = rates.filter((rate) => rate !== undefined);
  return known.length === 0 || known.length < rates.length ? undefined : Math.max(...known);
}

function namesOf(value: ConfigValue): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => (isMap(item) && typeof item['name'] === 'string' ? [item['name']] : []));
}

/** The side of the crop that the model sees; with several crops, of the large ones. */
function cropSize(value: ConfigValue): number | undefined {
  if (!Array.isArray(value)) return undefined;
  for (const transform of value) {
    if (!isMap(transform)) continue;
    const { name, size, size_crops: sizes } = transform;
    if (Array.isArray(sizes)) return positive(sizes[0] ?? 0);
    if (typeof name === 'string' && /Crop$/.test(name) && size !== undefined) return positive(size);
  }
  return undefined;
}

function isMap(value: ConfigValue): value is Readonly<Record<string, ConfigValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
