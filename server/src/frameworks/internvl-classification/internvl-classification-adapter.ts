import { type Derivation, derive } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';

const CONFIG = 'InternVL: classification/config.py';
const MAIN = 'InternVL: classification/main.py';

/** The base learning rate is for this many images a step and is multiplied up to the batch that runs. */
const REFERENCE_BATCH = 512;

const isAdam = (around: Around): boolean => /adam/i.test(String(around.get('TRAIN.OPTIMIZER.NAME') ?? 'adamw'));

const isCosine = (around: Around): boolean => (around.get('TRAIN.LR_SCHEDULER.NAME') ?? 'cosine') === 'cosine';

/** The command line turns mixed precision on unless told otherwise. */
const usesAmp = (around: Around): boolean => around.get('AMP_OPT_LEVEL') !== 'O0';

const halfType = (value: unknown): 'fp16' | 'bf16' => (value === 'float16' ? 'fp16' : 'bf16');

/** A checkpoint to start from; nothing and an empty name are none. */
const STARTS = { read: (value: unknown) => (typeof value === 'string' && value !== '' ? false : undefined) };

const KEYS: KeyTable = {
  'DATA.BATCH_SIZE': key('batch.micro', { default: byDefault(128, CONFIG) }),
  'TRAIN.ACCUMULATION_STEPS': key('batch.gradientAccumulation', {
    // 0 and 1 both mean none.
    read: (value) => Math.max(1, castNumber(value) ?? 1),
    write: (to) => to,
    default: byDefault(1, CONFIG),
  }),
  'DATA.IMG_SIZE': key('model.imageSize', { default: byDefault(224, CONFIG) }),
  'MODEL.TYPE': key('model.name', { default: byDefault('intern_vit_6b', CONFIG) }),
  'MODEL.INTERN_VIT_6B.EMBED_DIM': key('model.hiddenSize', { default: byDefault(3200, CONFIG) }),
  'MODEL.INTERN_VIT_6B.DEPTH': key('model.layers', { default: byDefault(48, CONFIG) }),
  'MODEL.INTERN_VIT_6B.NUM_HEADS': key('model.heads', { default: byDefault(25, CONFIG) }),
  'MODEL.INTERN_VIT_6B.MLP_RATIO': key('model.intermediateSize', {
    read: (value, around) => widened(castNumber(value), around),
    default: byDefault((around: Around) => widened(4, around), CONFIG),
  }),
  'MODEL.INTERN_VIT_6B.PRETRAINED': key('run.fromScratch', STARTS),
  'MODEL.PRETRAINED': key('run.fromScratch', STARTS),
  'MODEL.RESUME': key('run.fromScratch', STARTS),
  'MODEL.INTERN_VIT_6B.USE_FLASH_ATTN': key('model.attention', {
    read: (value) => (value === true ? 'flash' : 'eager'),
    write: (to) => (to === 'flash' ? true : to === 'eager' ? false : undefined),
    default: byDefault('flash', CONFIG),
  }),
  'MODEL.INTERN_VIT_6B.FREEZE_VIT': key('adapter.freezesVisionTower', { default: byDefault(true, CONFIG) }),
  'MODEL.LABEL_SMOOTHING': key('loss.labelSmoothing', { default: byDefault(0.1, CONFIG) }),
  'TRAIN.EPOCHS': key('schedule.epochs', { default: byDefault(300, CONFIG) }),
  'TRAIN.WARMUP_EPOCHS': key('schedule.warmupRatio', {
    read: (value, around) => shareOf(castNumber(value), around),
    write: (to, around) => Math.round(to * epochsOf(around)),
    default: byDefault((around: Around) => shareOf(20, around), CONFIG),
  }),
  'TRAIN.WEIGHT_DECAY': key('optimizer.weightDecay', { default: byDefault(0.05, CONFIG) }),
  'TRAIN.BASE_LR': key('reference.baseLearningRate', { default: byDefault(5e-4, CONFIG) }),
  // Base and lowest rate are multiplied alike.
  'TRAIN.MIN_LR': key('schedule.minRatio', {
    read: (value, around) => shareOfBase(castNumber(value), around),
    default: byDefault((around: Around) => shareOfBase(5e-6, around), CONFIG),
    when: isCosine,
  }),
  'TRAIN.CLIP_GRAD': key('optimizer.maxGradNorm', { default: byDefault(5, CONFIG) }),
  'TRAIN.LR_SCHEDULER.NAME': key('schedule.kind', { default: byDefault('cosine', CONFIG) }),
  'TRAIN.OPTIMIZER.NAME': key('optimizer.name', { default: byDefault('adamw', CONFIG) }),
  'TRAIN.OPTIMIZER.EPS': key('optimizer.epsilon', { default: byDefault(1e-8, CONFIG), when: isAdam }),
  'TRAIN.OPTIMIZER.BETAS': [
    key('optimizer.beta1', {
      ...pairElement('TRAIN.OPTIMIZER.BETAS', 0),
      default: byDefault(0.9, CONFIG),
      when: isAdam,
    }),
    key('optimizer.beta2', {
      ...pairElement('TRAIN.OPTIMIZER.BETAS', 1),
      default: byDefault(0.999, CONFIG),
      when: isAdam,
    }),
  ],
  'TRAIN.OPTIMIZER.MOMENTUM': key('optimizer.momentum', {
    default: byDefault(0.9, CONFIG),
    when: (around) => !isAdam(around),
  }),
  'TRAIN.OPTIMIZER.USE_ZERO': key('sharding.zeroStage', {
    read: (value) => (value === true ? 1 : value === false ? 0 : undefined),
    default: byDefault<0 | 1>(0, CONFIG),
  }),
  AMP_TYPE: [
    key('precision.autocast', { read: halfType, default: byDefault('fp16', CONFIG), when: usesAmp }),
    key('precision.compute', { read: halfType, default: byDefault('fp16', CONFIG), when: usesAmp }),
  ],
  'TRAIN.EMA.DECAY': key('optimizer.emaDecay', {
    default: byDefault(0.9998, CONFIG),
    when: (around) => around.get('TRAIN.EMA.ENABLE') === true,
  }),
};

function widened(ratio: number | undefined, around: Around): number | undefined {
  const width = castNumber(around.get('MODEL.INTERN_VIT_6B.EMBED_DIM') ?? 3200);
  return ratio === undefined || width === undefined ? undefined : Math.trunc(ratio * width);
}

function shareOfBase(lowest: number | undefined, around: Around): number | undefined {
  const base = castNumber(around.get('TRAIN.BASE_LR') ?? 5e-4);
  return lowest === undefined || base === undefined || base <= 0 ? undefined : lowest / base;
}

function epochsOf(around: Around): number {
  return castNumber(around.get('TRAIN.EPOCHS') ?? 300) ?? 300;
}

function shareOf(warmupEpochs: number | undefined, around: Around): number | undefined {
  const epochs = epochsOf(around);
  return warmupEpochs === undefined || epochs <= 0 ? undefined : warmupEpochs / epochs;
}

const DERIVATIONS: readonly Derivation[] = [
  derive(
    'optimizer.peakLearningRate',
    ['reference.baseLearningRate', 'batch.global', 'reference.batch'],
    `base learning rate × global batch / ${REFERENCE_BATCH} (${MAIN})`,
    (base, global, reference) => (base * global) / reference,
  ),
];

/** InternVL's image classification: probes and fine-tunes of InternViT-6B, in the nested upper-case style of Swin. */
export const internvlClassificationAdapter = defineAdapter({
  id: 'internvl-classification',
  title: 'InternVL classification',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      { key: 'MODEL.INTERN_VIT_6B', weight: 70 },
      { key: 'DATA.BATCH_SIZE', weight: 10 },
      { key: 'TRAIN.BASE_LR', weight: 20 },
    ]),
  keys: KEYS,
  derivations: DERIVATIONS,
  settle: settleInternVl,
  // A file may name others to start from; they are not read, so its absent keys prove nothing.
  partial: (tree) => tree.root?.kind === 'map' && tree.root.entries.some((entry) => entry.key === 'BASE'),
});

function settleInternVl({ builder, partial }: Draft): void {
  builder.assume('run.task', 'image-classification', MAIN);
  builder.assume('batch.unit', 'images', MAIN);
  builder.assume('reference.batch', REFERENCE_BATCH, MAIN);
  builder.assume('reference.scalingRule', 'linear', MAIN);
  for (const field of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(field, 1, MAIN);
  if (partial) return;
  builder.assumeAll(
    { 'sharding.engine': 'ddp', 'schedule.saveCadence': 'epoch', 'schedule.evalCadence': 'epoch' },
    MAIN,
  );
}
