import type { Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { readDuration } from '../kit/duration.ts';
import { byDefault, castNumber, key, oneOf, positive, whereAbsent } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';

export const CONFIG = 'OLMo: olmo/config.py';
const MODEL = 'OLMo: olmo/model.py';
const SCHEDULER = 'OLMo: olmo/optim.py (build_scheduler)';

const COUNT = { read: positive, write: (to: number): ConfigValue => to };
const num = (around: Around, path: string, usual: number): number => castNumber(around.get(path) ?? usual) ?? usual;

/** Tokens of one optimizer step. */
export function tokensPerStep(around: Around): number {
  return num(around, 'global_train_batch_size', 512) * num(around, 'model.max_sequence_length', 1024);
}

/** A schedule's length in steps; `units: tokens` counts tokens instead. */
function inSteps(value: ConfigValue, around: Around): number | undefined {
  const number = castNumber(value);
  if (number === undefined) return undefined;
  return around.get('scheduler.units') === 'tokens' ? Math.round(number / tokensPerStep(around)) : number;
}

const STEPS = {
  read: inSteps,
  write: (to: number, around: Around): ConfigValue =>
    around.get('scheduler.units') === 'tokens' ? to * tokensPerStep(around) : to,
};

/** Steps of the run: as stated, or tokens by the tokens of a step; `stop_at` may end it earlier. */
function totalSteps(value: ConfigValue, around: Around): number | undefined {
  const duration = readDuration(value);
  if (duration?.unit === 'steps') return earlier(duration.amount, around);
  if (duration?.unit !== 'tokens') return undefined;
  return earlier(Math.floor(duration.amount / tokensPerStep(around)), around);
}

function earlier(steps: number, around: Around): number {
  return Math.min(steps, positive(around.get('stop_at') ?? null) ?? steps);
}

const gates = (around: Around): boolean => (around.get('model.activation_type') ?? 'swiglu') === 'swiglu';
const half = (value: ConfigValue, around: Around): number | undefined => {
  const width = positive(value);
  return width === undefined ? undefined : gates(around) ? width / 2 : width;
};

/** The largest batch of evaluators that all state one of their own; olmo: olmo/eval/__init__.py, build_evaluator. */
function largestOwnBatch(value: ConfigValue): number | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const own = value.map((one) =>
    typeof one === 'object' && one !== null && 'device_eval_batch_size' in one
      ? positive(one.device_eval_batch_size)
      : undefined,
  );
  const stated = own.filter((size) => size !== undefined);
  return stated.length === own.length ? Math.max(...stated) : undefined;
}

/** Layers that checkpoint: all, one in several, or parts of each. */
const EVERY: Readonly<Record<string, number>> = { one_in_two: 2, one_in_three: 3, one_in_four: 4, one_in_eight: 8 };

export const OLMO_KEYS: KeyTable = {
  device_train_microbatch_size: key('batch.micro', { ...COUNT, default: byDefault(16, CONFIG) }),
  global_train_batch_size: key('batch.global', { ...COUNT, default: byDefault(512, CONFIG) }),
  // An evaluator's own batch counts for it.
  evaluators: key('batch.eval', { read: largestOwnBatch }),
  device_eval_batch_size: key('batch.eval', { ...COUNT, default: byDefault(16, CONFIG) }),

  'model.d_model': key('model.hiddenSize', { read: positive, default: byDefault(768, CONFIG) }),
  'model.n_layers': key('model.layers', { read: positive, default: byDefault(12, CONFIG) }),
  'model.n_heads': key('model.heads', { read: positive, default: byDefault(12, CONFIG) }),
  'model.multi_query_attention': key('model.kvHeads', { read: (value) => (value === true ? 1 : undefined) }),
  'model.n_kv_heads': key('model.kvHeads', {
    read: positive,
    default: byDefault((around: Around) => num(around, 'model.n_heads', 12), CONFIG),
  }),
  'model.mlp_hidden_size': key('model.intermediateSize', { read: half }),
  'model.mlp_ratio': key('model.intermediateSize', {
    read: (value, around) => {
      const ratio = positive(value);
      return ratio === undefined ? undefined : half(ratio * num(around, 'model.d_model', 768), around);
    },
    default: byDefault((around: Around) => half(4 * num(around, 'model.d_model', 768), around), CONFIG),
  }),
  'model.embedding_size': key('model.vocabSize', { read: positive }),
  'model.vocab_size': key('model.vocabSize', {
    read: (value, around) => (around.has('model.embedding_size') ? positive(value) : undefined),
    // Without embedding_size there are rows for padding all the same; only its null leaves the vocabulary alone.
    when: (around) => around.get('model.embedding_size') === null || !around.has('model.embedding_size'),
    default: byDefault((around: Around) => (around.has('model.embedding_size') ? 50_257 : 50_304), CONFIG),
  }),
  'model.weight_tying': key('model.tiedEmbeddings', { default: byDefault(true, CONFIG) }),
  'model.max_sequence_length': [
    key('data.sequenceLength', { ...COUNT, default: byDefault(1024, CONFIG) }),
    key('model.maxPositions', { read: positive, default: byDefault(1024, CONFIG) }),
  ],
  'model.flash_attention': key('model.attention', {
    ...oneOf<'flash' | 'sdpa' | 'eager' | 'flex' | 'xformers'>([
      [true, 'flash'],
      [false, 'sdpa'],
    ]),
    default: byDefault('sdpa', MODEL),
  }),
  'data.generate_doc_lengths': key('data.packingIsolated', { default: byDefault(false, CONFIG) }),
  'data.drop_last': key('data.dropLast', { default: byDefault(false, CONFIG) }),

  'optimizer.name': key('optimizer.name', {
    read: (value) => (typeof value === 'string' ? value.replace(/^lionw$/i, 'lion') : undefined),
    write: (to) => (to === 'lion' ? 'lionw' : to === 'adamw' ? to : undefined),
    default: byDefault('lion', CONFIG),
  }),
  'optimizer.learning_rate': key('optimizer.peakLearningRate', { default: byDefault(1e-4, CONFIG) }),
  'optimizer.weight_decay': key('optimizer.weightDecay', { default: byDefault(0.01, CONFIG) }),
  'optimizer.betas': [
    key('optimizer.beta1', { ...pairElement('optimizer.betas', 0), default: byDefault(0.9, CONFIG) }),
    key('optimizer.beta2', { ...pairElement('optimizer.betas', 1), default: byDefault(0.95, CONFIG) }),
  ],
  'optimizer.eps': key('optimizer.epsilon', { default: byDefault(1e-5, CONFIG) }),
  max_grad_norm: key('optimizer.maxGradNorm', { default: byDefault(0, CONFIG) }),

  'scheduler.name': key('schedule.kind', { default: byDefault('cosine_with_warmup', CONFIG) }),
  'scheduler.t_warmup': key('schedule.warmupSteps', {
    ...STEPS,
    default: byDefault((around: Around) => inSteps(100, around), `${CONFIG}, ${SCHEDULER}`),
  }),
  'scheduler.t_max': key(
    'schedule.decaySteps',
    decayEnd({ ...STEPS, warmup: (_end, around) => inSteps(around.get('scheduler.t_warmup') ?? 100, around) }),
  ),
  'scheduler.alpha_f': key('schedule.minRatio', { default: byDefault(0.1, CONFIG) }),
  max_duration: [
    key('schedule.totalSteps', {
      read: totalSteps,
      write: (to, around) => {
        // Beyond stop_at a longer duration changes nothing but the schedule.
        if (earlier(to, around) < to) return undefined;
        const unit = readDuration(around.get('max_duration') ?? null)?.unit;
        return unit === 'tokens' ? `${to * tokensPerStep(around)}T` : unit === 'epochs' ? undefined : to;
      },
      default: whereAbsent('max_duration', (around: Around) => earlier(10_000, around), CONFIG),
    }),
    key('schedule.epochs', {
      read: (value) => {
        const duration = readDuration(value);
        return duration?.unit === 'epochs' ? duration.amount : undefined;
      },
      write: (to) => `${to}ep`,
    }),
  ],
  stop_at: key('schedule.totalSteps', {
    read: (value, around) =>
      readDuration(around.get('max_duration') ?? null)?.unit === 'epochs' ? positive(value) : undefined,
    write: (to) => to,
  }),
  eval_interval: key('schedule.evalSteps', { ...COUNT, default: byDefault(1000, CONFIG) }),
  // Replicated weights are saved whole, at the interval of whole checkpoints where there is one.
  save_interval_unsharded: key('schedule.saveSteps', {
    ...COUNT,
    when: (around) => around.get('distributed_strategy') === 'ddp',
  }),
  save_interval: key('schedule.saveSteps', { ...COUNT, default: byDefault(1000, CONFIG) }),

  activation_checkpointing: [
    key('activations.checkpointing', {
      read: (value): Checkpointing | undefined => {
        if (value === false) return 'none';
        if (value === true || value === 'whole_layer' || EVERY[String(value)] !== undefined) return 'full';
        return value === 'fine_grained' ? 'selective' : undefined;
      },
      write: (to) => ({ full: 'whole_layer', selective: 'fine_grained', none: null })[to],
      default: whereAbsent<Checkpointing>('activation_checkpointing', 'none', CONFIG),
    }),
    key('activations.checkpointEvery', { read: (value) => EVERY[String(value)] }),
  ],
  compile: key('compile.enabled', {
    read: (value) => (typeof value === 'object' ? true : undefined),
    default: byDefault(false, CONFIG),
  }),
  'fsdp.sharding_strategy': key('sharding.reshardAfterForward', {
    read: (value) =>
      value === 'FULL_SHARD' || value === 'HYBRID_SHARD' ? true : value === 'SHARD_GRAD_OP' ? false : undefined,
    write: (to) => (to ? 'FULL_SHARD' : 'SHARD_GRAD_OP'),
    when: (around) => (around.get('distributed_strategy') ?? 'fsdp') === 'fsdp',
    default: whereAbsent('fsdp.sharding_strategy', true, CONFIG),
  }),
};
