import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { deviceCount, evalSteps } from './trainer-values.ts';

const TRAINER = 'lightning: src/lightning/pytorch/trainer/trainer.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: (value: ConfigValue) => castNumber(value), write: (to: number) => to };
const isStepBound = (around: Around): boolean => positive(around.get('trainer.max_steps') ?? null) !== undefined;

/** Where modules of one's own keep their optimizer's settings: beside its class, or among the module's arguments. */
const OPTIMIZER_PLACES = [
  'optimizer.init_args.',
  'optimizer.',
  'model.init_args.optimizer.init_args.',
  'model.init_args.optimizer.',
  'model.optimizer.init_args.',
  'model.optimizer.',
  'model.init_args.',
  'model.',
] as const;

const OPTIMIZER_CLASSES = ['optimizer', 'model.init_args.optimizer', 'model.optimizer'] as const;
const SCHEDULE_CLASSES = [
  'lr_scheduler',
  'model.init_args.lr_scheduler',
  'model.init_args.scheduler',
  'model.scheduler',
];
const DATA_PLACES = ['data.init_args.', 'data.', 'model.init_args.', 'model.'] as const;

/** Names that modules give a quantity, under each place that may hold it. */
function named(places: readonly string[], names: readonly string[], row: KeyTable[string]): KeyTable {
  return Object.fromEntries(places.flatMap((place) => names.map((name) => [place + name, row])));
}

/** A class by its path, as the command line's parser and Hydra name it. */
function classKeys(places: readonly string[], row: KeyTable[string]): KeyTable {
  return named(places, ['.class_path', '._target_'], row);
}

const betas = (at: 0 | 1) => ({
  read: (value: ConfigValue) => (Array.isArray(value) ? castNumber(value[at] ?? null) : undefined),
});

/** What Lightning's Trainer takes, and what modules and data modules of one's own are commonly told. */
export const LIGHTNING_KEYS: KeyTable = {
  'trainer.devices': key('parallel.gpusPerNode', { read: deviceCount, write: (to) => to }),
  'trainer.num_nodes': key('parallel.nodes', { ...count, default: byDefault(1, TRAINER) }),
  'trainer.accumulate_grad_batches': key('batch.gradientAccumulation', { ...count, default: byDefault(1, TRAINER) }),
  'trainer.max_steps': key('schedule.totalSteps', count),
  'trainer.max_epochs': key('schedule.epochs', { ...count, when: (around) => !isStepBound(around) }),
  'trainer.gradient_clip_val': key('optimizer.maxGradNorm', {
    ...plain,
    default: byDefault(0, TRAINER),
    when: (around) => around.get('trainer.gradient_clip_algorithm') !== 'value',
  }),
  'trainer.sync_batchnorm': key('model.batchNorm', { read: (value) => (value === true ? 'sync' : undefined) }),
  'trainer.val_check_interval': key('schedule.evalSteps', { read: evalSteps, write: (to) => to }),
  ...named(DATA_PLACES, ['batch_size', 'train_batch_size', 'batch_size_train'], key('batch.micro', count)),
  ...named(DATA_PLACES, ['eval_batch_size', 'val_batch_size', 'batch_size_val'], key('batch.eval', count)),
  ...named(DATA_PLACES, ['max_seq_length', 'max_length', 'block_size'], key('data.sequenceLength', count)),
  ...classKeys(OPTIMIZER_CLASSES, key('optimizer.name')),
  ...named(OPTIMIZER_PLACES, ['lr', 'learning_rate'], key('optimizer.peakLearningRate', plain)),
  ...named(OPTIMIZER_PLACES, ['weight_decay'], key('optimizer.weightDecay', plain)),
  ...named(OPTIMIZER_PLACES, ['momentum'], key('optimizer.momentum', plain)),
  ...named(OPTIMIZER_PLACES, ['eps'], key('optimizer.epsilon', plain)),
  ...named(OPTIMIZER_PLACES, ['betas'], [key('optimizer.beta1', betas(0)), key('optimizer.beta2', betas(1))]),
  ...named(OPTIMIZER_PLACES, ['warmup_steps', 'num_warmup_steps'], key('schedule.warmupSteps', plain)),
  ...classKeys(SCHEDULE_CLASSES, key('schedule.kind')),
  ...named(['model.init_args.', 'model.'], ['model_name_or_path', 'pretrained_model_name_or_path'], key('model.name')),
};
