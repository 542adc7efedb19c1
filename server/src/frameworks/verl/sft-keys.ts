import type { Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { readDtype, writeDtype } from '../hf-family/settle-precision.ts';
import { byDefault, key, oneOf, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';
import { offloads } from './rl-keys.ts';
import { engineOf, isSft, onMegatron, ulyssesOf } from './verl-around.ts';

const SFT_TRAINER = 'verl: verl/trainer/config/sft_trainer.yaml';

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };
const DTYPES = { read: readDtype, write: writeDtype };
const SFT = { when: isSft };

const batchesByTokens = (around: Around): boolean => around.get('data.use_dynamic_bsz') === true;
const usesLora = (around: Around): boolean =>
  isSft(around) && positive(around.get('model.lora_rank') ?? null) !== undefined;
const byEngine = (around: Around): boolean => isSft(around) && onMegatron(around);

function sft<T>(value: T, when: (around: Around) => boolean = isSft) {
  return { when, default: byDefault(value, SFT_TRAINER) };
}

/** The supervised trainers: the older one with everything under `model`, the newer one with an `engine`. */
export const SFT_KEYS: KeyTable = {
  'data.micro_batch_size_per_gpu': key('batch.micro', {
    ...WHOLE,
    ...sft(4, (around) => isSft(around) && !batchesByTokens(around)),
  }),
  'data.max_token_len_per_gpu': key('batch.microTokens', {
    read: (value, around) => {
      const tokens = positive(value);
      return tokens === undefined ? undefined : tokens * ulyssesOf(around);
    },
    write: (to, around) => to / ulyssesOf(around),
    when: (around) => isSft(around) && batchesByTokens(around),
  }),
  'data.max_length': key('data.sequenceLength', { ...WHOLE, ...sft(1024) }),

  'model.partial_pretrain': key('model.name', SFT),
  'model.path': key('model.name', SFT),
  'model.enable_gradient_checkpointing': key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    ...sft<Checkpointing>('full'),
  }),
  'model.use_liger': key('loss.fusedLayers', sft(false)),
  'model.lora_rank': [
    key('adapter.kind', {
      read: (value) => (positive(value) === undefined ? 'none' : 'lora'),
      ...sft<'none'>('none'),
    }),
    key('adapter.rank', { ...WHOLE, when: usesLora }),
  ],
  'model.lora_alpha': key('adapter.alpha', sft(16, usesLora)),
  'model.target_modules': key('adapter.targets', {
    read: (value) => (value === 'all-linear' ? 'all-linear' : undefined),
    ...sft<'all-linear'>('all-linear', usesLora),
  }),

  'model.strategy': key('sharding.engine', {
    read: (_value, around) => engineOf(around),
    when: isSft,
    default: byDefault((around: Around) => engineOf(around) ?? 'fsdp2', SFT_TRAINER),
  }),
  'engine.strategy': key('sharding.engine', { read: (_value, around) => engineOf(around), when: isSft }),
  'model.fsdp_config.model_dtype': key('precision.weights', { ...DTYPES, when: isSft }),
  'engine.model_dtype': key('precision.weights', { ...DTYPES, ...sft<'fp32'>('fp32') }),
  'engine.dtype': key('precision.compute', { ...DTYPES, when: isSft }),
  'engine.fsdp_size': key('sharding.degree', { ...WHOLE, when: isSft }),
  'engine.reshard_after_forward': key('sharding.reshardAfterForward', sft(true)),
  'model.fsdp_config.offload_params': key('sharding.offloadParameters', {
    read: (value, around) => offloads(around.get('model.fsdp_config.cpu_offload') === true && value),
    when: isSft,
  }),
  ulysses_sequence_parallel_size: key('parallel.ulysses', { ...WHOLE, ...sft(1) }),
  'engine.ulysses_sequence_parallel_size': key('parallel.ulysses', { ...WHOLE, when: isSft }),
  'engine.tensor_model_parallel_size': key('parallel.tensor', { ...WHOLE, when: byEngine }),
  'engine.pipeline_model_parallel_size': key('parallel.pipeline', { ...WHOLE, when: byEngine }),
  'engine.context_parallel_size': key('parallel.context', { ...WHOLE, when: byEngine }),
  'engine.expert_model_parallel_size': key('parallel.expert', { ...WHOLE, when: byEngine }),

  'optim.optimizer': key('optimizer.name', sft('AdamW')),
  'optim.lr': key('optimizer.peakLearningRate', sft(1e-5)),
  'optim.weight_decay': key('optimizer.weightDecay', sft(0.01)),
  'optim.betas': [
    key('optimizer.beta1', { ...pairElement('optim.betas', 0), ...sft(0.9) }),
    key('optimizer.beta2', { ...pairElement('optim.betas', 1), ...sft(0.95) }),
  ],
  'optim.clip_grad': key('optimizer.maxGradNorm', sft(1)),
  'optim.lr_warmup_steps': key('schedule.warmupSteps', { ...WHOLE, when: isSft }),
  'optim.lr_warmup_steps_ratio': key('schedule.warmupRatio', {
    ...sft(0.1, (around) => isSft(around) && positive(around.get('optim.lr_warmup_steps') ?? null) === undefined),
  }),
  'optim.lr_scheduler': key('schedule.kind', SFT),
  'optim.lr_scheduler_type': key('schedule.kind', sft('cosine')),
  'optim.min_lr_ratio': key('schedule.minRatio', SFT),
};

/** `data.train_batch_size` counts sequences of an optimizer step here, prompts of a round in reinforcement learning. */
export const SFT_GLOBAL_BATCH = key('batch.global', { ...WHOLE, ...sft(256) });
