import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';

const CONFIGS = 'fairseq: fairseq/dataclass/configs.py';
const ADAM = 'fairseq: fairseq/optim/adam.py';
const COSINE = 'fairseq: fairseq/optim/lr_scheduler/cosine_lr_scheduler.py';
const POLYNOMIAL = 'fairseq: fairseq/optim/lr_scheduler/polynomial_decay_schedule.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };
const isAdam = (around: Around): boolean => optimizerName(around)?.includes('adam') === true;

/** Numbers of a list or of a tuple written as text: `[2e-5]`, `(0.9,0.98)`. */
function numbersOf(value: ConfigValue): readonly number[] {
  const items = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.replaceAll(/[()[\]\s]/g, '').split(',')
      : [value];
  const numbers = items.map((item) => castNumber(item));
  const known = numbers.filter((number) => number !== undefined);
  return known.length === numbers.length ? known : [];
}

/** A value for each epoch: one number is known only where all are the same. */
const everyEpoch = {
  read: (value: ConfigValue): number | undefined => {
    const numbers = numbersOf(value);
    return numbers.every((number) => number === numbers[0]) ? numbers[0] : undefined;
  },
  write: (to: number): ConfigValue => [to],
};

const item = (field: 'optimizer.beta1' | 'optimizer.beta2', index: 0 | 1, standard: number): AnyKeyRow =>
  key(field, {
    read: (value) => numbersOf(value)[index],
    default: byDefault((around: Around) => (isAdam(around) ? standard : undefined), ADAM),
  });

/** Settings of the optimizer, which a composite optimizer keeps for each group of parameters. */
function optimizerKeys(prefix: string): KeyTable {
  return {
    [`${prefix}_name`]: key('optimizer.name', { read: (value) => (value === 'composite' ? undefined : String(value)) }),
    [`${prefix}weight_decay`]: key('optimizer.weightDecay', {
      ...plain,
      default: byDefault((around: Around) => (isAdam(around) ? 0 : undefined), ADAM),
    }),
    [`${prefix}adam_betas`]: [item('optimizer.beta1', 0, 0.9), item('optimizer.beta2', 1, 0.999)],
    [`${prefix}adam_eps`]: key('optimizer.epsilon', {
      ...plain,
      default: byDefault((around: Around) => (isAdam(around) ? 1e-8 : undefined), ADAM),
    }),
    [`${prefix}momentum`]: key('optimizer.momentum'),
  };
}

/** Settings of the schedule, likewise. */
function scheduleKeys(prefix: string): KeyTable {
  const total = (around: Around): number | undefined => positive(around.get('optimization.max_update') ?? 0);
  return {
    [`${prefix}_name`]: key('schedule.kind', {
      read: (value) => (value === 'pass_through' ? undefined : String(value)),
    }),
    [`${prefix}warmup_updates`]: key('schedule.warmupSteps', {
      ...plain,
      default: byDefault(
        (around: Around) => (around.get(`${prefix}_name`) === 'polynomial_decay' ? 0 : undefined),
        POLYNOMIAL,
      ),
    }),
    [`${prefix}warmup_steps`]: key('schedule.warmupSteps', {
      ...plain,
      // The shares of the run win over the numbers of steps.
      when: (around) => numbersOf(around.get(`${prefix}phase_ratio`) ?? 'none').length === 0,
    }),
    [`${prefix}phase_ratio`]: key('schedule.warmupRatio', {
      read: (value) => (value === null ? undefined : numbersOf(value)[0]),
    }),
    [`${prefix}total_num_update`]: key('schedule.decaySteps', {
      // The last step of the decay, counted from the start of the run.
      read: (value, around) => {
        const [last, warmup] = [positive(value), castNumber(around.get(`${prefix}warmup_updates`) ?? 0)];
        return last === undefined || warmup === undefined || last === total(around) ? undefined : last - warmup;
      },
    }),
    [`${prefix}final_lr_scale`]: key('schedule.minRatio', plain),
    [`${prefix}min_lr`]: key('schedule.minLearningRate', {
      ...plain,
      default: byDefault(0, COSINE),
      when: (around) => around.get(`${prefix}_name`) === 'cosine',
    }),
  };
}

export const FAIRSEQ_KEYS: KeyTable = {
  'optimizer.groups.default.lr_float': key('optimizer.peakLearningRate', {
    ...plain,
    // A file with groups of other names would get one more.
    when: (around) => around.has('optimizer.groups.default'),
  }),
  'optimization.lr': key('optimizer.peakLearningRate', {
    ...everyEpoch,
    // Groups of a composite optimizer have rates of their own.
    when: (around) => !around.has('optimizer.groups'),
  }),
  'optimization.update_freq': key('batch.gradientAccumulation', { ...everyEpoch, default: byDefault(1, CONFIGS) }),
  'optimization.max_update': key('schedule.totalSteps', count),
  'optimization.max_epoch': key('schedule.epochs', count),
  'optimization.clip_norm': key('optimizer.maxGradNorm', { ...plain, default: byDefault(0, CONFIGS) }),
  ...optimizerKeys('optimizer.'),
  ...optimizerKeys('optimizer.groups.default.optimizer.'),
  ...scheduleKeys('lr_scheduler.'),
  ...scheduleKeys('optimizer.groups.default.lr_scheduler.'),
  // MMPT hands its settings on as command-line flags, so they stand flat under `optimization`.
  'optimization.optimizer': key('optimizer.name'),
  'optimization.weight_decay': key('optimizer.weightDecay'),
  'optimization.adam_betas': [item('optimizer.beta1', 0, 0.9), item('optimizer.beta2', 1, 0.999)],
  'optimization.lr_scheduler': key('schedule.kind'),
  'optimization.warmup_updates': key('schedule.warmupSteps'),

  'dataset.batch_size': key('batch.micro', count),
  'dataset.max_tokens': key('batch.microTokens', count),
  'dataset.batch_size_valid': key('batch.eval', count),
  'dataset.validate_interval_updates': key('schedule.evalSteps', count),
  'checkpoint.save_interval_updates': key('schedule.saveSteps', count),
  'task.tokens_per_sample': key('data.sequenceLength', count),
  'task.max_positions': key('data.sequenceLength', count),

  'distributed_training.distributed_world_size': key('parallel.world', count),
  'distributed_training.nprocs_per_node': key('parallel.gpusPerNode', {
    // A run of fewer processes than a node may have starts those alone.
    read: (value, around) => {
      const [most, world] = [positive(value), positive(around.get('distributed_training.distributed_world_size') ?? 0)];
      return most === undefined || world === undefined ? most : Math.min(most, world);
    },
    write: (to) => to,
    // Without the number of all processes it is what the launcher starts on this machine.
    when: (around) => around.has('distributed_training.distributed_world_size'),
  }),
  'hydra.launcher.nodes': key('parallel.nodes', { ...count, when: launchesAll }),
  'hydra.launcher.gpus_per_node': key('parallel.gpusPerNode', { ...count, when: launchesAll }),
  'common.model_parallel_size': key('parallel.tensor', { ...count, default: byDefault(1, CONFIGS) }),
  'model.checkpoint_activations': key('activations.checkpointing', {
    read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
  }),
  'common.fp16': key('precision.fp16Flag', { default: byDefault(false, CONFIGS) }),
  'common.bf16': key('precision.bf16Flag', { default: byDefault(false, CONFIGS) }),

  'model._name': key('model.name'),
  'model.encoder_layers': key('model.layers'),
  'model.depth': key('model.layers'),
  'model.decoder_layers': key('model.layers', { when: decodesOnly }),
  'model.encoder_embed_dim': key('model.hiddenSize'),
  'model.embed_dim': key('model.hiddenSize'),
  'model.decoder_embed_dim': key('model.hiddenSize', { when: decodesOnly }),
  'model.encoder_ffn_embed_dim': key('model.intermediateSize'),
  'model.decoder_ffn_embed_dim': key('model.intermediateSize', { when: decodesOnly }),
  'model.encoder_attention_heads': key('model.heads'),
  'model.num_heads': key('model.heads'),
  'model.decoder_attention_heads': key('model.heads', { when: decodesOnly }),
  'model.ema_decay': key('optimizer.emaDecay'),
  'criterion.label_smoothing': key('loss.labelSmoothing'),
};

function decodesOnly(around: Around): boolean {
  return !around.has('model.encoder_layers');
}

function optimizerName(around: Around): string | undefined {
  const name =
    around.get('optimizer.groups.default.optimizer._name') ??
    around.get('optimizer._name') ??
    around.get('optimization.optimizer');
  return typeof name === 'string' ? name : undefined;
}

/** Hydra's launcher describes the cluster's job; it tells of the run where it comes to as many processes. */
function launchesAll(around: Around): boolean {
  const [nodes, gpus] = ['nodes', 'gpus_per_node'].map((name) => positive(around.get(`hydra.launcher.${name}`) ?? 0));
  const world = positive(around.get('distributed_training.distributed_world_size') ?? 0);
  return nodes !== undefined && gpus !== undefined && nodes * gpus === world;
}
