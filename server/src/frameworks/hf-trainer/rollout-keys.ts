import { type Derivation, derive } from '../../plan/index.ts';
import { byDefault, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import type { TrainerKind } from './trainer-kinds.ts';
import { TRAINERS } from './trainer-kinds.ts';

const GRPO = 'trl: trl/trainer/grpo_config.py';
const PPO = 'trl: trl/experimental/ppo/ppo_config.py';

function accumulationOf(around: Around): number {
  return positive(around.get('gradient_accumulation_steps') ?? 1) ?? 1;
}

/** Whether vLLM samples on the training GPUs; older TRL versions had it on a server unless told otherwise. */
function colocated(around: Around): boolean {
  return (around.get('vllm_mode') ?? 'colocate') === 'colocate' && around.get('use_vllm_server') !== true;
}

const withVllm = (around: Around): boolean => around.get('use_vllm') === true;
const withColocatedVllm = (around: Around): boolean => withVllm(around) && colocated(around);

/** Keys of the trainers that sample completions: GRPO, RLOO, PPO, online DPO. */
function rolloutKeys(samples: (around: Around) => boolean, isPpo: (around: Around) => boolean): KeyTable {
  const sampled = { when: samples };
  return {
    num_generations: key('rollout.generations', sampled),
    rloo_k: key('rollout.generations', sampled),
    use_vllm: key('rollout.engine', {
      read: (value) => (value === true ? 'vllm' : 'transformers'),
      write: (to) => (to === 'vllm' ? true : to === 'transformers' ? false : undefined),
      default: byDefault('transformers', GRPO),
      when: samples,
    }),
    vllm_mode: key('rollout.colocated', {
      read: (value) => value === 'colocate',
      write: (to) => (to ? 'colocate' : 'server'),
      default: byDefault(true, GRPO),
      when: (around) => samples(around) && withVllm(around),
    }),
    vllm_gpu_memory_utilization: key('rollout.memoryShare', {
      default: byDefault(0.3, GRPO),
      when: (around) => samples(around) && withColocatedVllm(around),
    }),
    vllm_tensor_parallel_size: key('rollout.tensorParallel', {
      default: byDefault(1, GRPO),
      when: (around) => samples(around) && withColocatedVllm(around),
    }),
    max_prompt_length: key('rollout.promptLength', sampled),
    max_completion_length: key('rollout.completionLength', sampled),
    response_length: key('rollout.completionLength', sampled),
    max_new_tokens: key('rollout.completionLength', sampled),
    generation_batch_size: key('rollout.batch', { read: positive, write: (to) => to, when: samples }),
    steps_per_generation: key('rollout.stepsPerGeneration', { read: positive, write: (to) => to, when: samples }),
    // PPO splits one generation round into mini-batches, each accumulated over its own micro batches.
    num_mini_batches: key('rollout.stepsPerGeneration', {
      read: (value, around) => (positive(value) ?? 1) * accumulationOf(around),
      write: (to, around) => to / accumulationOf(around),
      default: byDefault(accumulationOf, PPO),
      when: isPpo,
    }),
    num_iterations: key('rollout.updateEpochs', sampled),
    num_ppo_epochs: key('rollout.updateEpochs', sampled),
    epsilon: key('rollout.clipRange', sampled),
    cliprange: key('rollout.clipRange', sampled),
    kl_coef: key('rollout.klCoefficient', sampled),
    total_episodes: key('rollout.episodes', { read: positive, write: (to) => to, when: isPpo }),
  };
}

/** The keys whose meaning hangs on the trainer: `beta`, and everything about rollouts. */
export function trainerKeys(trainerOf: (around: Around) => TrainerKind | undefined): KeyTable {
  const info = (around: Around) => {
    const kind = trainerOf(around);
    return kind === undefined ? undefined : TRAINERS[kind];
  };
  const weighsKl = (around: Around): boolean => ['grpo', 'rloo'].includes(trainerOf(around) ?? '');
  const samples = (around: Around): boolean => info(around)?.samples === true;
  return {
    ...rolloutKeys(samples, (around) => trainerOf(around) === 'ppo'),
    beta: [
      key('rollout.klCoefficient', { when: weighsKl }),
      key('preference.beta', { when: (around) => !weighsKl(around) && info(around)?.objective !== 'distillation' }),
    ],
    // trl: trl/trainer/dpo_trainer.py, the one loss that divides by the tokens of a completion
    loss_type: key('preference.lengthNormalised', {
      read: (value) => (Array.isArray(value) ? value : [value]).includes('sigmoid_norm'),
      when: (around) => info(around)?.objective === 'dpo',
    }),
  };
}

/** One generation round serves so many micro steps of every rank; GRPO and RLOO sample groups, PPO mini-batches. */
export const ROLLOUT_DERIVATIONS: readonly Derivation[] = [
  derive(
    'rollout.stepsPerGeneration',
    ['rollout.batch', 'batch.micro', 'parallel.data', 'rollout.algorithm'],
    'generation batch / (micro batch × data-parallel ranks)',
    (batch, micro, ranks, algorithm) => (isGrouped(algorithm) ? batch / (micro * ranks) : undefined),
  ),
  {
    field: 'rollout.stepsPerGeneration',
    from: ['batch.gradientAccumulation', 'rollout.algorithm'],
    how: 'as many as gradient accumulation steps, unless stated',
    // A stated generation batch decides the steps, even while the number of ranks is unknown.
    compute: (values) =>
      isGrouped(values['rollout.algorithm']?.value) && values['rollout.batch'] === undefined
        ? values['batch.gradientAccumulation']?.value
        : undefined,
  },
  derive(
    'rollout.batch',
    ['batch.micro', 'rollout.stepsPerGeneration', 'parallel.data', 'rollout.algorithm'],
    'micro batch × steps per generation × data-parallel ranks',
    (micro, steps, ranks, algorithm) =>
      isGrouped(algorithm) || algorithm === 'ppo' ? micro * steps * ranks : undefined,
  ),
  derive(
    'rollout.promptsPerStep',
    ['rollout.batch', 'rollout.generations', 'rollout.algorithm'],
    'generation batch / generations per prompt',
    (batch, generations, algorithm) =>
      isGrouped(algorithm) && Number.isInteger(batch / generations) ? batch / generations : undefined,
  ),
  derive(
    'rollout.miniBatch',
    ['batch.global', 'rollout.algorithm'],
    'one optimizer step takes one mini-batch',
    (global, algorithm) => (algorithm === 'ppo' ? global : undefined),
  ),
  // The last round may go beyond the episodes asked for.
  derive(
    'rollout.rounds',
    ['rollout.episodes', 'rollout.batch', 'rollout.algorithm'],
    'episodes / rollout batch, rounded up',
    (episodes, batch, algorithm) => (algorithm === 'ppo' ? Math.ceil(episodes / batch) : undefined),
  ),
  derive(
    'data.sequenceLength',
    ['rollout.promptLength', 'rollout.completionLength'],
    'prompt length + completion length',
    (prompt, completion) => prompt + completion,
  ),
];

function isGrouped(algorithm: string | undefined): boolean {
  return algorithm === 'grpo' || algorithm === 'rloo';
}
