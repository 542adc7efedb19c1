import type { OffloadDevice } from '../../plan/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

export const GRPO = 'open-instruct: open_instruct/grpo_utils.py';
export const STREAM = 'open-instruct: open_instruct/data_loader.py';
export const SCRIPT = 'open-instruct: open_instruct/grpo_fast.py';

const COUNT = { read: positive, write: (to: number) => to };
const OFFLOAD = oneOf<OffloadDevice>([
  [true, 'cpu'],
  [false, 'none'],
]);

/** The script that trains with OLMo-core and FSDP, whose memory is its own; the others train with DeepSpeed. */
export function onFsdp(around: Around): boolean {
  return /(?:^|\/)grpo\.py$/.test(around.started ?? '');
}

const onDeepspeed = (around: Around): boolean => !onFsdp(around);

/** Optimizer steps that one batch of completions is taken for: mini-batches, and passes over them. */
export function stepsPerBatch(around: Around): number | undefined {
  const count = (name: string): number | undefined => (around.has(name) ? positive(around.get(name) ?? null) : 1);
  const [minis, passes] = [count('num_mini_batches'), count('num_epochs')];
  return minis === undefined || passes === undefined ? undefined : minis * passes;
}

/** Cadences count batches of completions. */
const stepsOnce = (around: Around): boolean => stepsPerBatch(around) === 1;

/** GPUs that train, over all nodes: a number for each node. */
function learners(value: unknown): number | undefined {
  const counts = (Array.isArray(value) ? value : [value]).map((one) => positive(one));
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

export const OPEN_INSTRUCT_RL_KEYS: KeyTable = {
  // Packs of completions; how many a rank gets hangs on their lengths.
  per_device_train_batch_size: key('batch.micro', { ...COUNT, default: byDefault(1, SCRIPT) }),
  pack_length: key('data.sequenceLength', { ...COUNT, default: byDefault(512, STREAM) }),

  num_unique_prompts_rollout: key('rollout.promptsPerStep', { ...COUNT, default: byDefault(16, STREAM) }),
  num_samples_per_prompt_rollout: key('rollout.generations', { ...COUNT, default: byDefault(4, STREAM) }),
  number_samples_per_prompt: key('rollout.generations', COUNT),
  max_prompt_token_length: key('rollout.promptLength', { ...COUNT, default: byDefault(256, STREAM) }),
  response_length: key('rollout.completionLength', { ...COUNT, default: byDefault(256, STREAM) }),
  num_epochs: key('rollout.updateEpochs', { ...COUNT, default: byDefault(1, GRPO) }),
  total_episodes: key('rollout.episodes', { ...COUNT, default: byDefault(100_000, GRPO) }),
  beta: key('rollout.klCoefficient', { default: byDefault(0.05, GRPO) }),
  clip_lower: key('rollout.clipRange', { default: byDefault(0.2, GRPO) }),
  vllm_tensor_parallel_size: key('rollout.tensorParallel', { ...COUNT, default: byDefault(1, STREAM) }),
  vllm_gpu_memory_utilization: key('rollout.memoryShare', { ...COUNT, default: byDefault(0.9, STREAM) }),
  single_gpu_mode: key('rollout.colocated', { default: byDefault(false, GRPO) }),

  model_name_or_path: key('model.name'),

  learning_rate: key('optimizer.peakLearningRate', { default: byDefault(2e-5, GRPO) }),
  weight_decay: key('optimizer.weightDecay', { default: byDefault(0, GRPO) }),
  max_grad_norm: key('optimizer.maxGradNorm', {
    read: (value) => Math.max(0, castNumber(value) ?? 0),
    write: (to) => to,
    default: byDefault(1, SCRIPT),
  }),
  fused_optimizer: key('optimizer.name', {
    read: (value) => (value === false ? 'adamw_torch' : 'adamw_torch_fused'),
    default: byDefault((around: Around) => (onDeepspeed(around) ? 'adamw_torch_fused' : undefined), SCRIPT),
    when: onDeepspeed,
  }),

  lr_scheduler_type: key('schedule.kind', { default: byDefault('linear', GRPO) }),
  warmup_ratio: key('schedule.warmupRatio', { default: byDefault(0, SCRIPT) }),
  warm_up_steps: key('schedule.warmupSteps', { read: positive }),
  save_freq: key('schedule.saveSteps', { ...COUNT, when: (around) => stepsOnce(around) && onDeepspeed(around) }),
  local_eval_every: key('schedule.evalSteps', { ...COUNT, when: stepsOnce }),
  local_eval_freq: key('schedule.evalSteps', { ...COUNT, when: stepsOnce }),

  num_learners_per_node: key('parallel.world', { read: learners }),
  actor_num_gpus_per_node: key('parallel.world', { read: learners }),
  sequence_parallel_size: key('parallel.ulysses', { default: byDefault(1, GRPO) }),

  deepspeed_stage: key('sharding.zeroStage', {
    read: (value) => (value === 0 || value === 1 || value === 2 || value === 3 ? value : undefined),
    write: (to) => to,
    default: byDefault((around: Around): 0 | undefined => (onDeepspeed(around) ? 0 : undefined), GRPO),
    when: onDeepspeed,
  }),
  deepspeed_offload_param: key('sharding.offloadParameters', {
    ...OFFLOAD,
    default: byDefault<OffloadDevice>('none', GRPO),
    when: onDeepspeed,
  }),
  deepspeed_offload_optimizer: key('sharding.offloadOptimizer', {
    ...OFFLOAD,
    default: byDefault<OffloadDevice>('none', GRPO),
    when: onDeepspeed,
  }),
};
