import { castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { KeyTable } from '../types.ts';
import { runsVerl } from './trainer-type.ts';

const PER_STEP = { read: positive, write: (to: number) => to, when: runsVerl };

/** verl's sections under `training.verl_config_overrides`, which oumi lays over verl's own defaults. */
const SECTIONS = 'training.verl_config_overrides';

/** The few of verl's keys that state a run's batch and devices; verl counts prompts before it samples a group of each. */
export const VERL_KEYS: KeyTable = {
  [`${SECTIONS}.data.train_batch_size`]: key('rollout.promptsPerStep', PER_STEP),
  [`${SECTIONS}.data.max_prompt_length`]: key('rollout.promptLength', PER_STEP),
  [`${SECTIONS}.data.max_response_length`]: key('rollout.completionLength', PER_STEP),
  [`${SECTIONS}.actor_rollout_ref.rollout.n`]: key('rollout.generations', PER_STEP),
  [`${SECTIONS}.actor_rollout_ref.rollout.tensor_model_parallel_size`]: key('rollout.tensorParallel', PER_STEP),
  [`${SECTIONS}.actor_rollout_ref.rollout.gpu_memory_utilization`]: key('rollout.memoryShare', PER_STEP),
  [`${SECTIONS}.actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu`]: key('batch.micro', PER_STEP),
  [`${SECTIONS}.actor_rollout_ref.actor.ppo_mini_batch_size`]: key('rollout.miniBatch', {
    read: (value, around) => {
      const prompts = positive(value);
      const generations = castNumber(around.get(`${SECTIONS}.actor_rollout_ref.rollout.n`) ?? 1);
      return prompts === undefined || generations === undefined ? undefined : prompts * generations;
    },
    when: runsVerl,
  }),
  [`${SECTIONS}.actor_rollout_ref.actor.ppo_epochs`]: key('rollout.updateEpochs', PER_STEP),
  [`${SECTIONS}.actor_rollout_ref.actor.kl_loss_coef`]: key('rollout.klCoefficient', {
    when: (around) => runsVerl(around) && around.get(`${SECTIONS}.actor_rollout_ref.actor.use_kl_loss`) === true,
  }),
  // Padding between the prompts and the completions of a micro batch is taken out, or computed with.
  [`${SECTIONS}.actor_rollout_ref.model.use_remove_padding`]: key('data.padToMax', {
    ...oneOf<boolean>([
      [true, false],
      [false, true],
    ]),
    when: runsVerl,
  }),
  [`${SECTIONS}.trainer.n_gpus_per_node`]: key('parallel.gpusPerNode', PER_STEP),
  [`${SECTIONS}.trainer.nnodes`]: key('parallel.nodes', PER_STEP),
};

/** Whether verl keeps a reference model, and whether that waits in host memory. */
export const VERL_KL = `${SECTIONS}.actor_rollout_ref.actor.use_kl_loss`;
export const VERL_REFERENCE_OFFLOAD = `${SECTIONS}.actor_rollout_ref.ref.fsdp_config.param_offload`;
export const VERL_PARAMETER_OFFLOAD = `${SECTIONS}.actor_rollout_ref.actor.fsdp_config.param_offload`;
export const VERL_STATE_OFFLOAD = `${SECTIONS}.actor_rollout_ref.actor.fsdp_config.optimizer_offload`;
