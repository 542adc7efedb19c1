import type { Cadence, Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { readDtype, writeDtype } from '../hf-family/settle-precision.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import { keptBeside } from '../kit/recompute.ts';
import type { Around, KeyTable } from '../types.ts';
import {
  engineOf,
  generationsOf,
  gpusOf,
  isFullyAsync,
  isRl,
  objectiveOf,
  onMegatron,
  ulyssesOf,
} from './verl-around.ts';

export const RL_TRAINER = 'verl: verl/trainer/config/_generated_ppo_trainer.yaml';

const ACTOR = 'actor_rollout_ref.actor';
const ROLLOUT = 'actor_rollout_ref.rollout';
const MODEL = 'actor_rollout_ref.model';

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };
const onFsdp = (around: Around): boolean => isRl(around) && !onMegatron(around);
const batchesByTokens = (around: Around): boolean => around.get(`${ACTOR}.use_dynamic_bsz`) === true;
const usesLora = (around: Around): boolean => positive(around.get(`${MODEL}.lora_rank`) ?? null) !== undefined;

/** A default of the shipped configuration of the reinforcement-learning trainer. */
function rl<T>(value: T, when: (around: Around) => boolean = isRl) {
  return { when, default: byDefault(value, RL_TRAINER) };
}

/** Batches: prompts a round, completions a prompt, prompts an update, completions or tokens a micro batch. */
const BATCH: KeyTable = {
  'data.train_batch_size': key('rollout.promptsPerStep', {
    ...WHOLE,
    ...rl(1024, (around) => isRl(around) && !isFullyAsync(around)),
  }),
  [`${ROLLOUT}.n`]: key('rollout.generations', { ...WHOLE, ...rl(1) }),
  // Stated in prompts; the worker multiplies by the completions of each before it splits over ranks.
  [`${ACTOR}.ppo_mini_batch_size`]: key('rollout.miniBatch', {
    read: (value, around) => times(positive(value), generationsOf(around)),
    write: (to, around) => {
      const prompts = to / (generationsOf(around) ?? Number.NaN);
      return Number.isInteger(prompts) ? prompts : undefined;
    },
    when: isRl,
    default: byDefault((around: Around) => times(256, generationsOf(around)), RL_TRAINER),
  }),
  [`${ACTOR}.ppo_micro_batch_size_per_gpu`]: key('batch.micro', {
    ...WHOLE,
    when: (around) => isRl(around) && !batchesByTokens(around),
  }),
  // The older key counts the completions of all ranks.
  [`${ACTOR}.ppo_micro_batch_size`]: key('batch.micro', {
    read: (value, around) => quotient(positive(value), gpusOf(around), ulyssesOf(around)),
    when: (around) =>
      onFsdp(around) &&
      !batchesByTokens(around) &&
      positive(around.get(`${ACTOR}.ppo_micro_batch_size_per_gpu`) ?? null) === undefined,
  }),
  // The cap is for one GPU; ranks that share a sequence hold their caps together.
  [`${ACTOR}.ppo_max_token_len_per_gpu`]: key('batch.microTokens', {
    read: (value, around) => times(positive(value), ulyssesOf(around)),
    write: (to, around) => to / ulyssesOf(around),
    when: (around) => isRl(around) && batchesByTokens(around),
    default: byDefault((around: Around) => 16_384 * ulyssesOf(around), RL_TRAINER),
  }),
  [`${ACTOR}.ppo_epochs`]: key('rollout.updateEpochs', { ...WHOLE, ...rl(1) }),
};

const SAMPLING: KeyTable = {
  'data.max_prompt_length': key('rollout.promptLength', { ...WHOLE, ...rl(512) }),
  'data.max_response_length': key('rollout.completionLength', { ...WHOLE, ...rl(512) }),
  [`${ROLLOUT}.name`]: key('rollout.engine', {
    read: (value) => (typeof value === 'string' && value !== '???' ? value : undefined),
    write: (to) => to,
    when: isRl,
  }),
  [`${ROLLOUT}.gpu_memory_utilization`]: key('rollout.memoryShare', rl(0.5)),
  [`${ROLLOUT}.tensor_model_parallel_size`]: key('rollout.tensorParallel', { ...WHOLE, ...rl(2) }),
  'algorithm.adv_estimator': [
    key('rollout.algorithm', rl('gae')),
    key('run.objective', {
      read: objectiveOf,
      when: isRl,
      default: byDefault('ppo', RL_TRAINER),
    }),
  ],
  [`${ACTOR}.clip_ratio`]: key('rollout.clipRange', rl(0.2)),
  [`${ACTOR}.kl_loss_coef`]: key('rollout.klCoefficient', {
    ...rl(0.001, (around) => around.get(`${ACTOR}.use_kl_loss`) === true),
  }),
  'algorithm.kl_ctrl.kl_coef': key('rollout.klCoefficient', {
    ...rl(0.001, (around) => around.get('algorithm.use_kl_in_reward') === true),
  }),
};

const OPTIMIZER: KeyTable = {
  [`${ACTOR}.optim.optimizer`]: key('optimizer.name', {
    when: isRl,
    default: byDefault((around: Around) => (onMegatron(around) ? 'adam' : 'AdamW'), RL_TRAINER),
  }),
  [`${ACTOR}.optim.lr`]: key('optimizer.peakLearningRate', rl(1e-6)),
  [`${ACTOR}.optim.weight_decay`]: key('optimizer.weightDecay', rl(0.01)),
  [`${ACTOR}.optim.betas`]: [
    key('optimizer.beta1', { ...pairElement(`${ACTOR}.optim.betas`, 0), ...rl(0.9) }),
    key('optimizer.beta2', { ...pairElement(`${ACTOR}.optim.betas`, 1), ...rl(0.999) }),
  ],
  [`${ACTOR}.grad_clip`]: key('optimizer.maxGradNorm', { when: onFsdp }),
  [`${ACTOR}.optim.clip_grad`]: key('optimizer.maxGradNorm', rl(1)),
  // Steps count where they are above zero, the share otherwise.
  [`${ACTOR}.optim.lr_warmup_steps`]: key('schedule.warmupSteps', { ...WHOLE, when: isRl }),
  [`${ACTOR}.optim.lr_warmup_steps_ratio`]: key('schedule.warmupRatio', {
    ...rl(0, (around) => isRl(around) && positive(around.get(`${ACTOR}.optim.lr_warmup_steps`) ?? null) === undefined),
  }),
  [`${ACTOR}.optim.lr_scheduler_type`]: key('schedule.kind', { when: onFsdp }),
  [`${ACTOR}.optim.warmup_style`]: key('schedule.kind', { when: onFsdp }),
  [`${ACTOR}.optim.lr_decay_style`]: key('schedule.kind', rl('constant')),
  [`${ACTOR}.optim.min_lr_ratio`]: key('schedule.minRatio', { when: onFsdp }),
  [`${ACTOR}.optim.min_lr`]: key('schedule.minLearningRate', { when: onMegatron }),
};

const MODEL_AND_MEMORY: KeyTable = {
  [`${MODEL}.path`]: key('model.name', { when: isRl }),
  [`${MODEL}.enable_gradient_checkpointing`]: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    ...rl<Checkpointing>('full', onFsdp),
  }),
  [`${ACTOR}.megatron.override_transformer_config.recompute_granularity`]: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      ['full', 'full'],
      ['selective', 'selective'],
    ]),
    ...rl<Checkpointing>('none', onMegatron),
  }),
  [`${ACTOR}.megatron.override_transformer_config.recompute_modules`]: key('activations.kept', {
    read: keptBeside,
    when: onMegatron,
  }),
  [`${MODEL}.enable_activation_offload`]: key('activations.offload', rl(false, onFsdp)),
  [`${MODEL}.use_remove_padding`]: key('data.padToMax', {
    read: (value) => (typeof value === 'boolean' ? !value : undefined),
    write: (to) => !to,
    ...rl(false, onFsdp),
  }),
  [`${ACTOR}.megatron.use_remove_padding`]: key('data.padToMax', {
    read: (value) => (typeof value === 'boolean' ? !value : undefined),
    write: (to) => !to,
    ...rl(false, onMegatron),
  }),
  [`${MODEL}.use_fused_kernels`]: key('loss.kernel', {
    ...oneOf<'plain' | 'chunked' | 'fused'>([
      [true, 'fused'],
      [false, 'plain'],
    ]),
    ...rl<'plain'>('plain', onFsdp),
  }),
  [`${MODEL}.use_liger`]: key('loss.fusedLayers', rl(false, onFsdp)),
  [`${MODEL}.lora_rank`]: [
    key('adapter.kind', {
      read: (value) => (positive(value) === undefined ? 'none' : 'lora'),
      when: isRl,
      default: byDefault('none', RL_TRAINER),
    }),
    key('adapter.rank', { ...WHOLE, when: usesLora }),
  ],
  [`${MODEL}.lora_alpha`]: key('adapter.alpha', rl(16, usesLora)),
  [`${MODEL}.target_modules`]: key('adapter.targets', {
    read: (value) =>
      value === 'all-linear'
        ? 'all-linear'
        : Array.isArray(value) && value.every((item) => typeof item === 'string')
          ? value
          : undefined,
    write: (to) => to,
    when: usesLora,
    default: byDefault('all-linear', RL_TRAINER),
  }),
};

const DTYPES = { read: readDtype, write: writeDtype };

/** Megatron's ways of giving stages unlike numbers of layers. */
const UNEVEN_STAGES: readonly string[] = [
  'account_for_embedding_in_pipeline_split',
  'account_for_loss_in_pipeline_split',
  'num_layers_in_first_pipeline_stage',
  'num_layers_in_last_pipeline_stage',
  'pipeline_model_parallel_layout',
];

const SHARDING: KeyTable = {
  [`${ACTOR}.strategy`]: key('sharding.engine', {
    read: (_value, around) => engineOf(around),
    write: (to) => ({ fsdp1: 'fsdp', fsdp2: 'fsdp2', megatron: 'megatron' })[String(to)],
    when: isRl,
    default: byDefault((around: Around) => engineOf(around) ?? 'fsdp1', RL_TRAINER),
  }),
  [`${ACTOR}.fsdp_config.model_dtype`]: key('precision.weights', { ...DTYPES, ...rl<'fp32'>('fp32', onFsdp) }),
  [`${ACTOR}.fsdp_config.mixed_precision.param_dtype`]: key('precision.compute', { ...DTYPES, when: onFsdp }),
  [`${ACTOR}.fsdp_config.dtype`]: key('precision.compute', { ...DTYPES, when: onFsdp }),
  [`${ACTOR}.fsdp_config.mixed_precision.reduce_dtype`]: key('precision.reduce', { ...DTYPES, when: onFsdp }),
  [`${ACTOR}.fsdp_config.fsdp_size`]: key('sharding.degree', { ...WHOLE, when: onFsdp }),
  [`${ACTOR}.fsdp_config.reshard_after_forward`]: key('sharding.reshardAfterForward', rl(true, onFsdp)),
  // The other two offload switches move states away only while no update runs.
  [`${ACTOR}.fsdp_config.offload_policy`]: [
    key('sharding.offloadParameters', { read: offloads, when: onFsdp }),
    key('sharding.offloadOptimizer', { read: offloads, when: onFsdp }),
  ],
  [`${ACTOR}.ulysses_sequence_parallel_size`]: key('parallel.ulysses', { ...WHOLE, ...rl(1, onFsdp) }),
  [`${ACTOR}.fsdp_config.ulysses_sequence_parallel_size`]: key('parallel.ulysses', { ...WHOLE, when: onFsdp }),
  [`${ACTOR}.megatron.dtype`]: key('precision.weights', { ...DTYPES, ...rl<'bf16'>('bf16', onMegatron) }),
  [`${ACTOR}.megatron.tensor_model_parallel_size`]: key('parallel.tensor', { ...WHOLE, ...rl(1, onMegatron) }),
  [`${ACTOR}.megatron.pipeline_model_parallel_size`]: key('parallel.pipeline', { ...WHOLE, ...rl(1, onMegatron) }),
  [`${ACTOR}.megatron.virtual_pipeline_model_parallel_size`]: key('parallel.virtualPipeline', {
    ...WHOLE,
    when: onMegatron,
  }),
  ...Object.fromEntries(
    UNEVEN_STAGES.map((name) => [
      `${ACTOR}.megatron.override_transformer_config.${name}`,
      key('parallel.unevenStages', {
        read: (value) => (value === false ? undefined : true),
        when: onMegatron,
      }),
    ]),
  ),
  [`${ACTOR}.megatron.context_parallel_size`]: key('parallel.context', { ...WHOLE, ...rl(1, onMegatron) }),
  [`${ACTOR}.megatron.expert_model_parallel_size`]: key('parallel.expert', { ...WHOLE, ...rl(1, onMegatron) }),
  [`${ACTOR}.megatron.sequence_parallel`]: key('parallel.sequence', rl(true, onMegatron)),
  [`${ACTOR}.megatron.use_distributed_optimizer`]: key('sharding.zeroStage', {
    ...oneOf<0 | 1 | 2 | 3>([
      [true, 1],
      [false, 0],
    ]),
    ...rl<1>(1, onMegatron),
  }),
};

const everyFew = (value: ConfigValue): Cadence | undefined => {
  const steps = castNumber(value);
  return steps === undefined ? undefined : steps > 0 ? 'steps' : 'no';
};

/** Both trainers: machines, length, how often it saves. Steps are rounds of the reinforcement-learning trainer. */
export const TRAINER_KEYS: KeyTable = {
  'trainer.nnodes': key('parallel.nodes', { ...WHOLE, default: byDefault(1, RL_TRAINER) }),
  'trainer.n_gpus_per_node': key('parallel.gpusPerNode', {
    ...WHOLE,
    default: byDefault((around: Around) => (isRl(around) || around.has('optim') ? 8 : undefined), RL_TRAINER),
  }),
  'trainer.total_training_steps': key('schedule.totalSteps', WHOLE),
  'trainer.total_epochs': key('schedule.epochs', {
    ...WHOLE,
    when: (around) =>
      positive(around.get('trainer.total_training_steps') ?? null) === undefined &&
      positive(around.get('rollout.total_rollout_steps') ?? null) === undefined,
    default: byDefault((around: Around) => (isRl(around) ? 30 : undefined), RL_TRAINER),
  }),
  'trainer.test_freq': [key('schedule.evalCadence', { read: everyFew }), key('schedule.evalSteps', WHOLE)],
  'trainer.save_freq': [key('schedule.saveCadence', { read: everyFew }), key('schedule.saveSteps', WHOLE)],
};

/** The actor of the reinforcement-learning trainers, and how it samples. */
export const RL_KEYS: KeyTable = { ...BATCH, ...SAMPLING, ...OPTIMIZER, ...MODEL_AND_MEMORY, ...SHARDING };

export function offloads(value: ConfigValue): 'cpu' | 'none' {
  return value === true ? 'cpu' : 'none';
}

function times(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one * other;
}

/** Completions of all ranks to those of one data-parallel rank, the remainder dropped as the worker does. */
function quotient(all: number | undefined, gpus: number | undefined, shared: number): number | undefined {
  if (all === undefined || gpus === undefined) return undefined;
  const each = Math.floor(all / Math.floor(gpus / shared));
  return each > 0 && Number.isFinite(each) ? each : undefined;
}
