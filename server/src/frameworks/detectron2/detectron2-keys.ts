import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const DEFAULTS = 'detectron2: detectron2/config/defaults.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };

/** Batch, rate and length are then meant for that many workers and rescaled to those that run. */
const isRescaled = (around: Around): boolean => positive(around.get('SOLVER.REFERENCE_WORLD_SIZE') ?? 0) !== undefined;
const asWritten = (around: Around): boolean => !isRescaled(around);

const clips = (around: Around): boolean => around.get('SOLVER.CLIP_GRADIENTS.ENABLED') === true;
const clipsNorm = (around: Around): boolean =>
  clips(around) && /norm/.test(String(around.get('SOLVER.CLIP_GRADIENTS.CLIP_TYPE') ?? 'value'));

const SCHEDULES = oneOf<string>([
  ['WarmupMultiStepLR', 'multistep'],
  ['WarmupCosineLR', 'cosine'],
  ['WarmupStepWithFixedGammaLR', 'step'],
  ['WarmupPolyLR', 'polynomial'],
]);

/** Normalisation over the batch that a config's `NORM` names; frozen statistics and group norm depend on no batch. */
const NORMS = oneOf<'batch' | 'sync' | 'none'>([
  ['BN', 'batch'],
  ['SyncBN', 'sync'],
  ['nnSyncBN', 'sync'],
  ['naiveSyncBN', 'sync'],
  ['FrozenBN', 'none'],
  ['GN', 'none'],
  ['LN', 'none'],
  ['', 'none'],
]);

/** Keys of detectron2's yacs configs with their defaults. */
export const DETECTRON2_KEYS: KeyTable = {
  'SOLVER.IMS_PER_BATCH': [
    key('batch.global', { ...count, default: byDefault(16, DEFAULTS), when: asWritten }),
    key('reference.batch', { ...count, default: byDefault(16, DEFAULTS), when: isRescaled }),
  ],
  'SOLVER.BASE_LR': [
    key('optimizer.peakLearningRate', { ...plain, default: byDefault(0.001, DEFAULTS), when: asWritten }),
    key('reference.baseLearningRate', { ...plain, default: byDefault(0.001, DEFAULTS), when: isRescaled }),
  ],
  'SOLVER.REFERENCE_WORLD_SIZE': key('reference.world', count),
  'SOLVER.MAX_ITER': key('schedule.totalSteps', { ...count, default: byDefault(40_000, DEFAULTS), when: asWritten }),
  'SOLVER.WARMUP_ITERS': key('schedule.warmupSteps', {
    ...plain,
    default: byDefault(1000, DEFAULTS),
    when: asWritten,
  }),
  'SOLVER.LR_SCHEDULER_NAME': key('schedule.kind', { ...SCHEDULES, default: byDefault('multistep', DEFAULTS) }),
  'SOLVER.BASE_LR_END': key('schedule.minLearningRate', {
    ...plain,
    when: (around) => around.get('SOLVER.LR_SCHEDULER_NAME') === 'WarmupCosineLR',
  }),
  'SOLVER.OPTIMIZER': key('optimizer.name', {
    read: (value) => optimizerName(value),
    write: (to) => (/^[a-z]+$/.test(to) ? to.toUpperCase() : undefined),
  }),
  'SOLVER.MOMENTUM': key('optimizer.momentum', { ...plain, default: byDefault(0.9, DEFAULTS) }),
  'SOLVER.WEIGHT_DECAY': key('optimizer.weightDecay', { ...plain, default: byDefault(1e-4, DEFAULTS) }),
  'SOLVER.CLIP_GRADIENTS.CLIP_VALUE': key('optimizer.maxGradNorm', {
    ...plain,
    default: byDefault((around: Around) => (clipsNorm(around) ? 1 : undefined), DEFAULTS),
    when: clipsNorm,
  }),
  'SOLVER.CLIP_GRADIENTS.ENABLED': key('optimizer.maxGradNorm', {
    read: (value) => (value === false ? 0 : undefined),
    default: byDefault((around: Around) => (clips(around) ? undefined : 0), DEFAULTS),
  }),
  'SOLVER.CHECKPOINT_PERIOD': key('schedule.saveSteps', { ...count, default: byDefault(5000, DEFAULTS) }),
  'TEST.EVAL_PERIOD': key('schedule.evalSteps', count),
  'SOLVER.AMP.ENABLED': [
    key('precision.autocast', {
      read: (value) => (value === true ? 'fp16' : value === false ? 'off' : undefined),
      write: (to) => (to === 'fp16' ? true : to === 'off' ? false : undefined),
      default: byDefault('off', DEFAULTS),
    }),
    key('precision.compute', {
      read: (value) => (value === true ? 'fp16' : value === false ? 'fp32' : undefined),
      default: byDefault('fp32', DEFAULTS),
    }),
    key('precision.lossScaling', { read: (value) => value === true }),
  ],
  'MODEL.WEIGHTS': [
    key('model.name', { read: (value) => (typeof value === 'string' && value !== '' ? value : undefined) }),
    key('run.fromScratch', { read: (value) => value === '', default: byDefault(true, DEFAULTS) }),
  ],
  'MODEL.RESNETS.NORM': key('model.batchNorm', { ...NORMS, default: byDefault('none', DEFAULTS) }),
};

/** Projects that bring other optimizers name them here; plain detectron2 knows only SGD. */
function optimizerName(value: ConfigValue): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.toLowerCase() === 'sgd' ? 'sgd_momentum' : value.toLowerCase();
}
