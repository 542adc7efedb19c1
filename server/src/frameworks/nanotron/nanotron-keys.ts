import type { Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { readDtype, writeDtype } from '../hf-family/settle-precision.ts';
import { byDefault, castNumber, key, oneOf, positive, whereAbsent } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

export const CONFIG = 'nanotron: src/nanotron/config/config.py';
export const PARALLELISM = 'nanotron: src/nanotron/config/parallelism_config.py';
const HELPERS = 'nanotron: src/nanotron/helpers.py (lr_scheduler_builder)';
const DIMENSIONS = 'nanotron: src/nanotron/config/models_config.py';

const COUNT = { read: positive, write: (to: number): ConfigValue => to };
const MODEL = 'model.model_config';
const SCHEDULE = 'optimizer.learning_rate_scheduler';
const FACTORY = 'optimizer.optimizer_factory';

/** Steps left for the decay where it has no length of its own. */
function decaySteps(around: Around): number | undefined {
  const total = castNumber(around.get('tokens.train_steps') ?? null);
  const start = castNumber(around.get(`${SCHEDULE}.lr_decay_starting_step`) ?? 0) ?? 0;
  const warmup = castNumber(around.get(`${SCHEDULE}.lr_warmup_steps`) ?? 0) ?? 0;
  return total === undefined ? undefined : Math.max(0, total - warmup - start);
}

/** nanotron's configs, all in sections of one file. */
export const NANOTRON_KEYS: KeyTable = {
  'tokens.micro_batch_size': key('batch.micro', COUNT),
  'tokens.batch_accumulation_per_replica': key('batch.gradientAccumulation', COUNT),
  'tokens.sequence_length': key('data.sequenceLength', COUNT),
  'tokens.train_steps': key('schedule.totalSteps', COUNT),
  'tokens.val_check_interval': key('schedule.evalSteps', COUNT),
  'checkpoints.checkpoint_interval': key('schedule.saveSteps', COUNT),

  'parallelism.dp': key('parallel.data', COUNT),
  'parallelism.tp': key('parallel.tensor', COUNT),
  'parallelism.pp': key('parallel.pipeline', COUNT),
  'parallelism.context_parallel_size': key('parallel.context', { ...COUNT, default: byDefault(1, PARALLELISM) }),
  'parallelism.expert_parallel_size': key('parallel.expert', { ...COUNT, default: byDefault(1, PARALLELISM) }),
  'parallelism.tp_mode': key('parallel.sequence', {
    // One rank has nothing to scatter to, whatever the mode.
    when: (around) => around.get('parallelism.tp') !== 1,
    ...oneOf<boolean>([
      ['REDUCE_SCATTER', true],
      ['ALL_REDUCE', false],
    ]),
    default: whereAbsent('parallelism.tp_mode', false, PARALLELISM),
  }),
  'parallelism.recompute_layer': key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none', PARALLELISM),
  }),

  [`${MODEL}.hidden_size`]: key('model.hiddenSize', { read: positive }),
  [`${MODEL}.intermediate_size`]: key('model.intermediateSize', { read: positive }),
  [`${MODEL}.num_hidden_layers`]: key('model.layers', { read: positive }),
  [`${MODEL}.num_attention_heads`]: key('model.heads', { read: positive }),
  [`${MODEL}.num_key_value_heads`]: key('model.kvHeads', {
    read: positive,
    default: byDefault((around: Around) => positive(around.get(`${MODEL}.num_attention_heads`) ?? null), DIMENSIONS),
  }),
  [`${MODEL}.max_position_embeddings`]: key('model.maxPositions', COUNT),
  [`${MODEL}.tie_word_embeddings`]: key('model.tiedEmbeddings', { default: byDefault(false, DIMENSIONS) }),
  [`${MODEL}.vocab_size`]: key('model.vocabSize', { read: paddedVocabulary }),
  [`${MODEL}.sliding_window_size`]: key('model.slidingWindow', { read: positive }),
  [`${MODEL}.moe_config.num_experts`]: key('model.experts', { read: positive }),
  [`${MODEL}.moe_config.top_k`]: key('model.expertsPerToken', { read: positive }),
  [`${MODEL}.moe_config.moe_intermediate_size`]: key('model.moeIntermediateSize', { read: positive }),
  [`${MODEL}._attn_implementation`]: key('model.attention', {
    read: (value) => (value === 'sdpa' ? 'sdpa' : value === 'flex_attention' ? 'flex' : 'flash'),
    write: (to) =>
      ({ sdpa: 'sdpa', flash: 'flash_attention_2', flex: 'flex_attention', eager: undefined, xformers: undefined })[to],
    default: byDefault('flash', DIMENSIONS),
  }),
  [`${MODEL}._use_doc_masking`]: key('data.packingIsolated'),
  'model.dtype': key('precision.weights', { read: readDtype, write: (to) => writeDtype(to) }),

  'model.init_method.use_mup': key('optimizer.mup', {
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  }),

  'optimizer.zero_stage': key('sharding.zeroStage', {
    read: (value) => (value === 0 || value === 1 ? value : undefined),
    write: (to) => (to === 0 || to === 1 ? to : undefined),
  }),
  'optimizer.weight_decay': key('optimizer.weightDecay'),
  'optimizer.clip_grad': key('optimizer.maxGradNorm', { default: byDefault(0, CONFIG) }),
  [`${FACTORY}.name`]: key('optimizer.name', {
    read: (value, around) => optimizerOf(value, around),
    default: byDefault(
      (around: Around) => (around.has('optimizer') ? optimizerOf('adamW', around) : undefined),
      CONFIG,
    ),
  }),
  [`${FACTORY}.adam_beta1`]: key('optimizer.beta1'),
  [`${FACTORY}.adam_beta2`]: key('optimizer.beta2'),
  [`${FACTORY}.adam_eps`]: key('optimizer.epsilon'),
  // Before the factory, its settings stood beside it.
  'optimizer.adam_beta1': key('optimizer.beta1'),
  'optimizer.adam_beta2': key('optimizer.beta2'),
  'optimizer.adam_eps': key('optimizer.epsilon'),

  [`${SCHEDULE}.learning_rate`]: key('optimizer.peakLearningRate'),
  [`${SCHEDULE}.lr_decay_style`]: key('schedule.kind'),
  [`${SCHEDULE}.lr_warmup_steps`]: key('schedule.warmupSteps', { default: byDefault(0, CONFIG) }),
  [`${SCHEDULE}.lr_decay_steps`]: key('schedule.decaySteps', {
    ...COUNT,
    default: byDefault(decaySteps, HELPERS),
  }),
  [`${SCHEDULE}.min_decay_lr`]: key('schedule.minLearningRate'),
};

function optimizerOf(value: ConfigValue, around: Around): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.toLowerCase() !== 'adamw') return value;
  const isFused = around.get(`${FACTORY}.torch_adam_is_fused`) ?? around.get('optimizer.torch_adam_is_fused');
  return isFused === true ? 'adamw_torch_fused' : 'adamw_torch';
}

/** Rows are padded so that they split evenly over tensor-parallel ranks (src/nanotron/trainer.py). */
function paddedVocabulary(value: ConfigValue, around: Around): number | undefined {
  const size = positive(value);
  const tensor = positive(around.get('parallelism.tp') ?? null);
  const multiple = positive(around.get('model.make_vocab_size_divisible_by') ?? 1);
  if (size === undefined || tensor === undefined || multiple === undefined) return undefined;
  return Math.ceil(size / (tensor * multiple)) * tensor * multiple;
}
