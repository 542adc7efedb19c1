import { byWord, type ConfigWriter } from '../config-writer.ts';

/** Names of schedules in transformers; what it lacks is written as the nearest it has. */
export const SCHEDULE_NAMES: Readonly<Record<string, string>> = {
  cosine: 'cosine',
  linear: 'linear',
  constant: 'constant',
  'inverse square root': 'inverse_sqrt',
};

const COSINE_TO_A_TENTH = { lr_scheduler_type: 'cosine_with_min_lr', 'lr_scheduler_kwargs.min_lr_rate': 0.1 };

/** Names of optimizers in transformers. */
export const OPTIMIZER_NAMES: Readonly<Record<string, string>> = {
  adamw_torch: 'adamw_torch',
  adamw_bnb_8bit: 'adamw_bnb_8bit',
  paged_adamw_32bit: 'paged_adamw_32bit',
  adafactor: 'adafactor',
  rmsprop: 'rmsprop',
  sgd: 'sgd',
  lion: 'lion_32bit',
};

/** Optimizer, schedule and batch as transformers' TrainingArguments name them. */
export const TRAINER_ARGUMENTS: ConfigWriter['says'] = {
  'batch.micro': 'per_device_train_batch_size',
  'batch.gradientAccumulation': 'gradient_accumulation_steps',
  'optimizer.name': byWord('optim', OPTIMIZER_NAMES),
  'optimizer.peakLearningRate': 'learning_rate',
  'optimizer.beta1': 'adam_beta1',
  'optimizer.beta2': 'adam_beta2',
  'optimizer.weightDecay': 'weight_decay',
  'schedule.totalSteps': 'max_steps',
  'schedule.epochs': 'num_train_epochs',
  'schedule.warmupSteps': 'warmup_steps',
  'schedule.warmupRatio': 'warmup_ratio',
  'schedule.kind': (kind, { values }) => {
    if (values['schedule.minLearningRate'] !== undefined || values['schedule.minRatio'] !== undefined) return {};
    return kind === 'cosine_with_min_lr' ? COSINE_TO_A_TENTH : byWord('lr_scheduler_type', SCHEDULE_NAMES)(kind);
  },
  'schedule.minLearningRate': (rate) => ({
    lr_scheduler_type: 'cosine_with_min_lr',
    'lr_scheduler_kwargs.min_lr': rate,
  }),
  'schedule.minRatio': (share) => ({
    lr_scheduler_type: 'cosine_with_min_lr',
    'lr_scheduler_kwargs.min_lr_rate': share,
  }),
  'schedule.loadBest': 'load_best_model_at_end',
  'schedule.evalCadence': 'eval_strategy',
  'schedule.saveCadence': 'save_strategy',
  'schedule.saveSteps': 'save_steps',
  'precision.fp16Flag': 'fp16',
  'precision.bf16Flag': 'bf16',
  'precision.tf32': 'tf32',
  'data.dropLast': 'dataloader_drop_last',
};
