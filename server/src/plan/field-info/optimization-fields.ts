import type { FieldInfo } from './field-info.ts';

/** The optimizer, its schedule and the references the config itself states. */
export const OPTIMIZATION_FIELDS = {
  'optimizer.name': { label: 'optimizer', meaning: 'The optimizer, by its canonical name', aliases: ['optim'] },
  'optimizer.peakLearningRate': {
    label: 'peak learning rate',
    meaning: 'The learning rate after warmup',
    aliases: ['lr', 'learning rate', 'max lr'],
  },
  'optimizer.weightDecay': {
    label: 'weight decay',
    meaning: 'Decoupled weight decay, or the L2 coefficient for SGD',
    aliases: ['wd'],
  },
  'optimizer.beta1': { label: 'beta1', meaning: "Decay of Adam's first moment", aliases: ['adam_beta1'] },
  'optimizer.beta2': { label: 'beta2', meaning: "Decay of Adam's second moment", aliases: ['adam_beta2'] },
  'optimizer.epsilon': { label: 'epsilon', meaning: "Adam's denominator offset", aliases: ['adam_epsilon'] },
  'optimizer.momentum': { label: 'momentum', meaning: "SGD's momentum", aliases: [] },
  'optimizer.maxGradNorm': {
    label: 'gradient clipping norm',
    meaning: 'Gradients are scaled down to this norm; 0 means no clipping',
    aliases: ['gradient clipping'],
  },
  'optimizer.inBackward': {
    label: 'optimizer in backward',
    meaning: 'Each parameter is stepped as its gradient arrives, so gradients are never all live',
    aliases: ['optimizer in backward'],
  },
  'optimizer.stateDtype': {
    label: 'optimizer state dtype',
    meaning: "The dtype of the optimizer's states, where the framework states it",
    aliases: [],
  },
  'optimizer.rank': {
    label: 'projection rank',
    meaning: 'Rank of a low-rank gradient projection (GaLore, APOLLO)',
    aliases: ['galore rank'],
  },
  'optimizer.emaDecay': {
    label: 'EMA decay',
    meaning: 'Decay of an exponential moving average of the weights',
    aliases: ['ema'],
  },
  'optimizer.mup': {
    label: 'muP',
    meaning:
      'The learning rate is stated at a base width and divided by the width ratio (maximal-update parametrisation)',
    aliases: ['maximal update parametrization', 'use_mup'],
  },
  'schedule.kind': { label: 'schedule', meaning: 'Shape of the learning-rate schedule', aliases: ['lr scheduler'] },
  'schedule.warmupSteps': {
    label: 'warmup steps',
    unit: 'steps',
    meaning: 'Optimizer steps over which the learning rate climbs',
    aliases: ['warmup'],
  },
  'schedule.warmupRatio': {
    label: 'warmup ratio',
    unit: 'share of the run',
    meaning: 'Warmup as a share of all steps',
    aliases: ['warmup ratio'],
  },
  'schedule.totalSteps': {
    label: 'total steps',
    unit: 'steps',
    meaning: 'Optimizer steps in the run',
    aliases: ['max steps', 'train iters'],
  },
  'schedule.epochs': {
    label: 'epochs',
    unit: 'epochs',
    meaning: 'Passes over the training data',
    aliases: ['num epochs'],
  },
  'schedule.decaySteps': {
    label: 'decay steps',
    unit: 'steps',
    meaning: 'Steps over which the learning rate falls, after warmup',
    aliases: ['lr_decay_iters'],
  },
  'schedule.holdSteps': {
    label: 'hold steps',
    unit: 'steps',
    meaning: 'Steps for which the learning rate is held, at its peak or at its least',
    aliases: ['constant_steps', 'hold_steps'],
  },
  'schedule.totalTokens': {
    label: 'total tokens',
    unit: 'tokens',
    meaning: 'Tokens trained on over the whole run',
    aliases: ['token budget', 'horizon'],
  },
  'schedule.minLearningRate': {
    label: 'final learning rate',
    meaning: 'Where the learning rate ends',
    aliases: ['min lr'],
  },
  'schedule.minRatio': {
    label: 'final share of the learning rate',
    unit: 'share of the peak',
    meaning: 'Final learning rate as a share of the peak',
    aliases: ['alpha_f', 'min_lr_ratio'],
  },
  'schedule.evalCadence': { label: 'evaluation cadence', meaning: 'When evaluation runs', aliases: ['eval strategy'] },
  'schedule.evalSteps': {
    label: 'evaluation interval',
    unit: 'steps',
    meaning: 'Steps between evaluations',
    aliases: ['eval interval'],
  },
  'schedule.saveCadence': {
    label: 'checkpoint cadence',
    meaning: 'When checkpoints are written',
    aliases: ['save strategy'],
  },
  'schedule.saveSteps': {
    label: 'checkpoint interval',
    unit: 'steps',
    meaning: 'Steps between checkpoints',
    aliases: ['checkpoint interval'],
  },
  'schedule.loadBest': {
    label: 'best checkpoint loaded',
    meaning: 'The best checkpoint is loaded at the end',
    aliases: ['load_best_model_at_end'],
  },
  'reference.batch': {
    label: 'base batch',
    unit: 'sequences',
    meaning: 'Batch that the stated base learning rate belongs to',
    aliases: ['base batch'],
  },
  'reference.baseLearningRate': {
    label: 'base learning rate',
    meaning: 'Learning rate at the reference batch, rescaled by the framework at run time',
    aliases: ['base lr'],
  },
  'reference.scalingRule': {
    label: 'learning-rate scaling rule',
    meaning: 'How the framework itself rescales the learning rate',
    aliases: ['auto lr scaling'],
  },
  'reference.world': {
    label: 'base world size',
    unit: 'GPUs',
    meaning: 'World size the config was written for',
    aliases: [],
  },
} as const satisfies Readonly<Record<string, FieldInfo>>;
