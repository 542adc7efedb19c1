import type { ConfigValue } from '../../text/index.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { castNumber, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { usesMegatron } from './which-part-counts.ts';

const inMegatron = { when: usesMegatron };
const NUMBER = { ...inMegatron, read: positive, write: (to: number): ConfigValue => to };

const OPTIMIZER = 'policy.megatron_cfg.optimizer';

/** Megatron's schedules decay by these steps, unless the rate is held. */
const decays = (around: Around): boolean =>
  usesMegatron(around) && around.get('policy.megatron_cfg.scheduler.lr_decay_style') !== 'constant';

/** With offload for a share of the states in between, neither answer is right. */
function readOffload(value: ConfigValue, around: Around): 'cpu' | 'none' | undefined {
  if (value !== true) return 'none';
  return castNumber(around.get(`${OPTIMIZER}.optimizer_offload_fraction`) ?? 1) === 1 ? 'cpu' : undefined;
}

const UNEVEN = key('parallel.unevenStages', { ...inMegatron, read: (value) => positive(value) !== undefined });

/** `policy.megatron_cfg`, which counts where it is enabled. */
export const megatronKeys: KeyTable = {
  'policy.megatron_cfg.tensor_model_parallel_size': key('parallel.tensor', NUMBER),
  'policy.megatron_cfg.pipeline_model_parallel_size': key('parallel.pipeline', NUMBER),
  'policy.megatron_cfg.num_layers_in_first_pipeline_stage': UNEVEN,
  'policy.megatron_cfg.num_layers_in_last_pipeline_stage': UNEVEN,
  'policy.megatron_cfg.context_parallel_size': key('parallel.context', NUMBER),
  'policy.megatron_cfg.expert_model_parallel_size': key('parallel.expert', NUMBER),
  'policy.megatron_cfg.sequence_parallel': key('parallel.sequence', inMegatron),
  'policy.megatron_cfg.activation_checkpointing': key('activations.checkpointing', {
    ...inMegatron,
    read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
    write: (to) => (to === 'selective' ? undefined : to === 'full'),
  }),
  'policy.megatron_cfg.peft.enabled': key('adapter.kind', {
    ...inMegatron,
    read: (value) => (value === true ? 'lora' : 'none'),
  }),
  'policy.megatron_cfg.peft.dim': key('adapter.rank', {
    ...NUMBER,
    when: (around) => usesMegatron(around) && around.get('policy.megatron_cfg.peft.enabled') === true,
  }),
  'policy.megatron_cfg.peft.alpha': key('adapter.alpha', {
    ...NUMBER,
    when: (around) => usesMegatron(around) && around.get('policy.megatron_cfg.peft.enabled') === true,
  }),
  [`${OPTIMIZER}.optimizer`]: key('optimizer.name', inMegatron),
  [`${OPTIMIZER}.lr`]: key('optimizer.peakLearningRate', inMegatron),
  [`${OPTIMIZER}.min_lr`]: key('schedule.minLearningRate', { when: decays }),
  [`${OPTIMIZER}.weight_decay`]: key('optimizer.weightDecay', inMegatron),
  [`${OPTIMIZER}.adam_beta1`]: key('optimizer.beta1', inMegatron),
  [`${OPTIMIZER}.adam_beta2`]: key('optimizer.beta2', inMegatron),
  [`${OPTIMIZER}.adam_eps`]: key('optimizer.epsilon', inMegatron),
  [`${OPTIMIZER}.optimizer_cpu_offload`]: key('sharding.offloadOptimizer', { ...inMegatron, read: readOffload }),
  'policy.megatron_cfg.scheduler.lr_decay_style': key('schedule.kind', inMegatron),
  'policy.megatron_cfg.scheduler.lr_warmup_iters': key('schedule.warmupSteps', inMegatron),
  'policy.megatron_cfg.scheduler.lr_decay_iters': key('schedule.decaySteps', {
    ...inMegatron,
    ...decayEnd({
      read: positive,
      write: (to) => to,
      warmup: (_end, around) => positive(around.get('policy.megatron_cfg.scheduler.lr_warmup_iters') ?? 0) ?? 0,
    }),
  }),
  'policy.megatron_cfg.moe_aux_loss_coeff': key('moe.balanceLoss', inMegatron),
};
