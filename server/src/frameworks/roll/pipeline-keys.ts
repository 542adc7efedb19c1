import type { Cadence } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { pipelineOf, rollsOut, updatesPerRound } from './roll-around.ts';

export const BASE_CONFIG = 'ROLL: roll/configs/base_config.py';
export const RLVR_CONFIG = 'ROLL: roll/pipeline/rlvr/rlvr_config.py';

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };
const isRlvr = (around: Around): boolean => pipelineOf(around) === 'rlvr';
const isAgentic = (around: Around): boolean => pipelineOf(around) === 'agentic';

function defaulted<T>(value: T, when: (around: Around) => boolean = rollsOut) {
  return { when, default: byDefault(value, BASE_CONFIG) };
}

/** Reads and writes pipeline steps as the optimizer steps they make. */
const ROUNDS = {
  read: (value: ConfigValue, around: Around): number | undefined => {
    const rounds = positive(value);
    const updates = updatesPerRound(around);
    return rounds === undefined || updates === undefined ? undefined : Math.max(1, Math.floor(rounds * updates));
  },
  write: (to: number, around: Around): number | undefined => {
    const rounds = to / (updatesPerRound(around) ?? Number.NaN);
    return Number.isFinite(rounds) ? Math.max(1, Math.round(rounds)) : undefined;
  },
};

/** Intervals are of pipeline steps as well; what does not roll out takes an optimizer step in each. */
const EVERY = {
  read: (value: ConfigValue, around: Around) => (rollsOut(around) ? ROUNDS.read(value, around) : positive(value)),
  write: (to: number, around: Around) => (rollsOut(around) ? ROUNDS.write(to, around) : to),
};

const cadence = (value: ConfigValue): Cadence | undefined => {
  const steps = castNumber(value);
  return steps === undefined ? undefined : steps > 0 ? 'steps' : 'no';
};

/** Rewards are lowered by the divergence only where that is asked for (ROLL: roll/utils/functionals.py, compute_token_reward). */
const weighsRewardKl = (around: Around): boolean =>
  rollsOut(around) && around.get('use_kl_loss') !== true && around.get('add_token_level_kl') === true;

const isDpo = (around: Around): boolean => pipelineOf(around) === 'dpo';

/** Keys at the root: what the pipeline samples, for how long, with which loss. */
export const PIPELINE_KEYS: KeyTable = {
  pretrain: key('model.name'),
  student_pretrain: key('model.name'),
  max_steps: [
    key('schedule.totalSteps', {
      ...ROUNDS,
      when: rollsOut,
      default: byDefault((around: Around) => ROUNDS.read(500, around), BASE_CONFIG),
    }),
    key('rollout.rounds', { ...WHOLE, ...defaulted(500) }),
    key('schedule.totalSteps', { ...WHOLE, when: (around) => !rollsOut(around) && around.has('actor_train') }),
  ],
  // Prompts with tasks that are checked, trajectories with environments.
  rollout_batch_size: [
    key('rollout.promptsPerStep', { ...WHOLE, ...defaulted(128, isRlvr) }),
    key('rollout.batch', { ...WHOLE, ...defaulted(128, isAgentic) }),
  ],
  num_return_sequences_in_group: key('rollout.generations', {
    ...WHOLE,
    when: isRlvr,
    default: byDefault(1, RLVR_CONFIG),
  }),
  // Trajectories of one group are compared only where rewards are normalised by group.
  'train_env_manager.group_size': key('rollout.generations', {
    ...WHOLE,
    when: (around) => isAgentic(around) && around.get('reward_normalization.grouping') === 'traj_group_id',
  }),
  prompt_length: key('rollout.promptLength', { ...WHOLE, ...defaulted(1024, isRlvr) }),
  response_length: key('rollout.completionLength', { ...WHOLE, when: rollsOut }),
  sequence_length: key('data.sequenceLength', WHOLE),
  ppo_epochs: key('rollout.updateEpochs', { ...WHOLE, ...defaulted(1) }),
  adv_estimator: key('rollout.algorithm', defaulted('gae')),
  pg_clip: key('rollout.clipRange', defaulted(0.2)),
  kl_loss_coef: key('rollout.klCoefficient', { when: (around) => around.get('use_kl_loss') === true }),
  init_kl_coef: key('rollout.klCoefficient', defaulted(0.2, weighsRewardKl)),
  max_grad_norm: key('optimizer.maxGradNorm', defaulted(1)),
  beta: key('preference.beta', { when: isDpo }),
  label_smoothing: key('loss.labelSmoothing', { when: isDpo }),
  save_steps: [key('schedule.saveCadence', { read: cadence }), key('schedule.saveSteps', EVERY)],
  eval_steps: [key('schedule.evalCadence', { read: cadence }), key('schedule.evalSteps', EVERY)],

  'actor_infer.strategy_args.strategy_name': key('rollout.engine', { when: rollsOut }),
  'actor_infer.strategy_args.strategy_config.gpu_memory_utilization': key('rollout.memoryShare', { when: rollsOut }),
  'actor_infer.strategy_args.strategy_config.mem_fraction_static': key('rollout.memoryShare', { when: rollsOut }),
  'actor_infer.strategy_args.strategy_config.tensor_parallel_size': key('rollout.tensorParallel', {
    ...WHOLE,
    when: rollsOut,
  }),
  'student_infer.strategy_args.strategy_name': key('rollout.engine', { when: rollsOut }),
  'student_infer.strategy_args.strategy_config.gpu_memory_utilization': key('rollout.memoryShare', { when: rollsOut }),
  'student_infer.strategy_args.strategy_config.tensor_parallel_size': key('rollout.tensorParallel', {
    ...WHOLE,
    when: rollsOut,
  }),
};
