import type { AttentionKernel, Checkpointing, Objective } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { DEEPSPEED_KEYS } from '../hf-family/deepspeed-keys.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { byDefault, castNumber, key, oneOf, positive, whereAbsent } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import { shareOf } from '../kit/share-of.ts';
import type { Around, KeyTable } from '../types.ts';
import { inBothSpellings } from './spellings.ts';

export const NEOX_ARGS = 'gpt-neox: megatron/neox_arguments/neox_args.py';
export const DEEPSPEED_ARGS = 'gpt-neox: megatron/neox_arguments/deepspeed_args.py';
export const ARGUMENTS = 'gpt-neox: megatron/neox_arguments/arguments.py';
const BETAS = 'optimizer.params.betas';
const TRAINING = 'gpt-neox: megatron/training.py';

const wholeNumber = (value: ConfigValue): number | undefined => {
  const number = positive(value);
  return number !== undefined && Number.isInteger(number) ? number : undefined;
};
const COUNT = { read: wholeNumber, write: (to: number): ConfigValue => to };

/** Kinds of attention named in `attention_config`, each with its number of layers. */
export function attentionKinds(around: Around): readonly string[] {
  const config = around.get('attention_config');
  if (!Array.isArray(config)) return around.has('attention_config') ? [] : ['global'];
  return config.flatMap((group: ConfigValue): readonly string[] => {
    const kinds = Array.isArray(group) ? group[0] : group;
    return (Array.isArray(kinds) ? kinds : [kinds]).filter((kind): kind is string => typeof kind === 'string');
  });
}

/** Whether layers attend at all; Mamba's and RWKV's have no heads to split. */
export function attends(around: Around): boolean {
  const kinds = attentionKinds(around);
  return kinds.length > 0 && kinds.every((kind) => kind === 'global' || kind === 'flash');
}

function attentionOf(around: Around): AttentionKernel | undefined {
  const kinds = attentionKinds(around);
  if (kinds.length === 0) return undefined;
  if (kinds.every((kind) => kind === 'flash')) return 'flash';
  return kinds.every((kind) => kind === 'global') ? 'eager' : undefined;
}

/** Steps the learning rate falls over, and warmup is a share of. */
function decayIterations(around: Around): number | undefined {
  return positive(around.get('lr_decay_iters') ?? around.get('train_iters') ?? null);
}

function objectiveOf(value: ConfigValue, around: Around): Objective | undefined {
  if (value === 'normal') return usualObjective(around);
  if (value === 'rm') return 'reward';
  if (value === 'reinforce') return around.get('reinforce_leave_one_out') === true ? 'rloo' : 'other';
  return value === 'dpo' || value === 'kto' ? value : undefined;
}

/** Labels mask the prompts' tokens, which only fine-tuning on instructions does. */
function usualObjective(around: Around): Objective {
  return around.has('train_label_data_paths') ? 'sft' : 'pretraining';
}

const PRECISIONS = (dtype: 'fp16' | 'bfloat16') => ({
  read: (value: ConfigValue) => (typeof value === 'string' ? value === dtype : undefined),
});

/** DeepSpeed's own sections, which GPT-NeoX hands on. Its `communication_data_type` takes no dtype but a boolean. */
const SECTIONS: KeyTable = Object.fromEntries(
  Object.entries(DEEPSPEED_KEYS).filter(([dotted]) => /^(zero_optimization|data_types)/.test(dotted)),
);

/** GPT-NeoX's keys, by their names with underscores. */
const NAMES: KeyTable = {
  train_batch_size: key('batch.global', COUNT),
  train_micro_batch_size_per_gpu: key('batch.micro', COUNT),
  gradient_accumulation_steps: key('batch.gradientAccumulation', { ...COUNT, default: byDefault(1, DEEPSPEED_ARGS) }),

  pipe_parallel_size: key('parallel.pipeline', {
    // Nothing and 1 are both one stage; 0 leaves out the pipeline engine.
    read: (value) => (value === 0 ? 1 : wholeNumber(value)),
    write: (to) => to,
    default: byDefault(1, NEOX_ARGS),
  }),
  model_parallel_size: key('parallel.tensor', { ...COUNT, default: byDefault(1, NEOX_ARGS) }),
  // Released versions split no sequence; a branch that does has this key.
  context_parallel_size: key('parallel.context', { read: wholeNumber, default: byDefault(1, NEOX_ARGS) }),
  sequence_parallel: key('parallel.sequence', { default: byDefault(false, NEOX_ARGS) }),

  num_layers: key('model.layers', { read: wholeNumber }),
  hidden_size: key('model.hiddenSize', { read: wholeNumber }),
  num_attention_heads: key('model.heads', { read: wholeNumber, when: attends }),
  num_kv_heads: key('model.kvHeads', {
    read: wholeNumber,
    when: attends,
    default: byDefault((around: Around) => wholeNumber(around.get('num_attention_heads') ?? null), NEOX_ARGS),
  }),
  no_weight_tying: key('model.tiedEmbeddings', {
    read: (value) => (typeof value === 'boolean' ? !value : undefined),
    default: byDefault(true, NEOX_ARGS),
  }),
  max_position_embeddings: key('model.maxPositions', { read: wholeNumber }),
  moe_num_experts: key('model.experts', { read: (value) => (value === 1 ? undefined : wholeNumber(value)) }),
  moe_top_k: key('model.expertsPerToken', {
    read: wholeNumber,
    when: (around) => (castNumber(around.get('moe_num_experts') ?? 1) ?? 1) > 1,
  }),
  attention_config: key('model.attention', {
    read: (_value, around) => attentionOf(around),
    default: whereAbsent<AttentionKernel>('attention_config', 'eager', ARGUMENTS),
  }),
  seq_length: key('data.sequenceLength', COUNT),

  'optimizer.type': key('optimizer.name', {
    read: (value, around) => optimizerOf(value, around),
    default: byDefault('adamw_apex_fused', ARGUMENTS),
  }),
  'optimizer.params.lr': key('optimizer.peakLearningRate', { default: byDefault(0.001, DEEPSPEED_ARGS) }),
  [BETAS]: [
    key('optimizer.beta1', { ...pairElement(BETAS, 0), default: byDefault(0.9, DEEPSPEED_ARGS) }),
    key('optimizer.beta2', { ...pairElement(BETAS, 1), default: byDefault(0.999, DEEPSPEED_ARGS) }),
  ],
  'optimizer.params.eps': key('optimizer.epsilon', { default: byDefault(1e-8, DEEPSPEED_ARGS) }),
  'optimizer.params.momentum': key('optimizer.momentum'),
  'optimizer.params.weight_decay': key('optimizer.weightDecay'),
  weight_decay: key('optimizer.weightDecay', { default: byDefault(0.1, NEOX_ARGS) }),
  gradient_clipping: key('optimizer.maxGradNorm', { default: byDefault(1, DEEPSPEED_ARGS) }),
  use_mup: key('optimizer.mup', { read: (value) => (typeof value === 'boolean' ? value : undefined) }),

  // Autotuning cuts its trials short, so their length is not the run's.
  train_iters: key('schedule.totalSteps', { ...COUNT, when: (around) => around.get('autotuning.enabled') !== true }),
  train_epochs: key('schedule.epochs', COUNT),
  lr_decay_style: key('schedule.kind', { default: byDefault('linear', NEOX_ARGS) }),
  lr_decay_iters: key(
    'schedule.decaySteps',
    decayEnd({
      ...COUNT,
      warmup: (end, around) => {
        const share = castNumber(around.get('warmup') ?? 0.01);
        return share === undefined ? undefined : Math.round(share * end);
      },
    }),
  ),
  min_lr: key('schedule.minLearningRate', { default: byDefault(0, NEOX_ARGS) }),
  warmup: key('schedule.warmupSteps', {
    read: (value, around) => warmupSteps(castNumber(value), around),
    write: (to, around) => {
      const total = decayIterations(around);
      return total === undefined ? undefined : shareOf(to, total);
    },
    default: byDefault((around: Around) => warmupSteps(0.01, around), `${NEOX_ARGS}, ${TRAINING}`),
  }),

  'bf16.enabled': key('precision.bf16Flag'),
  'fp16.enabled': key('precision.fp16Flag'),
  precision: [key('precision.bf16Flag', PRECISIONS('bfloat16')), key('precision.fp16Flag', PRECISIONS('fp16'))],

  checkpoint_activations: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none', NEOX_ARGS),
  }),
  eval_interval: key('schedule.evalSteps', COUNT),
  checkpoint_factor: key('schedule.saveSteps', {
    ...COUNT,
    // The other scale saves at powers of the factor.
    when: (around) => around.get('checkpoint_scale') !== 'log',
  }),
  pack_impl: [
    key('data.packing', {
      ...oneOf<boolean>([
        ['packed', true],
        ['pack_until_overflow', true],
        ['unpacked', false],
      ]),
      default: whereAbsent('pack_impl', true, NEOX_ARGS),
    }),
    // A document of its own is filled up to the sequence length.
    key('data.padToMax', { read: (value) => (value === 'unpacked' ? true : undefined) }),
  ],
  train_impl: key('run.objective', {
    read: objectiveOf,
    default: whereAbsent('train_impl', usualObjective, NEOX_ARGS),
  }),
  dpo_beta: key('preference.beta', {
    when: (around) => around.get('train_impl') === 'dpo',
    default: byDefault(0.1, NEOX_ARGS),
  }),
  ...SECTIONS,
};

export const GPT_NEOX_KEYS: KeyTable = inBothSpellings(NAMES);

/** GPT-NeoX's Adam is apex's or DeepSpeed's fused one, whose weight decay is decoupled (megatron/training.py). */
function optimizerOf(value: ConfigValue, around: Around): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.toLowerCase() !== 'adam') return value;
  return around.get('use_bnb_optimizer') === true ? 'adamw_bnb_8bit' : 'adamw_apex_fused';
}

function warmupSteps(share: number | undefined, around: Around): number | undefined {
  const total = decayIterations(around);
  return share === undefined || total === undefined ? undefined : Math.round(share * total);
}
