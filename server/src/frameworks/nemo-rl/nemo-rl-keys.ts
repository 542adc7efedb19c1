import type { ConfigValue } from '../../text/index.ts';
import { castNumber, key, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';
import { megatronKeys } from './megatron-keys.ts';
import { type Algorithm, algorithmOf, batchesByTokens, usesDtensor } from './which-part-counts.ts';

const NUMBER = { read: positive, write: (to: number): ConfigValue => to };
const inDtensor = { when: usesDtensor };

/**
 * GPUs generation has for itself: whole nodes where the cluster has several, some of the one node's otherwise
 * (nemo-rl: nemo_rl/algorithms/grpo.py, setup). Undefined where generation is apart and its share is not stated.
 */
function generationShare(around: Around): { readonly nodes: number; readonly gpus: number } | undefined {
  if (othersShareCluster(around)) return undefined;
  if (around.get('policy.generation.colocated.enabled') !== false) return { nodes: 0, gpus: 0 };
  const nodes = positive(around.get('cluster.num_nodes') ?? null);
  if (nodes === undefined) return undefined;
  const key = nodes > 1 ? 'num_nodes' : 'gpus_per_node';
  const own = positive(around.get(`policy.generation.colocated.resources.${key}`) ?? null);
  if (own === undefined) return undefined;
  return nodes > 1 ? { nodes: own, gpus: 0 } : { nodes: 0, gpus: own };
}

/** Judges of the environment and teachers on nodes of their own: some launchers count them in, others do not. */
function othersShareCluster(around: Around): boolean {
  const judges = positive(around.get('env.nemo_gym.num_gpu_nodes') ?? null);
  return judges !== undefined || around.has('on_policy_distillation.non_colocated_teachers');
}

function trainingPart(part: 'nodes' | 'gpus') {
  return {
    read: (value: ConfigValue, around: Around) => {
      const all = positive(value);
      const own = generationShare(around);
      return all === undefined || own === undefined || all <= own[part] ? undefined : all - own[part];
    },
    write: (to: number, around: Around) => {
      const own = generationShare(around);
      return own === undefined ? undefined : to + own[part];
    },
  };
}

/** Optimizer steps of one round: what is rolled out, in global batches. */
function updatesPerRound(around: Around): number | undefined {
  const algorithm = algorithmOf(around);
  const prompts = positive(around.get(`${algorithm}.num_prompts_per_step`) ?? null);
  const global = positive(around.get('policy.train_global_batch_size') ?? null);
  if (prompts === undefined) return algorithm === 'grpo' || algorithm === 'ppo' ? undefined : 1;
  const generations = positive(around.get(`${algorithm}.num_generations_per_prompt`) ?? 1);
  if (generations === undefined || global === undefined) return undefined;
  const updates = (prompts * generations) / global;
  return Number.isInteger(updates) ? updates : undefined;
}

/** `max_num_steps` counts rounds of rollout and training. */
const ROUNDS = {
  read: (value: ConfigValue, around: Around) => {
    const rounds = positive(value);
    const updates = updatesPerRound(around);
    return rounds === undefined || updates === undefined ? undefined : rounds * updates;
  },
  write: (to: number, around: Around) => {
    const updates = updatesPerRound(around);
    return updates === undefined || to % updates !== 0 ? undefined : to / updates;
  },
};

/** What the shipped configs set to say that epochs end the run (nemo-rl: examples/configs/grpo_math_1B.yaml). */
const NEVER_REACHED = 1_000_000;

/** The run ends with whichever is reached first, and a number of steps is the surer of the two. */
function endsBySteps(around: Around, name: Algorithm): boolean {
  const steps = positive(around.get(`${name}.max_num_steps`) ?? null);
  const epochs = positive(around.get(`${name}.max_num_epochs`) ?? null);
  return steps !== undefined && (steps < NEVER_REACHED || epochs === undefined);
}

/** Every algorithm has its section; a parent's may be left over, so only the one in use counts. */
function algorithmKeys(name: Algorithm): KeyTable {
  const when = (around: Around): boolean => algorithmOf(around) === name;
  return {
    [`${name}.max_num_steps`]: key('schedule.totalSteps', {
      ...ROUNDS,
      when: (around) => when(around) && endsBySteps(around, name),
    }),
    [`${name}.max_num_epochs`]: key('schedule.epochs', {
      ...NUMBER,
      when: (around) => when(around) && !endsBySteps(around, name),
    }),
  };
}

/** Those that train on what the policy itself writes. */
function rolloutKeys(name: Algorithm): KeyTable {
  const when = (around: Around): boolean => algorithmOf(around) === name;
  return {
    ...algorithmKeys(name),
    [`${name}.max_num_steps`]: [
      key('schedule.totalSteps', { ...ROUNDS, when: (around) => when(around) && endsBySteps(around, name) }),
      key('rollout.rounds', { ...NUMBER, when: (around) => when(around) && endsBySteps(around, name) }),
    ],
    [`${name}.num_prompts_per_step`]: key('rollout.promptsPerStep', { ...NUMBER, when }),
    [`${name}.num_generations_per_prompt`]: key('rollout.generations', { ...NUMBER, when }),
  };
}

/** A part of the list of betas, the other kept. */
function beta(index: 0 | 1) {
  return {
    when: usesDtensor,
    ...pairElement('policy.optimizer.kwargs.betas', index),
  };
}

/** Torch schedulers run one after another: a rising LinearLR at the head is the warmup. */
function warmupSteps(value: ConfigValue): number | undefined {
  const head: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof head !== 'object' || head === null || !('name' in head) || !('kwargs' in head)) return undefined;
  const { name, kwargs } = head;
  if (typeof name !== 'string' || !name.endsWith('LinearLR') || typeof kwargs !== 'object' || kwargs === null)
    return undefined;
  const steps = 'total_iters' in kwargs ? kwargs.total_iters : undefined;
  return typeof steps === 'number' && steps > 0 ? steps : undefined;
}

const dtensorKeys: KeyTable = {
  'policy.dtensor_cfg.tensor_parallel_size': key('parallel.tensor', { ...NUMBER, ...inDtensor }),
  'policy.dtensor_cfg.context_parallel_size': key('parallel.context', { ...NUMBER, ...inDtensor }),
  'policy.dtensor_cfg.expert_parallel_size': key('parallel.expert', { ...NUMBER, ...inDtensor }),
  'policy.dtensor_cfg.sequence_parallel': key('parallel.sequence', inDtensor),
  'policy.dtensor_cfg.cpu_offload': [
    key('sharding.offloadParameters', {
      ...inDtensor,
      read: (value) => (value === true ? 'cpu' : 'none'),
      write: (to) => to === 'cpu',
    }),
    key('sharding.offloadOptimizer', { ...inDtensor, read: (value) => (value === true ? 'cpu' : 'none') }),
  ],
  'policy.dtensor_cfg.activation_checkpointing': key('activations.checkpointing', {
    ...inDtensor,
    read: (value) => (value === true ? 'full' : 'none'),
    write: (to) => (to === 'selective' ? undefined : to === 'full'),
  }),
  'policy.dtensor_cfg.lora_cfg.enabled': key('adapter.kind', {
    ...inDtensor,
    read: (value) => (value === true ? 'lora' : 'none'),
  }),
  'policy.dtensor_cfg.lora_cfg.dim': key('adapter.rank', {
    ...NUMBER,
    when: (around) => usesDtensor(around) && around.get('policy.dtensor_cfg.lora_cfg.enabled') === true,
  }),
  'policy.dtensor_cfg.lora_cfg.alpha': key('adapter.alpha', {
    ...NUMBER,
    when: (around) => usesDtensor(around) && around.get('policy.dtensor_cfg.lora_cfg.enabled') === true,
  }),
  'policy.optimizer.name': key('optimizer.name', inDtensor),
  'policy.optimizer.kwargs.lr': key('optimizer.peakLearningRate', inDtensor),
  'policy.optimizer.kwargs.weight_decay': key('optimizer.weightDecay', inDtensor),
  'policy.optimizer.kwargs.betas': [key('optimizer.beta1', beta(0)), key('optimizer.beta2', beta(1))],
  'policy.optimizer.kwargs.eps': key('optimizer.epsilon', inDtensor),
  'policy.scheduler': key('schedule.warmupSteps', { ...inDtensor, read: warmupSteps }),
};

/** All keys, from the root of the composed file. */
export const NEMO_RL_KEYS: KeyTable = {
  'policy.model_name': key('model.name'),
  'policy.train_global_batch_size': [
    key('batch.global', NUMBER),
    key('rollout.miniBatch', { ...NUMBER, when: rollsOut }),
  ],
  'policy.train_micro_batch_size': key('batch.micro', { ...NUMBER, when: (around) => !batchesByTokens(around) }),
  'policy.dynamic_batching.train_mb_tokens': key('batch.microTokens', {
    ...NUMBER,
    when: (around) => around.get('policy.dynamic_batching.enabled') === true,
  }),
  'policy.sequence_packing.train_mb_tokens': key('batch.microTokens', {
    ...NUMBER,
    when: (around) => around.get('policy.sequence_packing.enabled') === true,
  }),
  'policy.max_total_sequence_length': key('data.sequenceLength', NUMBER),
  'policy.sequence_packing.enabled': [
    key('data.packing'),
    // Packed documents are told apart by their lengths (nemo-rl: nemo_rl/models/huggingface/common.py).
    key('data.packingIsolated', { read: (value) => (value === true ? true : undefined) }),
  ],
  'policy.max_grad_norm': key('optimizer.maxGradNorm', { read: (value) => castNumber(value), write: (to) => to }),
  ...dtensorKeys,
  ...megatronKeys,
  'cluster.num_nodes': key('parallel.nodes', trainingPart('nodes')),
  'cluster.gpus_per_node': key('parallel.gpusPerNode', trainingPart('gpus')),
  'policy.generation.backend': key('rollout.engine', { when: rollsOut }),
  'policy.generation.colocated.enabled': key('rollout.colocated', { when: rollsOut }),
  'policy.generation.vllm_cfg.gpu_memory_utilization': key('rollout.memoryShare', { ...NUMBER, when: usesVllm }),
  'policy.generation.vllm_cfg.tensor_parallel_size': key('rollout.tensorParallel', { ...NUMBER, when: usesVllm }),
  'policy.generation.max_new_tokens': key('rollout.completionLength', { ...NUMBER, when: rollsOut }),
  'loss_fn.reference_policy_kl_penalty': key('rollout.klCoefficient', { when: rollsOut }),
  'loss_fn.ratio_clip_min': key('rollout.clipRange', { when: rollsOut }),
  ...rolloutKeys('grpo'),
  ...rolloutKeys('ppo'),
  ...rolloutKeys('distillation'),
  ...algorithmKeys('dpo'),
  ...algorithmKeys('rm'),
  ...algorithmKeys('sft'),
  'ppo.ppo_epochs': key('rollout.updateEpochs', { ...NUMBER, when: (around) => algorithmOf(around) === 'ppo' }),
  'dpo.reference_policy_kl_penalty': key('preference.beta', { when: (around) => algorithmOf(around) === 'dpo' }),
  'dpo.preference_average_log_probs': key('preference.lengthNormalised', {
    when: (around) => algorithmOf(around) === 'dpo',
  }),
};

function rollsOut(around: Around): boolean {
  const algorithm = algorithmOf(around);
  return algorithm === 'grpo' || algorithm === 'ppo' || algorithm === 'distillation';
}

function usesVllm(around: Around): boolean {
  return rollsOut(around) && around.get('policy.generation.backend') === 'vllm';
}
