import type {
  AdapterTargets,
  AttentionKernel,
  Checkpointing,
  Objective,
  OffloadDevice,
  Task,
  WeightQuantization,
} from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const MODEL = 'LLaMA-Factory: src/llamafactory/v1/config/model_args.py';
const TRAINING = 'LLaMA-Factory: src/llamafactory/v1/config/training_args.py';
const TRAINER = 'LLaMA-Factory: src/llamafactory/v1/core/base_trainer.py';
const PEFT = 'LLaMA-Factory: src/llamafactory/v1/plugins/model_plugins/peft.py';
const QUANTIZATION = 'LLaMA-Factory: src/llamafactory/v1/plugins/model_plugins/quantization.py';
const MUON = 'LLaMA-Factory: src/llamafactory/v1/plugins/trainer_plugins/optimizers/optimizer.py';
const BATCHING = 'LLaMA-Factory: src/llamafactory/v1/core/utils/batching.py';
const FSDP = 'LLaMA-Factory: src/llamafactory/v1/plugins/trainer_plugins/distributed/fsdp2.py';
const TURBO = 'LLaMA-Factory: src/llamafactory/v1/plugins/trainer_plugins/distributed/fsdpturbo.py';
const ADAMW = 'torch: torch/optim/adamw.py';

const hasMuon = (around: Around): boolean => around.get('optim_config.name') === 'muon';
const hasAdamw = (around: Around): boolean => !hasMuon(around);
const isLora = (around: Around): boolean => around.get('peft_config.name') === 'lora';
const freezesWholeLayers = (around: Around): boolean => {
  const extra = around.get('peft_config.freeze_extra_modules') ?? null;
  const whole = (around.get('peft_config.freeze_trainable_modules') ?? 'all') === 'all';
  return (
    around.get('peft_config.name') === 'freeze' &&
    whole &&
    (extra === null || (Array.isArray(extra) && extra.length === 0))
  );
};
const isSharded = (around: Around): boolean => ['fsdp2', 'fsdpturbo'].includes(String(around.get('dist_config.name')));
const flattens = (around: Around): boolean => String(around.get('batching_strategy') ?? '').includes('padding_free');
const usesUlysses = (around: Around): boolean => (around.get('cp_mode') ?? 'ulysses') === 'ulysses';

const ON_HOST = oneOf<OffloadDevice>([
  [true, 'cpu'],
  [false, 'none'],
]);

/**
 * Keys of LLaMA-Factory's new trainer. Which trainer runs (sft, dpo, rm) is chosen on the command line,
 * so only a preference key tells the objective.
 */
export const V1_KEYS: KeyTable = {
  model: key('model.name', { default: byDefault('Qwen/Qwen3-4B-Instruct-2507', MODEL) }),
  model_class: key('run.task', {
    ...oneOf<Task>([
      ['llm', 'causal-lm'],
      ['cls', 'classification'],
    ]),
    default: byDefault('causal-lm', MODEL),
  }),
  pref_loss: key(
    'run.objective',
    oneOf<Objective>([
      ['sigmoid', 'dpo'],
      ['orpo', 'orpo'],
      ['simpo', 'simpo'],
    ]),
  ),
  pref_beta: [
    key('run.objective', { read: () => 'dpo' }),
    key('preference.beta', { when: (around) => around.has('pref_beta') || around.has('pref_loss') }),
  ],
  flash_attn: key('model.attention', {
    ...oneOf<AttentionKernel>([
      ['flash_attention_2', 'flash'],
      ['flash_attention_3', 'flash'],
      ['sdpa', 'sdpa'],
      ['eager', 'eager'],
      ['flex_attention', 'flex'],
    ]),
    default: byDefault('sdpa', MODEL),
  }),

  micro_batch_size: key('batch.micro', { default: byDefault(1, TRAINING) }),
  global_batch_size: [
    key('batch.global'),
    key('batch.gradientAccumulation', {
      read: () => undefined,
      default: byDefault((around: Around) => (around.has('global_batch_size') ? undefined : 1), BATCHING),
    }),
  ],
  cutoff_len: key('data.sequenceLength', { default: byDefault(2048, TRAINING) }),
  // Without padding a micro batch is one flat row whose examples cannot see each other.
  batching_strategy: [
    key('data.packing', { read: (_value, around) => flattens(around), default: byDefault(false, TRAINING) }),
    key('data.packingIsolated', { read: () => true, when: flattens }),
  ],
  batching_workers: key('data.dropLast', { read: () => undefined, default: byDefault(true, BATCHING) }),

  learning_rate: key('optimizer.peakLearningRate', { default: byDefault(1e-4, TRAINING) }),
  max_grad_norm: key('optimizer.maxGradNorm', { default: byDefault(1, TRAINING) }),
  'optim_config.name': key('optimizer.name', { default: byDefault('adamw_torch', TRAINER) }),
  'optim_config.wd': [
    key('optimizer.weightDecay', { default: byDefault(0.1, MUON), when: hasMuon }),
    key('optimizer.weightDecay', { read: () => undefined, default: byDefault(0.01, ADAMW), when: hasAdamw }),
  ],
  'optim_config.momentum': key('optimizer.momentum', { default: byDefault(0.95, MUON), when: hasMuon }),
  'optim_config.adamw_betas': [
    key('optimizer.beta1', { read: beta(0), default: byDefault(0.9, `${MUON}, ${ADAMW}`) }),
    key('optimizer.beta2', {
      read: beta(1),
      default: byDefault((around: Around) => (hasMuon(around) ? 0.95 : 0.999), `${MUON}, ${ADAMW}`),
    }),
  ],
  'optim_config.adamw_eps': key('optimizer.epsilon', { default: byDefault(1e-8, `${MUON}, ${ADAMW}`) }),
  'lr_scheduler_config.name': key('schedule.kind', { default: byDefault('constant', TRAINER) }),
  max_steps: key('schedule.totalSteps', { read: positive, write: (to) => to }),
  num_train_epochs: key('schedule.epochs', {
    default: byDefault(3, TRAINING),
    when: (around) => positive(around.get('max_steps') ?? 0) === undefined,
  }),
  save_steps: key('schedule.saveSteps', { read: positive, write: (to) => to }),

  bf16: key('precision.bf16Flag', { default: byDefault(true, TRAINING) }),
  enable_activation_checkpointing: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('full', TRAINING),
  }),
  'kernel_config.name': key('loss.fusedLayers', {
    read: (value) => typeof value === 'string' && value.includes('liger_kernel'),
  }),
  // Training asks Liger for whole logits, so its fused cross-entropy is never used.
  kernel_config: key('loss.kernel', {
    read: () => undefined,
    default: byDefault('plain', 'LLaMA-Factory: src/llamafactory/v1/core/model_engine.py'),
  }),

  'peft_config.name': key('adapter.kind', {
    read: (value, around) => {
      if (value !== 'lora') return 'other';
      return around.get('peft_config.use_dora') === true ? 'dora' : 'lora';
    },
    default: byDefault('none', 'LLaMA-Factory: src/llamafactory/v1/core/model_engine.py'),
  }),
  // Only whole layers, as which of a layer's modules a name means hangs on the model.
  'peft_config.freeze_trainable_layers': key('adapter.trainedLayers', {
    default: byDefault(2, PEFT),
    when: freezesWholeLayers,
  }),
  'peft_config.r': key('adapter.rank', { default: byDefault(8, PEFT), when: isLora }),
  'peft_config.lora_alpha': key('adapter.alpha', { default: byDefault(16, PEFT), when: isLora }),
  'peft_config.lora_dropout': key('adapter.dropout', { default: byDefault(0.05, PEFT), when: isLora }),
  'peft_config.target_modules': key('adapter.targets', {
    read: targetsOf,
    write: (to) => (to === 'all-linear' ? 'all' : to),
    default: byDefault<AdapterTargets>('all-linear', PEFT),
    when: isLora,
  }),
  'peft_config.use_rslora': key('adapter.rankStabilized', { default: byDefault(false, PEFT), when: isLora }),
  'peft_config.modules_to_save': key('adapter.savedModules', { when: isLora }),
  'quant_config.quantization_bit': key('adapter.quantization', {
    read: (value, around) => storageOf(castNumber(value), around),
    write: (to) => (to === 'int8' ? 8 : to === 'nf4' ? 4 : undefined),
    // The method bnb means 4 bit where no bits are written; auto then quantises nothing.
    default: byDefault<WeightQuantization>(
      (around: Around) => (around.get('quant_config.name') === 'bnb' ? storageOf(4, around) : 'none'),
      QUANTIZATION,
    ),
  }),
  'quant_config.double_quantization': key('adapter.doubleQuantization', {
    default: byDefault(true, QUANTIZATION),
    when: (around) =>
      around.has('quant_config.name') && castNumber(around.get('quant_config.quantization_bit') ?? 4) === 4,
  }),

  'dist_config.reshard_after_forward': key('sharding.reshardAfterForward', {
    default: byDefault(true, FSDP),
    when: isSharded,
  }),
  'dist_config.offload_params': [
    key('sharding.offloadParameters', { ...ON_HOST, default: byDefault('none', FSDP), when: isSharded }),
    key('sharding.offloadOptimizer', { ...ON_HOST, default: byDefault('none', FSDP), when: isSharded }),
  ],
  'dist_config.ep_size': key('parallel.expert', {
    read: positive,
    write: (to) => to,
    default: byDefault(1, TURBO),
    when: (around) => around.get('dist_config.name') === 'fsdpturbo',
  }),
  dp_size: key('parallel.data'),
  cp_size: [
    key('parallel.ulysses', { default: byDefault(1, TRAINING), when: usesUlysses }),
    key('parallel.context', {
      read: (value, around) => (usesUlysses(around) ? 1 : positive(value)),
      default: byDefault(1, TRAINING),
    }),
  ],
  mp_shard_size: key('sharding.degree', { when: isSharded }),
};

function beta(index: 0 | 1) {
  return (value: ConfigValue): number | undefined =>
    Array.isArray(value) ? castNumber(value[index] ?? null) : undefined;
}

function targetsOf(value: ConfigValue): AdapterTargets | undefined {
  if (value === 'all') return 'all-linear';
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((name): name is string => typeof name === 'string') ? value : undefined;
}

function storageOf(bits: number | undefined, around: Around): WeightQuantization | undefined {
  if (bits === 8) return 'int8';
  if (bits !== 4) return undefined;
  return around.get('quant_config.quantization_type') === 'fp4' ? 'fp4' : 'nf4';
}
