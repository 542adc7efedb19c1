import type { AttentionKernel, Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { readDuration } from '../kit/duration.ts';
import { byDefault, castNumber, key, oneOf, positive, whereAbsent } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';

export const CONFIG = 'llm-foundry: llmfoundry/utils/config_utils.py';
const HF_BASE = 'llm-foundry: llmfoundry/models/hf/hf_base.py (build_inner_model)';
export const MPT = 'llm-foundry: llmfoundry/models/mpt/configuration_mpt.py';

const COUNT = { read: positive, write: (to: number): ConfigValue => to };

/** MPT's dimensions are in the file; other models are named. */
export const isMpt = (around: Around): boolean => /^mpt_/.test(String(around.get('model.name') ?? ''));

/** Steps of a duration in batches; other units are not known in steps from the text alone. */
function steps(value: ConfigValue, around: Around): number | undefined {
  const duration = readDuration(value);
  if (duration?.unit === 'steps') return duration.amount;
  const global = positive(around.get('global_train_batch_size') ?? null);
  const length = positive(around.get('max_seq_len') ?? null);
  if (duration?.unit === 'samples' && global !== undefined) return Math.ceil(duration.amount / global);
  if (duration?.unit !== 'tokens' || global === undefined || length === undefined) return undefined;
  return Math.ceil(duration.amount / (global * length));
}

/** Warmup in steps: a share of it is one of the run's length. */
function warmupSteps(around: Around): number | undefined {
  const written = around.get('scheduler.t_warmup') ?? 0;
  const warmup = readDuration(written);
  if (warmup?.unit !== 'share') return steps(written, around);
  const run = steps(around.get('max_duration') ?? null, around);
  return run === undefined ? undefined : Math.floor(warmup.amount * run);
}

/** Composer takes a bare number for epochs (composer: composer/core/time.py, ensure_time). */
const BATCHES = {
  read: (value: ConfigValue, around: Around) => (typeof value === 'number' ? undefined : steps(value, around)),
  write: (to: number): ConfigValue => `${to}ba`,
};

function epochs(value: ConfigValue): number | undefined {
  if (typeof value === 'number') return value;
  const duration = readDuration(value);
  return duration?.unit === 'epochs' ? duration.amount : undefined;
}

const EACH_EPOCH = { read: (value: ConfigValue) => (epochs(value) === 1 ? ('epoch' as const) : undefined) };

const ATTENTION: Readonly<Record<string, AttentionKernel>> = { flash: 'flash', torch: 'eager', flex: 'flex' };

const HF_ATTENTION: Readonly<Record<string, AttentionKernel>> = {
  eager: 'eager',
  sdpa: 'sdpa',
  flash_attention_2: 'flash',
  flex_attention: 'flex',
};

/** Models of the hub are built with eager attention unless a key says otherwise. */
const hubAttention = (around: Around): AttentionKernel | undefined => {
  const isHub = around.get('model.name') === 'hf_causal_lm' && !isHubMpt(around);
  return isHub && around.get('model.use_flash_attention_2') !== true ? 'eager' : undefined;
};

/** MPT's own code chooses the kernel by its config, wherever it is loaded from. */
const isHubMpt = (around: Around): boolean =>
  /\bmpt\b/i.test(String(around.get('model.pretrained_model_name_or_path') ?? ''));

const mpt = (value: number) => byDefault((around: Around) => (isMpt(around) ? value : undefined), MPT);

function weightDecay(value: ConfigValue, around: Around): number | undefined {
  const decay = castNumber(value);
  const decoupled = /^decoupled_/.test(String(around.get('optimizer.name') ?? ''));
  // Decoupled optimizers do not multiply it by the learning rate, so any but zero is on another scale than the plan's.
  return decoupled && decay !== 0 ? undefined : decay;
}

export const LLM_FOUNDRY_KEYS: KeyTable = {
  global_train_batch_size: key('batch.global', COUNT),
  device_train_microbatch_size: key('batch.micro', {
    read: (value) => (value === 'auto' ? undefined : positive(value)),
    write: (to) => to,
  }),
  device_eval_batch_size: key('batch.eval', COUNT),
  max_seq_len: key('data.sequenceLength', COUNT),
  'train_loader.dataset.max_seq_len': key('data.sequenceLength', COUNT),
  'train_loader.drop_last': key('data.dropLast'),
  'tp_config.tensor_parallel_degree': key('parallel.tensor', COUNT),
  'fsdp_config.data_parallel_shard_degree': key('sharding.degree', COUNT),

  'model.pretrained_model_name_or_path': key('model.name'),
  'model.d_model': key('model.hiddenSize', { read: positive, default: mpt(2048) }),
  'model.n_layers': key('model.layers', { read: positive, default: mpt(24) }),
  'model.n_heads': key('model.heads', { read: positive, default: mpt(16) }),
  'model.attn_config.kv_n_heads': key('model.kvHeads', { read: positive }),
  'model.attn_config.attn_type': key('model.kvHeads', {
    read: (value, around) =>
      value === 'multiquery_attention'
        ? 1
        : value === 'multihead_attention'
          ? positive(around.get('model.n_heads') ?? 16)
          : undefined,
    default: whereAbsent(
      'model.attn_config.attn_type',
      (around: Around) => (isMpt(around) ? positive(around.get('model.n_heads') ?? 16) : undefined),
      MPT,
    ),
  }),
  'model.head_dim': key('model.headDim', { read: positive }),
  'model.expansion_ratio': key('model.intermediateSize', {
    read: (value, around) => expanded(castNumber(value), around),
    default: byDefault((around: Around) => (isMpt(around) ? expanded(4, around) : undefined), MPT),
  }),
  'model.vocab_size': key('model.vocabSize', { read: positive, default: mpt(50_368) }),
  'model.max_seq_len': key('model.maxPositions', { read: positive, default: mpt(2048) }),
  // Hub models grow or shrink to the length by their own names for it.
  'model.config_overrides.max_position_embeddings': key('model.maxPositions', { read: positive }),
  'model.config_overrides.n_positions': key('model.maxPositions', { read: positive }),
  'model.config_overrides.max_seq_len': key('model.maxPositions', { read: positive }),
  'model.tie_word_embeddings': key('model.tiedEmbeddings', {
    default: byDefault((around: Around) => (isMpt(around) ? true : undefined), MPT),
  }),
  'model.attn_config.attn_impl': key('model.attention', {
    read: (value) => ATTENTION[String(value)],
    write: (to) => ({ flash: 'flash', eager: 'torch', flex: 'flex', sdpa: undefined, xformers: undefined })[to],
    default: whereAbsent(
      'model.attn_config.attn_impl',
      (around: Around): AttentionKernel | undefined => (isMpt(around) ? 'flash' : undefined),
      MPT,
    ),
  }),
  'model.use_flash_attention_2': key('model.attention', { read: (value) => (value === true ? 'flash' : undefined) }),
  'model.config_overrides.attn_config.attn_impl': key('model.attention', {
    read: (value) => ATTENTION[String(value)],
    when: isHubMpt,
  }),
  'model.attn_implementation': key('model.attention', {
    read: (value) => HF_ATTENTION[String(value)],
    default: whereAbsent('model.attn_implementation', hubAttention, HF_BASE),
    when: (around) => !isMpt(around),
  }),

  'model.peft_config.r': key('adapter.rank', COUNT),
  'model.peft_config.lora_alpha': key('adapter.alpha', COUNT),
  'model.peft_config.lora_dropout': key('adapter.dropout'),
  'model.peft_config.target_modules': key('adapter.targets', {
    read: (value) => {
      if (value === 'all-linear') return value;
      const names = Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];
      return names.length > 0 ? names : undefined;
    },
    write: (to) => to,
  }),

  'optimizer.name': key('optimizer.name'),
  'optimizer.lr': key('optimizer.peakLearningRate'),
  'optimizer.betas': [
    key('optimizer.beta1', pairElement('optimizer.betas', 0)),
    key('optimizer.beta2', pairElement('optimizer.betas', 1)),
  ],
  'optimizer.eps': key('optimizer.epsilon'),
  'optimizer.weight_decay': key('optimizer.weightDecay', { read: weightDecay }),
  'algorithms.gradient_clipping.clipping_threshold': key('optimizer.maxGradNorm', {
    read: (value, around) =>
      (around.get('algorithms.gradient_clipping.clipping_type') ?? 'norm') === 'norm' ? castNumber(value) : undefined,
    write: (to) => to,
    default: byDefault(0, 'composer: composer/algorithms/gradient_clipping/gradient_clipping.py'),
  }),

  'scheduler.name': key('schedule.kind'),
  'scheduler.t_warmup': [
    key('schedule.warmupSteps', BATCHES),
    key('schedule.warmupRatio', {
      read: (value) => {
        const duration = readDuration(value);
        return duration?.unit === 'share' ? duration.amount : undefined;
      },
      write: (to) => `${to}dur`,
    }),
  ],
  'scheduler.t_max': key(
    'schedule.decaySteps',
    decayEnd({ ...BATCHES, warmup: (_end, around) => warmupSteps(around) }),
  ),
  'scheduler.alpha_f': key('schedule.minRatio'),
  max_duration: [
    key('schedule.totalSteps', BATCHES),
    key('schedule.epochs', { read: epochs, write: (to) => `${to}ep` }),
  ],
  eval_interval: [key('schedule.evalSteps', BATCHES), key('schedule.evalCadence', EACH_EPOCH)],
  save_interval: [key('schedule.saveSteps', BATCHES), key('schedule.saveCadence', EACH_EPOCH)],

  'fsdp_config.activation_checkpointing': key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none', CONFIG),
  }),
  'fsdp_config.activation_cpu_offload': key('activations.offload', { default: byDefault(false, CONFIG) }),
  'fsdp_config.sharding_strategy': key('sharding.reshardAfterForward', {
    read: (value) =>
      value === 'FULL_SHARD' || value === 'HYBRID_SHARD' ? true : value === 'SHARD_GRAD_OP' ? false : undefined,
    write: (to) => (to ? 'FULL_SHARD' : 'SHARD_GRAD_OP'),
  }),
};

function expanded(ratio: number | undefined, around: Around): number | undefined {
  const hidden = positive(around.get('model.d_model') ?? 2048);
  return ratio === undefined || hidden === undefined ? undefined : Math.round(ratio * hidden);
}
