import type { AdapterKind, Cadence, Checkpointing, Task, WeightQuantization } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { readDtype, writeDtype } from '../hf-family/settle-precision.ts';
import { TRAINING_ARGUMENT_KEYS, withoutKeys } from '../hf-family/training-argument-keys.ts';
import { ATTENTION_NAMES } from '../hf-trainer/hf-trainer-keys.ts';
import { trainerKeys } from '../hf-trainer/rollout-keys.ts';
import { BALANCE_SCOPE } from '../kit/balance-scope.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import { keptBeside } from '../kit/recompute.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';
import { onMegatron, onTrainer, trainerOf, tunerOf, usesLora } from './swift-around.ts';

export const SWIFT_ARGS = 'ms-swift: swift/arguments/base_args/base_args.py';
export const SWIFT_TRAINER = 'ms-swift: swift/trainers/arguments.py';
export const SWIFT_MEGATRON = 'ms-swift: swift/megatron/arguments/megatron_args.py';
const TUNER_ARGS = 'ms-swift: swift/arguments/tuner_args.py';

const UNEVEN = key('parallel.unevenStages', {
  read: (value) => (value === null ? undefined : true),
  when: onMegatron,
});

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };

const samples = (around: Around): boolean => ['grpo', 'ppo'].includes(trainerOf(around) ?? '');

const COMMON: KeyTable = {
  model: key('model.name'),
  torch_dtype: key('precision.weights', { read: readDtype, write: writeDtype }),
  // Where completions are sampled it bounds the prompt alone (ms-swift: docs/source_en/Instruction/Command-line-parameters.md).
  max_length: [
    key('data.sequenceLength', { ...WHOLE, when: (around) => !samples(around) }),
    key('rollout.promptLength', { ...WHOLE, when: samples }),
  ],
  packing: key('data.packing', { default: byDefault(false, SWIFT_ARGS) }),
  // The loss gathers the sentences of all ranks. ms-swift: swift/plugin/loss.py, infonce_loss.
  loss_type: [
    key('contrastive.loss', {
      read: (value) => (value === 'infonce' ? value : undefined),
      when: (around) => around.get('task_type') === 'embedding',
    }),
    key('contrastive.gathered', {
      read: (value) => (value === 'infonce' ? true : undefined),
      when: (around) => around.get('task_type') === 'embedding',
    }),
  ],
  attn_impl: key('model.attention', ATTENTION_NAMES),
  tuner_type: tunerRow(),
  train_type: tunerRow(),
  sft_type: tunerRow(),
  'train.tuner_type': tunerRow(),
  ...twice('lora_rank', key('adapter.rank', { ...WHOLE, when: usesLora, default: byDefault(8, TUNER_ARGS) })),
  ...twice('lora_alpha', key('adapter.alpha', { ...WHOLE, when: usesLora, default: byDefault(32, TUNER_ARGS) })),
  ...twice('lora_dropout', key('adapter.dropout', { when: usesLora, default: byDefault(0.05, TUNER_ARGS) })),
  target_modules: key('adapter.targets', {
    read: targetsOf,
    write: (to) => to,
    when: usesLora,
    default: byDefault('all-linear', TUNER_ARGS),
  }),
  use_dora: key('adapter.kind', { read: (value) => (value === true ? 'dora' : undefined), when: usesLora }),
  task_type: key('run.task', { read: taskOf }),
  use_rslora: key('adapter.rankStabilized', { when: usesLora }),
  quant_bits: key('adapter.quantization', {
    read: (value, around) => quantizationOf(castNumber(value), around),
    write: (to) => ({ nf4: 4, fp4: 4, int8: 8 })[String(to)],
    default: byDefault<WeightQuantization>('none', SWIFT_ARGS),
  }),
  freeze_vit: key('adapter.freezesVisionTower'),
};

/** Megatron's own names; the older `sequence_parallel_size` of the other trainer is not among them. */
const MEGATRON: KeyTable = {
  micro_batch_size: key('batch.micro', { ...WHOLE, ...megatron(1) }),
  global_batch_size: key('batch.global', { ...WHOLE, ...megatron(16) }),
  // Epochs decide where both are given, unless the data is streamed.
  train_iters: key('schedule.totalSteps', {
    ...WHOLE,
    when: (around) => onMegatron(around) && !countsEpochs(around),
  }),
  num_train_epochs: key('schedule.epochs', {
    when: (around) => onMegatron(around) && (countsEpochs(around) || !around.has('train_iters')),
  }),
  max_epochs: key('schedule.epochs', { when: (around) => onMegatron(around) && !around.has('train_iters') }),
  lr: key('optimizer.peakLearningRate', {
    when: onMegatron,
    default: byDefault((around: Around) => (tunerOf(around) === 'full' ? 1e-5 : 1e-4), SWIFT_MEGATRON),
  }),
  min_lr: key('schedule.minLearningRate', { when: onMegatron }),
  lr_warmup_fraction: key('schedule.warmupRatio', { when: onMegatron }),
  lr_warmup_iters: key('schedule.warmupSteps', { ...WHOLE, when: onMegatron }),
  lr_decay_style: key('schedule.kind', megatron('cosine')),
  weight_decay: key('optimizer.weightDecay', megatron(0.1)),
  adam_beta1: key('optimizer.beta1', megatron(0.9)),
  adam_beta2: key('optimizer.beta2', megatron(0.95)),
  adam_eps: key('optimizer.epsilon', megatron(1e-8)),
  clip_grad: key('optimizer.maxGradNorm', megatron(1)),
  optimizer: key('optimizer.name', megatron('adam')),
  recompute_granularity: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      ['selective', 'selective'],
      ['full', 'full'],
      ['none', 'none'],
    ]),
    ...megatron<Checkpointing>('selective'),
  }),
  recompute_modules: key('activations.kept', { read: keptBeside, when: onMegatron }),
  attention_backend: key('model.attention', {
    read: (value) => (value === 'flash' || value === 'fused' ? 'flash' : value === 'unfused' ? 'eager' : undefined),
    ...megatron<'flash'>('flash'),
  }),
  save_steps: key('schedule.saveSteps', { ...WHOLE, when: cadencesInSteps, default: byDefault(500, SWIFT_MEGATRON) }),
  save_strategy: key('schedule.saveCadence', {
    ...oneOf<Cadence>([
      ['steps', 'steps'],
      ['epoch', 'epoch'],
    ]),
    when: onMegatron,
  }),
  eval_steps: key('schedule.evalSteps', { ...WHOLE, when: cadencesInSteps }),
  ...degrees('tensor_model_parallel_size', 'parallel.tensor'),
  ...degrees('pipeline_model_parallel_size', 'parallel.pipeline'),
  decoder_first_pipeline_num_layers: UNEVEN,
  decoder_last_pipeline_num_layers: UNEVEN,
  pipeline_model_parallel_layout: UNEVEN,
  ...degrees('context_parallel_size', 'parallel.context'),
  ...degrees('expert_model_parallel_size', 'parallel.expert'),
  sequence_parallel: key('parallel.sequence', megatron(false)),
  use_distributed_optimizer: key('sharding.zeroStage', {
    ...oneOf<0 | 1 | 2 | 3>([
      [true, 1],
      [false, 0],
    ]),
    ...megatron<1>(1),
  }),
  optimizer_cpu_offload: key('sharding.offloadOptimizer', {
    read: offloaded,
    when: onMegatron,
    default: byDefault(
      (around: Around) => (around.get('optimizer_cpu_offload') === true ? undefined : ('none' as const)),
      SWIFT_MEGATRON,
    ),
  }),
  moe_router_load_balancing_type: key('moe.balanceScope', { ...BALANCE_SCOPE, when: onMegatron }),
  moe_aux_loss_coeff: key('moe.balanceLoss', { when: onMegatron }),
  'train.gpus': key('parallel.world', WHOLE),
  'rollout.gpus': key('rollout.colocated', { read: (_gpus, around) => sharesTrainer(around) }),
  'rollout.vllm_gpu_memory_utilization': key('rollout.memoryShare'),
  'rollout.vllm_tensor_parallel_size': key('rollout.tensorParallel', WHOLE),
};

/** Roles have GPUs of their own, but for groups that share theirs (ms-swift: swift/ray/megatron/driver_utils.py). */
function sharesTrainer(around: Around): boolean | undefined {
  const groups = around.get('colocate_groups') ?? [];
  if (!Array.isArray(groups)) return undefined;
  return groups.some((group) => Array.isArray(group) && group.includes('train') && group.includes('rollout'));
}

/** Where a part alone is offloaded, what stays on the GPU is not told. */
function offloaded(value: ConfigValue, around: Around): 'cpu' | 'none' | undefined {
  if (value !== true) return 'none';
  return castNumber(around.get('optimizer_offload_fraction') ?? 1) === 1 ? 'cpu' : undefined;
}

function countsEpochs(around: Around): boolean {
  return (around.get('num_train_epochs') ?? null) !== null && around.get('streaming') !== true;
}

function cadencesInSteps(around: Around): boolean {
  return onMegatron(around) && around.get('save_strategy') !== 'epoch';
}

/** TrainingArguments' keys, where the Megatron trainer is not meant. */
const TRAINER: KeyTable = Object.fromEntries(
  Object.entries(withoutKeys(TRAINING_ARGUMENT_KEYS, 'gradient_accumulation_steps')).map(([name, rows]) => [
    name,
    rowsOf(rows).map((row) => ({
      ...row,
      when: (around: Around) => onTrainer(around) && (row.when === undefined || row.when(around)),
    })),
  ]),
);

/** One key with several rows: each asks which trainer reads the file. */
export const SWIFT_KEYS: KeyTable = merged(
  COMMON,
  TRAINER,
  // Without it the accumulation is made to fit 16 sequences over the processes, whose number the file does not know.
  { gradient_accumulation_steps: key('batch.gradientAccumulation', { ...WHOLE, when: onTrainer }) },
  { sequence_parallel_size: key('parallel.ulysses', { ...WHOLE, default: byDefault(1, SWIFT_ARGS) }) },
  trainerKeys(trainerOf),
  MEGATRON,
);

function merged(...tables: readonly KeyTable[]): KeyTable {
  const rows: Record<string, readonly AnyKeyRow[]> = {};
  for (const table of tables)
    for (const [name, own] of Object.entries(table)) rows[name] = [...(rows[name] ?? []), ...rowsOf(own)];
  return rows;
}

function rowsOf(rows: AnyKeyRow | readonly AnyKeyRow[]): readonly AnyKeyRow[] {
  return 'field' in rows ? [rows] : rows;
}

function megatron<T>(value: T) {
  return { when: onMegatron, default: byDefault(value, SWIFT_MEGATRON) };
}

function degrees(
  name: string,
  field: 'parallel.tensor' | 'parallel.pipeline' | 'parallel.context' | 'parallel.expert',
) {
  return twice(name, key(field, { ...WHOLE, ...megatron(1) }));
}

function twice(name: string, row: AnyKeyRow): KeyTable {
  return { [name]: row, [`train.${name}`]: row };
}

function tunerRow(): AnyKeyRow {
  return key('adapter.kind', {
    read: (_value, around) => kindOf(around),
    write: (to) => (to === 'none' ? 'full' : to === 'lora' ? 'lora' : undefined),
    default: byDefault(kindOf, TUNER_ARGS),
  });
}

function kindOf(around: Around): AdapterKind | undefined {
  const tuner = tunerOf(around);
  if (tuner === undefined) return undefined;
  if (tuner === 'full') return 'none';
  if (tuner === 'lora') return around.get('use_dora') === true ? 'dora' : 'lora';
  return 'other';
}

/** A head over the vocabulary, over labels, or none; nothing is said where the task is the model's own. */
function taskOf(value: ConfigValue): Task | undefined {
  if (value === 'seq_cls' || value === 'reranker') return 'classification';
  if (value === 'embedding') return 'contrastive';
  return undefined;
}

function targetsOf(value: ConfigValue): 'all-linear' | readonly string[] | undefined {
  const names = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/\s+/) : [];
  if (names.length === 1 && names[0] === 'all-linear') return 'all-linear';
  return names.length > 0 && names.every((name) => typeof name === 'string') ? names : undefined;
}

function quantizationOf(bits: number | undefined, around: Around): WeightQuantization | undefined {
  const method = around.get('quant_method') ?? 'bnb';
  if (method !== 'bnb') return undefined;
  if (bits === 8) return 'int8';
  if (bits !== 4) return undefined;
  return around.get('bnb_4bit_quant_type') === 'fp4' ? 'fp4' : 'nf4';
}
