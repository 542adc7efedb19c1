import type { AdapterTargets, Checkpointing, TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, positive, whereAbsent } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { policyPart } from './precision-policy.ts';

export const TRAINER = 'levanter: src/levanter/trainer.py';
const OPTIMIZER = 'levanter: src/levanter/optim/config.py';
export const MODELS = 'levanter: src/levanter/models';

const LORA = 'levanter: src/levanter/lora.py (LoraConfig)';
const ALPACA = 'levanter: examples/alpaca/alpaca.py';
const AVERAGING = 'levanter: src/levanter/optim/model_averaging.py';

const adapts = (around: Around): boolean => around.has('lora');
const averages = (around: Around): boolean => /^ema/.test(String(around.get('trainer.model_averaging.type') ?? ''));

const COUNT = { read: positive, write: (to: number): ConfigValue => to };

interface Dimensions {
  readonly hidden: number;
  readonly intermediate?: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly length: number;
  readonly tied: boolean;
}

/** What each kind of model has where the file says nothing (src/levanter/models/<kind>.py). */
const DIMENSIONS: Readonly<Record<string, Dimensions>> = {
  gpt2: { hidden: 768, layers: 12, heads: 12, kvHeads: 12, length: 1024, tied: true },
  llama: { hidden: 4096, intermediate: 11_008, layers: 32, heads: 32, kvHeads: 32, length: 2048, tied: false },
  olmo2: { hidden: 4096, intermediate: 11_008, layers: 32, heads: 32, kvHeads: 32, length: 4096, tied: false },
  mistral: { hidden: 4096, intermediate: 14_336, layers: 32, heads: 32, kvHeads: 8, length: 8192, tied: false },
  mixtral: { hidden: 4096, intermediate: 14_336, layers: 32, heads: 32, kvHeads: 8, length: 8192, tied: false },
};

/** The kind of model; Llama where the file has no model at all, GPT-2 where it only leaves out the kind. */
export function kindOf(around: Around): string {
  return String(around.get('model.type') ?? (around.has('model') ? 'gpt2' : 'llama'));
}

/** The scripts that tune a checkpoint of the hub take its dimensions too. */
const tunesCheckpoint = (around: Around): boolean =>
  around.has('model_name_or_path') ||
  around.has('lora') ||
  (typeof around.get('initialize_from_hf') === 'string' && !around.has('model'));

/** Keys of the scripts that tune all weights on conversations alone (levanter: src/levanter/main/sft.py, sft_mixture.py). */
const FULL_TUNING = ['supervised_data', 'chat_train_urls', 'messages_field'];

/** Of those scripts some train an adapter, whose section may be absent, so that nothing tells which one runs. */
export const mayAdapt = (around: Around): boolean =>
  tunesCheckpoint(around) && !around.has('lora') && !FULL_TUNING.some((name) => around.has(name));

/** Whether the dimensions are the file's own, not a checkpoint's. */
export function hasOwnDimensions(around: Around): boolean {
  const fromHub = around.get('use_hf_model_config') === true || tunesCheckpoint(around);
  return !fromHub && (around.has('model') || around.has('trainer'));
}

function usual<N extends keyof Dimensions>(name: N): (around: Around) => Dimensions[N] | undefined {
  return (around) => (hasOwnDimensions(around) ? DIMENSIONS[kindOf(around)]?.[name] : undefined);
}

/** GPT-2's feed-forward is a multiple of its width. */
function intermediate(around: Around): number | undefined {
  const kind = DIMENSIONS[kindOf(around)];
  if (kind === undefined || !hasOwnDimensions(around)) return undefined;
  if (kind.intermediate !== undefined) return kind.intermediate;
  return (
    (castNumber(around.get('model.hidden_dim') ?? kind.hidden) ?? 0) *
    (castNumber(around.get('model.mlp_scale') ?? 4) ?? 4)
  );
}

/** Up to 1 it is a share of the run, above it counts steps. */
const isShare = (value: ConfigValue): boolean => (castNumber(value) ?? 0) <= 1;

const keepsOneInterval = (around: Around): boolean => around.get('trainer.checkpointer.keep.1') === undefined;

const trains = (around: Around): boolean => around.has('trainer') || around.has('model');

/** levanter's keys: `trainer`, `optimizer`, `model` and those of its fine-tuning scripts. */
export const LEVANTER_KEYS: KeyTable = {
  'trainer.train_batch_size': [
    key('batch.global', {
      ...COUNT,
      default: byDefault((around: Around) => (around.has('trainer.train_batch_size') ? undefined : 512), TRAINER),
    }),
    key('batch.rampUp', { read: (value) => (Array.isArray(value) ? value.length > 1 : undefined) }),
  ],
  'trainer.per_device_parallelism': [
    key('batch.micro', { read: positive, write: (to) => to }),
    key('batch.gradientAccumulation', {
      // Without a cap the whole batch goes through at once.
      read: (value) => (value === -1 ? 1 : undefined),
      default: byDefault(
        (around: Around) =>
          positive(around.get('trainer.per_device_parallelism') ?? null) === undefined ? 1 : undefined,
        TRAINER,
      ),
    }),
  ],
  'trainer.per_device_eval_parallelism': key('batch.eval', COUNT),
  'trainer.num_train_steps': key('schedule.totalSteps', { ...COUNT, default: byDefault(400_000, TRAINER) }),
  'trainer.steps_per_eval': key('schedule.evalSteps', { ...COUNT, default: byDefault(1000, TRAINER) }),
  // Several intervals follow each other; one holds for the whole run.
  'trainer.checkpointer.keep.0.every': key('schedule.saveSteps', {
    ...COUNT,
    default: whereAbsent('trainer.checkpointer.keep', 10_000, 'levanter: src/levanter/checkpoint.py'),
    when: keepsOneInterval,
  }),
  'trainer.model_averaging.beta': key('optimizer.emaDecay', {
    default: byDefault((around: Around) => (averages(around) ? 0.999 : undefined), AVERAGING),
    when: averages,
  }),
  'trainer.model_axis_size': key('parallel.tensor', { ...COUNT, default: byDefault(1, TRAINER) }),
  'trainer.fsdp_axis': key('sharding.zeroStage', {
    read: (value) => (typeof value === 'string' || Array.isArray(value) ? 3 : undefined),
    default: byDefault((around: Around): 0 | 3 => (around.has('trainer.fsdp_axis') ? 0 : 3), TRAINER),
  }),
  'trainer.mp': [
    key('precision.weights', {
      ...policyPart('trainer.mp', 'p'),
      default: whereAbsent<TensorDtype>('trainer.mp', 'fp32', TRAINER),
    }),
    key('precision.compute', {
      ...policyPart('trainer.mp', 'c'),
      default: whereAbsent<TensorDtype>('trainer.mp', 'fp32', TRAINER),
    }),
  ],

  'model.hidden_dim': key('model.hiddenSize', { read: positive, default: byDefault(usual('hidden'), MODELS) }),
  'model.intermediate_dim': key('model.intermediateSize', { read: positive, default: byDefault(intermediate, MODELS) }),
  'model.num_layers': key('model.layers', { read: positive, default: byDefault(usual('layers'), MODELS) }),
  'model.num_heads': key('model.heads', { read: positive, default: byDefault(usual('heads'), MODELS) }),
  'model.num_kv_heads': key('model.kvHeads', {
    read: positive,
    default: byDefault(
      (around: Around) =>
        (kindOf(around) === 'gpt2' ? positive(around.get('model.num_heads') ?? null) : undefined) ??
        usual('kvHeads')(around),
      MODELS,
    ),
  }),
  'model.head_dim': key('model.headDim', { read: positive }),
  'model.tie_word_embeddings': key('model.tiedEmbeddings', { default: byDefault(usual('tied'), MODELS) }),
  'model.n_routed_experts': key('model.experts', {
    read: positive,
    default: byDefault((around: Around) => (kindOf(around) === 'mixtral' ? 8 : undefined), MODELS),
  }),
  'model.num_experts_per_tok': key('model.expertsPerToken', {
    read: positive,
    default: byDefault((around: Around) => (kindOf(around) === 'mixtral' ? 2 : undefined), MODELS),
  }),
  'lora.r': key('adapter.rank', { ...COUNT, default: byDefault(8, LORA), when: adapts }),
  'lora.alpha': key('adapter.alpha', { default: byDefault(8, LORA), when: adapts }),
  'lora.dropout': key('adapter.dropout', { default: byDefault(0, LORA), when: adapts }),
  'lora.target_modules': key('adapter.targets', {
    read: (value) =>
      Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : undefined,
    default: whereAbsent<AdapterTargets>('lora.target_modules', 'all-linear', LORA),
    when: adapts,
  }),
  max_seq_len: key('data.sequenceLength', COUNT),
  max_train_length: key('data.sequenceLength', COUNT),
  max_tune_length: key('data.sequenceLength', {
    ...COUNT,
    default: byDefault((around: Around) => (around.has('model_name_or_path') ? 2048 : undefined), ALPACA),
  }),
  'model.seq_len': [
    key('data.sequenceLength', {
      ...COUNT,
      default: byDefault(usual('length'), MODELS),
      when: (around) => !around.has('max_seq_len') && !around.has('max_tune_length'),
    }),
    key('model.maxPositions', { read: positive, default: byDefault(usual('length'), MODELS) }),
  ],
  'model.gradient_checkpointing': key('activations.checkpointing', {
    read: (value): Checkpointing | undefined =>
      value === false ? 'none' : value === true || typeof value === 'string' ? 'full' : undefined,
    write: (to) => (to === 'selective' ? undefined : to === 'full'),
    default: byDefault((around: Around): Checkpointing | undefined => (trains(around) ? 'full' : undefined), MODELS),
  }),
  model_name_or_path: key('model.name'),
  initialize_from_hf: key('model.name', { read: (value) => (typeof value === 'string' ? value : undefined) }),

  'optimizer.type': key('optimizer.name', {
    // Its Adam decouples weight decay.
    read: (value) => (value === 'adam' ? 'adamw_torch' : typeof value === 'string' ? value : undefined),
    default: byDefault('adamw_torch', OPTIMIZER),
  }),
  'optimizer.learning_rate': key('optimizer.peakLearningRate', { default: byDefault(6e-4, OPTIMIZER) }),
  'optimizer.weight_decay': key('optimizer.weightDecay', { default: byDefault(0.1, OPTIMIZER) }),
  'optimizer.beta1': key('optimizer.beta1', {
    default: byDefault((around: Around) => adamOnly(around, 0.9), OPTIMIZER),
  }),
  'optimizer.beta2': key('optimizer.beta2', {
    default: byDefault((around: Around) => adamOnly(around, 0.95), OPTIMIZER),
  }),
  'optimizer.epsilon': key('optimizer.epsilon', {
    default: byDefault((around: Around) => adamOnly(around, 1e-8), OPTIMIZER),
  }),
  'optimizer.max_grad_norm': key('optimizer.maxGradNorm', { default: byDefault(1, OPTIMIZER) }),
  'optimizer.lr_schedule': key('schedule.kind', { default: whereAbsent('optimizer.lr_schedule', 'cosine', OPTIMIZER) }),
  'optimizer.lr_schedule.type': key('schedule.kind'),
  'optimizer.min_lr_ratio': key('schedule.minRatio', { default: byDefault(0.1, OPTIMIZER) }),
  'optimizer.warmup': [
    key('schedule.warmupRatio', {
      read: (value) => (isShare(value) ? castNumber(value) : undefined),
      write: (to) => to,
      when: (around) => isShare(around.get('optimizer.warmup') ?? 0),
      default: byDefault(0.01, OPTIMIZER),
    }),
    key('schedule.warmupSteps', {
      read: (value) => (isShare(value) ? undefined : castNumber(value)),
      write: (to) => (to > 1 ? to : undefined),
      when: (around) => !isShare(around.get('optimizer.warmup') ?? 0),
    }),
  ],
};

function adamOnly(around: Around, value: number): number | undefined {
  const type = around.get('optimizer.type') ?? 'adam';
  return type === 'adam' || type === 'lion' ? value : undefined;
}
