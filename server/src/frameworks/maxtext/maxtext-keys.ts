import type { AttentionKernel, Checkpointing, TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { readDtype, writeDtype } from '../hf-family/settle-precision.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { byDefault, castNumber, key, positive, whereAbsent } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

/** The file every other config builds on holds all defaults. */
export const BASE = 'MaxText: src/maxtext/configs/base.yml';
const TYPES = 'MaxText: src/maxtext/configs/types.py';

const COUNT = { read: positive, write: (to: number): ConfigValue => to };

/** Mesh axes whose size is not 1 where the file says nothing: -1 takes the devices that are left. */
const AXIS_DEFAULTS: Readonly<Record<string, number>> = { ici_fsdp: -1, dcn_data: -1 };

/**
 * Devices along some axes, within a slice and over slices; undefined where one takes what is left. On `one slice` the axes
 * over slices have a size only where the file gives them one.
 */
export function axisSize(around: Around, names: readonly string[], on?: 'one slice'): number | undefined {
  let size = 1;
  for (const axis of names.flatMap((name) => [`ici_${name}`, `dcn_${name}`])) {
    const usual = on === 'one slice' && axis.startsWith('dcn_') ? 1 : (AXIS_DEFAULTS[axis] ?? 1);
    const devices = castNumber(around.get(`${axis}_parallelism`) ?? usual);
    if (devices === undefined || devices < 1) return undefined;
    size *= devices;
  }
  return size;
}

export const TENSOR = ['tensor', 'tensor_transpose', 'tensor_sequence'];
export const CONTEXT = ['context', 'sequence'];
export const PIPELINE = ['pipeline'];
export const EXPERT = ['expert'];

/** Devices that share one data-parallel rank's sequences. The batch is stated per device, these included. */
function sharingDevices(around: Around): number | undefined {
  return axisSize(around, [...TENSOR, ...CONTEXT, ...PIPELINE]);
}

function axis(
  field: 'parallel.tensor' | 'parallel.context' | 'parallel.pipeline' | 'parallel.expert',
  names: readonly string[],
) {
  return key(field, {
    read: (_value, around) => axisSize(around, names),
    write: (to, around) =>
      axisSize(around, names) === castNumber(around.get(`ici_${names[0]}_parallelism`) ?? 1) ? to : undefined,
    default: byDefault((around: Around) => axisSize(around, names), BASE),
  });
}

/**
 * Whether a model is named. Its file holds the dimensions and is laid over those of the config file, so that only the
 * command line says others (MaxText: src/maxtext/configs/pyconfig.py, _initialize_pydantic).
 */
function namesModel(around: Around): boolean {
  // A name that comes from outside the text is one all the same.
  return ['model_name', 'student_overrides.model_name'].some(
    (key) => around.has(key) && (around.get(key) === undefined || (around.get(key) ?? 'default') !== 'default'),
  );
}

/** Whether the dimensions are the file's own, not a named model's. Fine-tuning without a model waits for one from the launcher. */
export function hasOwnDimensions(around: Around): boolean {
  const tunes = around.get('use_sft') === true || around.get('use_dpo') === true || around.has('student_overrides');
  return !tunes && !namesModel(around);
}

/** A dimension that every model's file states. */
function own(value: number) {
  return {
    read: positive,
    default: byDefault((around: Around) => (hasOwnDimensions(around) ? value : undefined), BASE),
    when: hasOwnDimensions,
  };
}

/** Steps of the schedule: those of the run unless it has a length of its own. */
function scheduleSteps(around: Around): number | undefined {
  return positive(around.get('learning_rate_schedule_steps') ?? null) ?? positive(around.get('steps') ?? 150_001);
}

function warmupSteps(share: number | undefined, around: Around): number | undefined {
  const total = scheduleSteps(around);
  return share === undefined || total === undefined ? undefined : Math.floor(share * total);
}

/** Policies that keep nothing but a layer's input; `custom` keeps what the file lists besides. Others keep parts. */
const REMAT: Readonly<Record<string, Checkpointing>> = { full: 'full', custom: 'full', none: 'none' };

export const MAXTEXT_KEYS: KeyTable = {
  per_device_batch_size: key('batch.micro', {
    read: (value, around) => {
      const each = positive(value);
      const sharing = sharingDevices(around);
      const micro = each === undefined || sharing === undefined ? undefined : each * sharing;
      return micro !== undefined && micro >= 1 ? micro : undefined;
    },
    write: (to, around) => {
      const sharing = sharingDevices(around);
      return sharing === undefined ? undefined : to / sharing;
    },
    default: whereAbsent(
      'per_device_batch_size',
      (around: Around) => {
        const sharing = sharingDevices(around);
        return sharing === undefined ? undefined : 12 * sharing;
      },
      `${BASE}, ${TYPES}`,
    ),
  }),
  gradient_accumulation_steps: key('batch.gradientAccumulation', { ...COUNT, default: byDefault(1, BASE) }),
  eval_per_device_batch_size: key('batch.eval', { read: positive, write: (to) => to }),
  enable_rampup_batch_size: key('batch.rampUp'),
  max_target_length: key('data.sequenceLength', { ...COUNT, default: byDefault(2048, BASE) }),
  dataset_type: key('data.synthetic', { read: (value) => (value === 'synthetic' ? true : undefined) }),
  packing: key('data.packing', { default: byDefault(true, BASE) }),

  ici_tensor_parallelism: axis('parallel.tensor', TENSOR),
  ici_context_parallelism: axis('parallel.context', CONTEXT),
  ici_pipeline_parallelism: axis('parallel.pipeline', PIPELINE),
  ici_expert_parallelism: axis('parallel.expert', EXPERT),
  ici_data_parallelism: key('parallel.data', {
    read: (_value, around) => axisSize(around, ['data', 'fsdp', 'fsdp_transpose', ...EXPERT]),
  }),

  'student_overrides.model_name': key('model.name', { when: (around) => around.has('student_overrides') }),
  model_name: key('model.name', {
    read: (value) => (typeof value === 'string' && value !== 'default' ? value : undefined),
  }),
  base_emb_dim: key('model.hiddenSize', own(2048)),
  base_mlp_dim: key('model.intermediateSize', own(7168)),
  base_num_decoder_layers: key('model.layers', own(16)),
  base_num_query_heads: key('model.heads', own(16)),
  base_num_kv_heads: key('model.kvHeads', own(16)),
  head_dim: key('model.headDim', own(128)),
  vocab_size: key('model.vocabSize', own(32_000)),
  logits_via_embedding: key('model.tiedEmbeddings', {
    default: byDefault((around: Around) => (hasOwnDimensions(around) ? false : undefined), BASE),
    when: hasOwnDimensions,
  }),
  trainable_position_size: key('model.maxPositions', { read: positive }),
  num_experts: key('model.experts', {
    read: (value) => (value === 1 ? undefined : positive(value)),
    when: hasOwnDimensions,
  }),
  num_experts_per_tok: key('model.expertsPerToken', {
    read: (value, around) => ((castNumber(around.get('num_experts') ?? 1) ?? 1) > 1 ? positive(value) : undefined),
    when: hasOwnDimensions,
  }),
  attention: key('model.attention', {
    read: (value): AttentionKernel | undefined =>
      value === 'dot_product' ? 'eager' : value === 'flash' || value === 'cudnn_flash_te' ? 'flash' : undefined,
  }),

  opt_type: key('optimizer.name', { default: byDefault('adamw', BASE) }),
  learning_rate: key('optimizer.peakLearningRate', { default: byDefault(3e-5, BASE) }),
  adam_b1: key('optimizer.beta1', { default: byDefault(0.9, BASE), when: usesAdam }),
  adam_b2: key('optimizer.beta2', { default: byDefault(0.95, BASE), when: usesAdam }),
  adam_eps: key('optimizer.epsilon', { default: byDefault(1e-8, BASE), when: usesAdam }),
  adam_weight_decay: key('optimizer.weightDecay', { default: byDefault(0.1, BASE), when: usesAdam }),
  gradient_clipping_threshold: key('optimizer.maxGradNorm', { default: byDefault(1, BASE) }),

  steps: key('schedule.totalSteps', {
    read: (value, around) => positive(value === -1 ? (around.get('learning_rate_schedule_steps') ?? null) : value),
    write: (to) => to,
    default: whereAbsent('steps', 150_001, BASE),
  }),
  num_epoch: key('schedule.epochs', { read: positive, when: (around) => around.get('steps') === -1 }),
  lr_schedule_type: key('schedule.kind', { default: byDefault('cosine', BASE) }),
  warmup_steps_fraction: key('schedule.warmupSteps', {
    read: (value, around) => warmupSteps(castNumber(value), around),
    write: (to, around) => {
      const total = scheduleSteps(around);
      return total === undefined ? undefined : Number((to / total).toPrecision(6));
    },
    default: byDefault((around: Around) => warmupSteps(0.1, around), BASE),
  }),
  learning_rate_final_fraction: key('schedule.minRatio', { default: byDefault(0.1, BASE) }),
  learning_rate_schedule_steps: key(
    'schedule.decaySteps',
    decayEnd({
      ...COUNT,
      warmup: (end, around) => {
        const share = castNumber(around.get('warmup_steps_fraction') ?? 0.1);
        return share === undefined ? undefined : Math.floor(share * end);
      },
    }),
  ),
  eval_interval: key('schedule.evalSteps', COUNT),
  checkpoint_period: key('schedule.saveSteps', {
    ...COUNT,
    default: byDefault(10_000, BASE),
    when: (around) => around.get('enable_checkpointing') !== false,
  }),

  weight_dtype: key('precision.weights', {
    read: readDtype,
    write: (to) => writeDtype(to),
    default: whereAbsent<TensorDtype>('weight_dtype', 'fp32', BASE),
  }),
  dtype: key('precision.compute', {
    read: readDtype,
    write: (to) => writeDtype(to),
    default: whereAbsent<TensorDtype>('dtype', 'bf16', BASE),
  }),
  grad_dtype: key('precision.gradients', {
    read: readDtype,
    write: (to) => writeDtype(to),
    default: whereAbsent<TensorDtype>('grad_dtype', 'fp32', BASE),
  }),
  remat_policy: key('activations.checkpointing', {
    read: (value): Checkpointing | undefined =>
      REMAT[String(value)] ?? (typeof value === 'string' ? 'selective' : undefined),
    write: (to) => (to === 'selective' ? 'minimal' : to),
    default: byDefault('full', BASE),
  }),
  decoder_layer_input: key('activations.offload', {
    read: (value) => value === 'offload',
    when: (around) => around.get('remat_policy') === 'custom',
  }),
  'dpo.dpo_beta': key('preference.beta', { when: (around) => around.get('use_dpo') === true }),
};

function usesAdam(around: Around): boolean {
  return /^adam/.test(String(around.get('opt_type') ?? 'adamw'));
}
