import type { LossKernel, TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';
import { LOW_RANK_KEYS } from './low-rank-keys.ts';
import { isTraining, objectiveOf, rollsOut } from './torchtune-recipe.ts';

const RECIPE = 'torchtune: recipes/full_finetune_distributed.py';
const DATASETS = 'torchtune: torchtune/datasets/_sft.py';
const LOSSES = 'torchtune: torchtune/modules/loss/cross_entropy_loss.py';
const ADAMW = 'torch: torch/optim/adamw.py';

const PER_STEP = { read: positive, write: (to: number) => to };
const learnsDirectly = (around: Around): boolean => isTraining(around) && !rollsOut(around);
const prefers = (around: Around): boolean => objectiveOf(around) === 'dpo';
const usesAdamW = (around: Around): boolean => /Adam/.test(optimizerOf(around));

/** torchtune's own spellings first, so that a written value is one that its recipes build. */
const OPTIMIZERS = oneOf<string>([
  ['torch.optim.AdamW', 'adamw_torch'],
  ['torch.optim.SGD', 'sgd'],
  ['bitsandbytes.optim.PagedAdamW', 'paged_adamw_32bit'],
  ['bitsandbytes.optim.PagedAdamW8bit', 'paged_adamw_8bit'],
  ['bitsandbytes.optim.AdamW8bit', 'adamw_bnb_8bit'],
  ['torchao.optim.AdamW8bit', 'adamw_torch_8bit'],
]);

/** Keys of the optimizer, which the asynchronous recipe keeps under `training`. */
function optimizerKeys(prefix: string): KeyTable {
  return {
    [`${prefix}optimizer._component_`]: key('optimizer.name', {
      read: (value, around) => optimizerName(value, around.get(`${prefix}optimizer.fused`) === true),
      // Arguments of one optimizer are refused by another.
      write: (to, around) => (around.has(`${prefix}optimizer.fused`) ? undefined : OPTIMIZERS.write(to)),
      when: isTraining,
    }),
    // A recipe without an optimizer evaluates, generates or quantises, and is to stay so.
    [`${prefix}optimizer.lr`]: key('optimizer.peakLearningRate', { when: isTraining }),
    [`${prefix}optimizer.weight_decay`]: key('optimizer.weightDecay', {
      default: byDefault((around: Around) => (usesAdamW(around) ? 0.01 : undefined), ADAMW),
      when: isTraining,
    }),
    [`${prefix}optimizer.betas`]: [
      betaRow(`${prefix}optimizer.betas`, 'optimizer.beta1', 0, 0.9),
      betaRow(`${prefix}optimizer.betas`, 'optimizer.beta2', 1, 0.999),
    ],
    [`${prefix}optimizer.eps`]: key('optimizer.epsilon', {
      default: byDefault((around: Around) => (usesAdamW(around) ? 1e-8 : undefined), ADAMW),
      when: isTraining,
    }),
    [`${prefix}optimizer.momentum`]: key('optimizer.momentum', { when: isTraining }),
    [`${prefix}clip_grad_norm`]: key('optimizer.maxGradNorm', {
      // "inf" only measures the norm.
      read: (value) => (castNumber(value) === undefined ? 0 : castNumber(value)),
      write: (to) => (to === 0 ? null : to),
      default: byDefault(0, RECIPE),
      when: isTraining,
    }),
    [`${prefix}optimizer_in_bwd`]: key('optimizer.inBackward', { default: byDefault(false, RECIPE), when: isTraining }),
  };
}

const batchKeys: KeyTable = {
  batch_size: [
    key('batch.micro', { ...PER_STEP, when: learnsDirectly }),
    key('batch.eval', { ...PER_STEP, when: (around) => !isTraining(around) }),
    key('rollout.batch', { ...PER_STEP, when: (around) => objectiveOf(around) === 'ppo' }),
  ],
  batch_size_val: key('batch.eval', PER_STEP),
  gradient_accumulation_steps: key('batch.gradientAccumulation', { ...PER_STEP, when: isTraining }),
};

const dataKeys: KeyTable = {
  'tokenizer.max_seq_len': [
    key('data.sequenceLength', { ...PER_STEP, when: (around) => !rollsOut(around) }),
    key('rollout.promptLength', { ...PER_STEP, when: rollsOut }),
  ],
  'dataset.packed': key('data.packing', { default: byDefault(false, DATASETS), when: isTraining }),
};

const scheduleKeys: KeyTable = {
  'lr_scheduler._component_': key('schedule.kind', {
    read: (value) => /get_(\w+?)_schedule/.exec(String(value))?.[1],
    default: byDefault('constant', 'torchtune: recipes/lora_finetune_single_device.py (no scheduler, no change)'),
    when: isTraining,
  }),
  'lr_scheduler.num_warmup_steps': key('schedule.warmupSteps', {
    default: byDefault((around: Around) => (around.has('lr_scheduler') ? undefined : 0), RECIPE),
    when: isTraining,
  }),
  max_steps_per_epoch: key('schedule.totalSteps', {
    read: (value, around) => {
      const [steps, epochs] = [positive(value), positive(around.get('epochs') ?? 0)];
      return steps === undefined || epochs === undefined ? undefined : steps * epochs;
    },
    write: (to, around) => {
      const epochs = positive(around.get('epochs') ?? 0);
      return epochs === undefined || to % epochs !== 0 ? undefined : to / epochs;
    },
  }),
  epochs: key('schedule.epochs', {
    ...PER_STEP,
    // A limit on steps ends an epoch before the data does.
    when: (around) => positive(around.get('max_steps_per_epoch') ?? 0) === undefined,
  }),
  run_val_every_n_steps: [
    key('schedule.evalCadence', {
      read: (value) => (positive(value) === undefined ? 'no' : 'steps'),
      default: byDefault('no', RECIPE),
      when: isTraining,
    }),
    key('schedule.evalSteps', PER_STEP),
  ],
  save_every_n_steps: [
    key('schedule.saveCadence', {
      read: (value) => (positive(value) === undefined ? undefined : 'steps'),
      default: byDefault('epoch', RECIPE),
      when: isTraining,
    }),
    key('schedule.saveSteps', PER_STEP),
  ],
};

/** Memory switches, which the asynchronous recipe keeps under `training`. */
function memoryKeys(prefix: string): KeyTable {
  // The older switch goes before the mode.
  const hasMode = (around: Around): boolean =>
    typeof around.get(`${prefix}ac_mode`) === 'string' &&
    around.get(`${prefix}enable_activation_checkpointing`) !== true;
  const isSelective = (around: Around): boolean => hasMode(around) && around.get(`${prefix}ac_mode`) === 'selective';
  return {
    [`${prefix}ac_mode`]: key('activations.checkpointing', {
      read: (value) => (value === 'selective' || value === 'full' ? value : undefined),
      when: hasMode,
    }),
    [`${prefix}ac_option`]: [
      key('activations.checkpointEvery', { read: positive, write: (to) => to, when: isSelective }),
      key('activations.kept', {
        read: (value) => (value === 'op' ? 'alternate-matmuls' : positive(value) === undefined ? undefined : 'layers'),
        when: isSelective,
      }),
    ],
    [`${prefix}enable_activation_checkpointing`]: key('activations.checkpointing', {
      read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
      write: (to) => (to === 'selective' ? undefined : to === 'full'),
      default: byDefault('none', RECIPE),
      when: (around) => isTraining(around) && !hasMode(around),
    }),
    [`${prefix}enable_activation_offloading`]: key('activations.offload', {
      default: byDefault(false, RECIPE),
      when: isTraining,
    }),
    [`${prefix}compile`]: key('compile.enabled', {
      read: (value) => (typeof value === 'object' && value !== null ? true : value === true),
      write: (to) => to,
      default: byDefault(false, RECIPE),
      when: isTraining,
    }),
  };
}

const lossKeys: KeyTable = {
  'loss._component_': key('loss.kernel', { read: lossKernel }),
  'loss.num_output_chunks': key('loss.chunks', {
    ...PER_STEP,
    default: byDefault((around: Around) => (isChunked(around) ? 8 : undefined), LOSSES),
  }),
  'loss.beta': key('preference.beta', {
    default: byDefault(0.1, 'torchtune: torchtune/rlhf/loss/dpo.py'),
    when: prefers,
  }),
  'loss.label_smoothing': key('loss.labelSmoothing', { when: prefers }),
};

const DTYPES = oneOf<TensorDtype>([
  ['bf16', 'bf16'],
  ['fp32', 'fp32'],
  ['fp16', 'fp16'],
]);

const parallelKeys: KeyTable = {
  tensor_parallel_dim: key('parallel.tensor', { default: byDefault(1, RECIPE) }),
  context_parallel_dim: key('parallel.context', { default: byDefault(1, RECIPE) }),
  expert_parallel_degree: key('parallel.expert', { default: byDefault(1, RECIPE) }),
  data_parallel_shard_dim: key('sharding.degree', PER_STEP),
  data_parallel_replicate_dim: key('sharding.replicas', PER_STEP),
  'orchestration.num_training_workers': key('parallel.world', PER_STEP),
};

const rolloutKeys: KeyTable = {
  'training.batch_size': key('batch.micro', PER_STEP),
  'orchestration.num_steps': key('schedule.totalSteps', PER_STEP),
  'inference.engine': key('rollout.engine'),
  'inference.group_size': key('rollout.generations', PER_STEP),
  grpo_samples: key('rollout.generations', PER_STEP),
  'inference.max_generated_tokens': key('rollout.completionLength', PER_STEP),
  max_generated_tokens: key('rollout.completionLength', { ...PER_STEP, when: rollsOut }),
  'inference.tensor_parallel_dim': key('rollout.tensorParallel', PER_STEP),
  'training.ppo_epochs': key('rollout.updateEpochs', PER_STEP),
  ppo_epochs: key('rollout.updateEpochs', { ...PER_STEP, when: rollsOut }),
  ppo_batch_size: [
    key('batch.global', { ...PER_STEP, when: (around) => objectiveOf(around) === 'ppo' }),
    key('rollout.miniBatch', { ...PER_STEP, when: (around) => around.has('ppo_batch_size') }),
  ],
  'training.loss.kl_coeff': key('rollout.klCoefficient'),
  'loss.kl_coeff': key('rollout.klCoefficient', { when: rollsOut }),
  kl_coeff: key('rollout.klCoefficient', { when: rollsOut }),
  'training.loss.epsilon': key('rollout.clipRange'),
  'loss.epsilon': key('rollout.clipRange', { when: rollsOut }),
};

/** torchtune's YAML by dotted key; the model's size is in its builder's name. */
export const TORCHTUNE_KEYS: KeyTable = {
  ...LOW_RANK_KEYS,
  'model._component_': [
    key('model.name', { read: (value) => (typeof value === 'string' ? value : undefined) }),
    ...rowsOf(LOW_RANK_KEYS['model._component_']),
  ],
  ...dimensionKeys(),
  'tokenizer.image_size': key('model.imageSize'),
  dtype: key('precision.weights', DTYPES),
  ...batchKeys,
  ...dataKeys,
  ...optimizerKeys(''),
  ...optimizerKeys('training.'),
  ...scheduleKeys,
  ...memoryKeys(''),
  ...memoryKeys('training.'),
  ...lossKeys,
  ...parallelKeys,
  ...rolloutKeys,
};

/** Arguments of the family's general builder (`torchtune.models.llama2.llama2`), which names no size. */
function dimensionKeys(): KeyTable {
  return {
    'model.vocab_size': key('model.vocabSize'),
    'model.num_layers': key('model.layers'),
    'model.num_heads': key('model.heads'),
    'model.num_kv_heads': key('model.kvHeads'),
    'model.embed_dim': key('model.hiddenSize'),
    'model.intermediate_dim': key('model.intermediateSize'),
    'model.max_seq_len': key('model.maxPositions'),
  };
}

function rowsOf(entry: KeyTable[string] | undefined): readonly AnyKeyRow[] {
  return entry === undefined ? [] : 'field' in entry ? [entry] : entry;
}

function betaRow(path: string, field: 'optimizer.beta1' | 'optimizer.beta2', index: 0 | 1, usual: number): AnyKeyRow {
  return key(field, {
    ...pairElement(path, index),
    default: byDefault((around: Around) => (usesAdamW(around) ? usual : undefined), ADAMW),
  });
}

function optimizerOf(around: Around): string {
  return String(around.get('optimizer._component_') ?? around.get('training.optimizer._component_') ?? '');
}

function optimizerName(value: ConfigValue, fused: boolean): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = OPTIMIZERS.read(value) ?? value;
  return fused && name === 'adamw_torch' ? 'adamw_torch_fused' : name;
}

function lossKernel(value: ConfigValue): LossKernel | undefined {
  const name = String(value);
  if (/LinearCrossEntropy|Chunked/.test(name)) return 'chunked';
  return name.endsWith('.CrossEntropyLoss') ? 'plain' : undefined;
}

function isChunked(around: Around): boolean {
  return lossKernel(around.get('loss._component_') ?? null) === 'chunked';
}
