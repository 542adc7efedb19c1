import type { Checkpointing, LossKernel, Objective, TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const TRAINER = 'prime-rl: packages/prime-rl-configs/src/prime_rl/configs/trainer.py';
const SFT = 'prime-rl: packages/prime-rl-configs/src/prime_rl/configs/sft.py';
const RL = 'prime-rl: packages/prime-rl-configs/src/prime_rl/configs/rl.py';
const ORCHESTRATOR = 'prime-rl: packages/prime-rl-configs/src/prime_rl/configs/orchestrator.py';
const INFERENCE = 'prime-rl: packages/prime-rl-configs/src/prime_rl/configs/inference.py';

const PER_STEP = { read: positive, write: (to: number) => to };

/** Reinforcement learning has an orchestrator; fine-tuning keeps the trainer's sections at the top. */
export function isRl(around: Around): boolean {
  return around.has('orchestrator') || around.has('trainer');
}

/** Where the trainer's sections are. */
export function trainerPrefix(around: Around): '' | 'trainer.' {
  return isRl(around) ? 'trainer.' : '';
}

/** TOML has no null, so the framework takes the word for it. */
export function isNone(value: ConfigValue | undefined): boolean {
  return typeof value === 'string' && value.toLowerCase() === 'none';
}

const DTYPES = oneOf<TensorDtype>([
  ['float32', 'fp32'],
  ['bfloat16', 'bf16'],
]);

/** Sections of the trainer, at the top or under `trainer`. */
function trainerKeys(prefix: '' | 'trainer.'): KeyTable {
  const when = (around: Around): boolean => trainerPrefix(around) === prefix;
  const adapts = (around: Around): boolean => when(around) && around.has(`${prefix}model.lora`);
  const schedules = (around: Around): boolean => when(around) && scheduleOf(around) !== 'constant';
  return {
    [`${prefix}model.name`]: key('model.name', { when }),
    [`${prefix}model.attn`]: key('model.attention', {
      read: (value) => (String(value).startsWith('flash') ? 'flash' : value === 'sdpa' ? 'sdpa' : undefined),
      default: byDefault('flash', `${TRAINER} ("auto")`),
      when,
    }),
    [`${prefix}model.optimization_dtype`]: key('precision.weights', {
      ...DTYPES,
      default: byDefault('fp32', TRAINER),
      when,
    }),
    [`${prefix}model.reduce_dtype`]: key('precision.reduce', { ...DTYPES, default: byDefault('fp32', TRAINER), when }),
    [`${prefix}model.ac`]: key('activations.checkpointing', {
      read: (value, around) => (isNone(value) ? 'none' : (modeOf(around, prefix) ?? 'full')),
      default: byDefault<Checkpointing>('full', TRAINER),
      when,
    }),
    [`${prefix}model.ac.freq`]: key('activations.checkpointEvery', {
      ...PER_STEP,
      default: byDefault(1, TRAINER),
      when,
    }),
    [`${prefix}model.ac_offloading`]: key('activations.offload', {
      read: (value) => !isNone(value),
      default: byDefault(true, TRAINER),
      when,
    }),
    [`${prefix}model.compile`]: key('compile.enabled', {
      read: (value) => !isNone(value),
      default: byDefault(true, TRAINER),
      when,
    }),
    [`${prefix}model.fused_lm_head_token_chunk_size`]: key('loss.kernel', {
      read: (value) => (value === 'disabled' ? 'plain' : 'fused'),
      default: byDefault<LossKernel>('fused', TRAINER),
      when,
    }),
    [`${prefix}model.reshard_after_forward`]: key('sharding.reshardAfterForward', {
      default: byDefault(true, TRAINER),
      when,
    }),
    [`${prefix}model.ep`]: key('parallel.expert', { ...PER_STEP, when }),
    [`${prefix}model.lora.rank`]: key('adapter.rank', { ...PER_STEP, default: byDefault(16, TRAINER), when: adapts }),
    [`${prefix}model.lora.alpha`]: key('adapter.alpha', { default: byDefault(32, TRAINER), when: adapts }),
    [`${prefix}model.lora.dropout`]: key('adapter.dropout', { default: byDefault(0, TRAINER), when: adapts }),
    [`${prefix}model.lora.target_modules`]: key('adapter.targets', {
      read: (value) =>
        Array.isArray(value) && value.every((name): name is string => typeof name === 'string') ? value : undefined,
      write: (to) => (to === 'all-linear' ? undefined : to),
      when: adapts,
    }),
    [`${prefix}model.lora.modules_to_save`]: key('adapter.savedModules', { when: adapts }),
    [`${prefix}optim.type`]: key('optimizer.name', {
      read: (value) => (value === 'adamw' ? 'adamw_torch' : typeof value === 'string' ? value : undefined),
      write: (to) => ({ adamw_torch: 'adamw', muon: 'muon', sgd: 'sgd', signsgd: 'sign_sgd' })[to],
      default: byDefault('adamw_torch', TRAINER),
      when,
    }),
    [`${prefix}optim.lr`]: key('optimizer.peakLearningRate', { default: byDefault(1e-6, TRAINER), when }),
    [`${prefix}optim.weight_decay`]: key('optimizer.weightDecay', { default: byDefault(0.01, TRAINER), when }),
    [`${prefix}optim.max_norm`]: key('optimizer.maxGradNorm', { default: byDefault(1, TRAINER), when }),
    [`${prefix}optim.betas1`]: key('optimizer.beta1', { default: adamBeta(prefix, 0.9), when }),
    [`${prefix}optim.betas2`]: key('optimizer.beta2', { default: adamBeta(prefix, 0.999), when }),
    [`${prefix}optim.momentum`]: key('optimizer.momentum', { when }),
    [`${prefix}scheduler.type`]: key('schedule.kind', { default: byDefault('constant', TRAINER), when }),
    [`${prefix}scheduler.warmup_steps`]: key('schedule.warmupSteps', {
      default: byDefault(10, TRAINER),
      when: schedules,
    }),
    [`${prefix}scheduler.decay_steps`]: key('schedule.decaySteps', {
      default: byDefault(10, TRAINER),
      when: (around) => when(around) && scheduleOf(around) === 'linear',
    }),
    [`${prefix}scheduler.min_lr`]: key('schedule.minLearningRate', { default: byDefault(0, TRAINER), when: schedules }),
    [`${prefix}max_steps`]: key('schedule.totalSteps', { ...PER_STEP, when }),
    [`${prefix}ckpt.interval`]: key('schedule.saveSteps', { ...PER_STEP, when }),
  };
}

const finetunes = (around: Around): boolean => !isRl(around);

const sftKeys: KeyTable = {
  'data.type': key('data.synthetic', { read: (value) => (value === 'fake' ? true : undefined), when: finetunes }),
  'data.batch_size': key('batch.global', { ...PER_STEP, default: byDefault(128, SFT), when: finetunes }),
  'data.micro_batch_size': key('batch.micro', { ...PER_STEP, default: byDefault(1, SFT), when: finetunes }),
  'data.seq_len': key('data.sequenceLength', { ...PER_STEP, default: byDefault(128, SFT), when: finetunes }),
  'val.interval': key('schedule.evalSteps', { ...PER_STEP, when: finetunes }),
};

const ALGORITHMS = oneOf<Objective>([
  ['grpo', 'grpo'],
  ['echo', 'grpo'],
  ['max_rl', 'grpo'],
  ['rae', 'grpo'],
  ['hierarchical_grpo', 'grpo'],
  ['opd', 'distillation'],
  ['opsd', 'distillation'],
  ['sft', 'sft'],
]);

const rlKeys: KeyTable = {
  max_steps: key('schedule.totalSteps', PER_STEP),
  'ckpt.interval': key('schedule.saveSteps', PER_STEP),
  'model.name': key('model.name', { default: byDefault('Qwen/Qwen3-0.6B', RL), when: isRl }),
  'trainer.model.seq_len': key('data.sequenceLength', { ...PER_STEP, when: isRl }),
  seq_len: key('data.sequenceLength', { ...PER_STEP, default: byDefault(2048, TRAINER), when: isRl }),
  'orchestrator.batch_size': [
    key('rollout.batch', { ...PER_STEP, when: isRl }),
    key('rollout.miniBatch', { read: positive, when: isRl }),
  ],
  'orchestrator.group_size': key('rollout.generations', {
    ...PER_STEP,
    default: byDefault(1, ORCHESTRATOR),
    when: isRl,
  }),
  'orchestrator.algo.type': [
    key('run.objective', { read: ALGORITHMS.read, default: byDefault('grpo', ORCHESTRATOR), when: isRl }),
    key('rollout.algorithm', { default: byDefault('grpo', ORCHESTRATOR), when: isRl }),
  ],
  'orchestrator.train.sampling.max_completion_tokens': key('rollout.completionLength', { ...PER_STEP, when: isRl }),
  'orchestrator.eval.interval': key('schedule.evalSteps', { ...PER_STEP, when: isRl }),
  'trainer.loss.kl_tau': key('rollout.klCoefficient', { when: isRl }),
  'inference.vllm.tensor_parallel_size': key('rollout.tensorParallel', {
    default: byDefault(1, INFERENCE),
    when: isRl,
  }),
  'inference.vllm.gpu_memory_utilization': key('rollout.memoryShare', {
    default: byDefault(0.9, INFERENCE),
    when: isRl,
  }),
};

const deploymentKeys: KeyTable = {
  'deployment.num_train_gpus': key('parallel.world', {
    ...PER_STEP,
    default: byDefault(1, `${RL}, ${SFT}`),
    when: (around) => !isMultiNode(around),
  }),
  'deployment.num_train_nodes': key('parallel.nodes', {
    ...PER_STEP,
    default: byDefault((around: Around) => (isMultiNode(around) ? undefined : 1), `${RL}, ${SFT}`),
  }),
  'deployment.gpus_per_node': key('parallel.gpusPerNode', {
    ...PER_STEP,
    default: byDefault(8, `${RL}, ${SFT}`),
    when: isMultiNode,
  }),
};

/** prime-rl's TOML by dotted key, for reinforcement learning and for fine-tuning. */
export const PRIME_RL_KEYS: KeyTable = {
  ...trainerKeys('trainer.'),
  ...trainerKeys(''),
  ...sftKeys,
  ...rlKeys,
  'model.name': [
    key('model.name', { when: finetunes, default: byDefault('Qwen/Qwen3-0.6B', TRAINER) }),
    key('model.name', { when: isRl, default: byDefault('Qwen/Qwen3-0.6B', RL) }),
  ],
  ...deploymentKeys,
};

export function isMultiNode(around: Around): boolean {
  return around.get('deployment.type') === 'multi_node';
}

function modeOf(around: Around, prefix: string): Checkpointing | undefined {
  const mode = around.get(`${prefix}model.ac.mode`);
  return mode === 'selective' || mode === 'full' ? mode : undefined;
}

function scheduleOf(around: Around): string {
  return String(around.get(`${trainerPrefix(around)}scheduler.type`) ?? 'constant');
}

function adamBeta(prefix: string, usual: number) {
  return byDefault(
    (around: Around) => ((around.get(`${prefix}optim.type`) ?? 'adamw') === 'adamw' ? usual : undefined),
    TRAINER,
  );
}

/** Ranks one sequence is split over. */
export function contextRanks(around: Around): number {
  return castNumber(around.get(`${trainerPrefix(around)}model.cp`) ?? 1) ?? 1;
}
