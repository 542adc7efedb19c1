import type { AttentionKernel, Checkpointing, TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { readDtype } from '../hf-family/settle-precision.ts';
import { TRAINING_ARGUMENTS } from '../hf-family/training-argument-keys.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import { keptBeside } from '../kit/recompute.ts';
import type { Around, KeyTable } from '../types.ts';
import { devicesOf, fillsByTokens, roleOf, rollsOut, strategyOf, type TrainedRole } from './roll-around.ts';

const MODEL_ARGS = 'ROLL: roll/configs/model_args.py';
const TRAINING_ARGS = `ROLL: roll/configs/training_args.py, after ${TRAINING_ARGUMENTS}`;
const MEGATRON_ARGS = 'ROLL: mcore_adapter/src/mcore_adapter/training_args.py';

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };

const KERNELS = oneOf<AttentionKernel>([
  ['fa2', 'flash'],
  ['flash_attention_2', 'flash'],
  ['sdpa', 'sdpa'],
  ['eager', 'eager'],
]);

/** Megatron's ways of giving stages unlike numbers of layers. */
const UNEVEN_STAGES: readonly string[] = [
  'account_for_embedding_in_pipeline_split',
  'account_for_loss_in_pipeline_split',
  'num_layers_in_first_pipeline_stage',
  'num_layers_in_last_pipeline_stage',
  'pipeline_model_parallel_layout',
];

const statesStages = (value: ConfigValue): true | undefined => (value === false ? undefined : true);

/** What the rows of one role ask before they speak. */
function askingOf(role: TrainedRole) {
  const isRole = (around: Around): boolean => roleOf(around) === role;
  const by = (name: string) => (around: Around) => isRole(around) && strategyOf(around, role) === name;
  const onMegatron = by('megatron_train');
  return {
    isRole,
    onMegatron,
    onFsdp: by('fsdp2_train'),
    onDeepSpeed: by('deepspeed_train'),
    offMegatron: (around: Around): boolean => isRole(around) && !onMegatron(around),
    batchesByTokens: (around: Around): boolean => fillsByTokens(around, role),
    usesLora: (around: Around): boolean =>
      isRole(around) && (around.get(`${role}.model_args.lora_target`) ?? null) !== null,
    defaulted: <T>(value: T, cite: string, when = isRole) => ({ when, default: byDefault(value, cite) }),
  };
}

/** Keys of the role that trains: the same four groups of arguments whatever the role is called. */
export function roleKeys(role: TrainedRole): KeyTable {
  const { isRole, batchesByTokens } = askingOf(role);
  const byTokens = key('batch.microTokens', {
    ...WHOLE,
    when: (around) => isRole(around) && batchesByTokens(around),
  });
  // Compute's dtype is the engine's where the engine names one, so its keys come first.
  return {
    ...under(`${role}.strategy_args.strategy_config`, { ...megatronKeys(role), ...shardedKeys(role) }),
    ...under(`${role}.training_args`, { ...batchKeys(role), ...scheduleKeys(role) }),
    ...under(`${role}.model_args`, { ...modelKeys(role), ...loraKeys(role) }),
    [`${role}.device_mapping`]: key('parallel.world', {
      read: (value) => devicesOf(value)?.length,
      write: (to) => `list(range(0,${to}))`,
      when: isRole,
    }),
    [`${role}.max_tokens_per_microbatch_in_train`]: byTokens,
    [`${role}.sequence_packing_args.max_packed_sequence_length_train`]: byTokens,
    [`${role}.use_sequence_packing`]: [
      key('data.packing', { when: isRole }),
      key('data.packingIsolated', { read: (value) => (value === true ? true : undefined), when: isRole }),
    ],
  };
}

/** Batch and optimizer. */
function batchKeys(role: TrainedRole): KeyTable {
  const { isRole, batchesByTokens, defaulted } = askingOf(role);
  return {
    per_device_train_batch_size: key('batch.micro', {
      ...WHOLE,
      ...defaulted(8, TRAINING_ARGS, (around) => isRole(around) && !batchesByTokens(around)),
    }),
    gradient_accumulation_steps: key('batch.gradientAccumulation', {
      ...WHOLE,
      ...defaulted(1, TRAINING_ARGS, (around) => isRole(around) && !batchesByTokens(around)),
    }),
    learning_rate: key('optimizer.peakLearningRate', defaulted(5e-5, TRAINING_ARGS)),
    weight_decay: key('optimizer.weightDecay', defaulted(0, TRAINING_ARGS)),
    adam_beta1: key('optimizer.beta1', defaulted(0.9, TRAINING_ARGS)),
    adam_beta2: key('optimizer.beta2', defaulted(0.999, TRAINING_ARGS)),
    adam_epsilon: key('optimizer.epsilon', defaulted(1e-8, TRAINING_ARGS)),
  };
}

/** Warmup, schedule, length. */
function scheduleKeys(role: TrainedRole): KeyTable {
  const { isRole, defaulted } = askingOf(role);
  return {
    warmup_ratio: key('schedule.warmupRatio', {
      when: (around) =>
        isRole(around) && positive(around.get(`${role}.training_args.warmup_steps`) ?? null) === undefined,
    }),
    warmup_steps: key('schedule.warmupSteps', {
      read: (value, around) =>
        castNumber(value) === 0 && hasRatio(around, role) ? undefined : (castNumber(value) ?? undefined),
      write: (to) => to,
      when: isRole,
      default: byDefault((around: Around) => (hasRatio(around, role) ? undefined : 0), TRAINING_ARGS),
    }),
    lr_scheduler_type: key('schedule.kind', defaulted('linear', TRAINING_ARGS)),
    max_steps: key('schedule.totalSteps', { ...WHOLE, when: (around) => isRole(around) && !rollsOut(around) }),
    // Pipelines that sample run for their own number of steps.
    num_train_epochs: key('schedule.epochs', {
      ...WHOLE,
      ...defaulted(3, TRAINING_ARGS, (around) => isRole(around) && countsEpochs(around, role)),
    }),
  };
}

/** The model and how it is computed. */
function modelKeys(role: TrainedRole): KeyTable {
  const { isRole, offMegatron, defaulted } = askingOf(role);
  return {
    model_name_or_path: key('model.name', { when: isRole }),
    dtype: key('precision.compute', {
      read: readDtype,
      write: (to) => (to === 'fp8' ? undefined : to),
      ...defaulted<TensorDtype>('bf16', MODEL_ARGS),
    }),
    attn_implementation: key('model.attention', { ...KERNELS, when: isRole }),
    flash_attn: key('model.attention', { read: KERNELS.read, when: isRole }),
    disable_gradient_checkpointing: key('activations.checkpointing', {
      ...oneOf<Checkpointing>([
        [true, 'none'],
        [false, 'full'],
      ]),
      ...defaulted<Checkpointing>('full', MODEL_ARGS, offMegatron),
    }),
    ulysses_size: key('parallel.ulysses', { ...WHOLE, ...defaulted(1, MODEL_ARGS, offMegatron) }),
    moe_aux_loss_coef: key('moe.balanceLoss', { when: isRole }),
  };
}

/** The adapter; there is one where it has targets. */
function loraKeys(role: TrainedRole): KeyTable {
  const { usesLora, defaulted } = askingOf(role);
  return {
    lora_target: [
      key('adapter.kind', {
        read: () => 'lora',
        when: usesLora,
        default: byDefault('lora', MODEL_ARGS),
      }),
      key('adapter.targets', { read: targetsOf, when: usesLora }),
    ],
    lora_rank: key('adapter.rank', { ...WHOLE, ...defaulted(8, MODEL_ARGS, usesLora) }),
    lora_alpha: key('adapter.alpha', {
      ...WHOLE,
      when: usesLora,
      default: byDefault(
        (around: Around) => 2 * (positive(around.get(`${role}.model_args.lora_rank`) ?? 8) ?? 8),
        MODEL_ARGS,
      ),
    }),
    lora_dropout: key('adapter.dropout', defaulted(0, MODEL_ARGS, usesLora)),
  };
}

/** Megatron: degrees, stages, recomputation. */
function megatronKeys(role: TrainedRole): KeyTable {
  const { onMegatron, defaulted } = askingOf(role);
  const degree = () => ({ ...WHOLE, ...defaulted(1, MEGATRON_ARGS, onMegatron) });
  return {
    tensor_model_parallel_size: key('parallel.tensor', degree()),
    pipeline_model_parallel_size: key('parallel.pipeline', degree()),
    virtual_pipeline_model_parallel_size: key('parallel.virtualPipeline', { ...WHOLE, when: onMegatron }),
    ...Object.fromEntries(
      UNEVEN_STAGES.map((name) => [name, key('parallel.unevenStages', { read: statesStages, when: onMegatron })]),
    ),
    context_parallel_size: key('parallel.context', degree()),
    expert_model_parallel_size: key('parallel.expert', degree()),
    sequence_parallel: key('parallel.sequence', defaulted(false, MEGATRON_ARGS, onMegatron)),
    use_distributed_optimizer: key('sharding.zeroStage', {
      ...oneOf<0 | 1 | 2 | 3>([
        [true, 1],
        [false, 0],
      ]),
      ...defaulted<0>(0, MEGATRON_ARGS, onMegatron),
    }),
    recompute_granularity: key('activations.checkpointing', {
      ...oneOf<Checkpointing>([
        ['full', 'full'],
        ['selective', 'selective'],
        // Nothing is recomputed where no granularity is given.
        [null, 'none'],
      ]),
      ...defaulted<Checkpointing>('none', MEGATRON_ARGS, onMegatron),
    }),
    recompute_modules: key('activations.kept', { read: keptBeside, when: onMegatron }),
    // The older way to have the experts recomputed.
    moe_layer_recompute: [
      key('activations.checkpointing', {
        read: (value) => (value === true ? 'selective' : undefined),
        when: onMegatron,
      }),
      key('activations.kept', {
        read: (value) => (value === true ? 'all-but-feed-forward' : undefined),
        when: onMegatron,
      }),
    ],
    accumulate_allreduce_grads_in_fp32: key('precision.gradients', {
      ...oneOf<TensorDtype>([[true, 'fp32']]),
      when: onMegatron,
    }),
  };
}

/** FSDP2 and DeepSpeed. */
function shardedKeys(role: TrainedRole): KeyTable {
  const { onFsdp, onDeepSpeed } = askingOf(role);
  return {
    fsdp_size: key('sharding.degree', { ...WHOLE, when: onFsdp }),
    ep_size: key('parallel.expert', { ...WHOLE, when: onFsdp }),
    param_dtype: key('precision.compute', { read: readDtype, when: onFsdp }),
    reduce_dtype: key('precision.reduce', { read: readDtype, when: onFsdp }),
    reshard_after_forward: key('sharding.reshardAfterForward', { when: onFsdp }),
    // Named for what happens where gradients are not kept whole until the last micro batch.
    reduce_scatter_during_grad_accumulation: key('sharding.defersReduction', {
      ...oneOf<boolean>([
        [true, false],
        [false, true],
      ]),
      when: onFsdp,
    }),
    offload_policy: [
      key('sharding.offloadParameters', { read: (value) => (value === true ? 'cpu' : 'none'), when: onFsdp }),
      key('sharding.offloadOptimizer', { read: (value) => (value === true ? 'cpu' : 'none'), when: onFsdp }),
    ],
    'zero_optimization.stage': key('sharding.zeroStage', {
      read: (value) => (value === 0 || value === 1 || value === 2 || value === 3 ? value : undefined),
      write: (to) => to,
      when: onDeepSpeed,
    }),
    'zero_optimization.offload_optimizer.device': key('sharding.offloadOptimizer', {
      read: (value) => (value === 'cpu' || value === 'nvme' ? value : 'none'),
      when: onDeepSpeed,
    }),
    'zero_optimization.offload_param.device': key('sharding.offloadParameters', {
      read: (value) => (value === 'cpu' || value === 'nvme' ? value : 'none'),
      when: onDeepSpeed,
    }),
  };
}

function under(prefix: string, table: KeyTable): KeyTable {
  return Object.fromEntries(Object.entries(table).map(([name, rows]) => [`${prefix}.${name}`, rows]));
}

function hasRatio(around: Around, role: string): boolean {
  return positive(around.get(`${role}.training_args.warmup_ratio`) ?? null) !== undefined;
}

function countsEpochs(around: Around, role: string): boolean {
  return !rollsOut(around) && positive(around.get(`${role}.training_args.max_steps`) ?? null) === undefined;
}

function targetsOf(value: ConfigValue): 'all-linear' | readonly string[] | undefined {
  if (typeof value !== 'string' || /[*$|(]/.test(value)) return undefined;
  return value === 'all' || value === 'all-linear' ? 'all-linear' : value.split(',').map((name) => name.trim());
}
