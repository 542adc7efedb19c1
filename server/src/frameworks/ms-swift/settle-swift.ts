import { type Derivation, derive, type Resident } from '../../plan/index.ts';
import { joinDeepSpeed } from '../hf-family/join-deepspeed.ts';
import { joinFsdp } from '../hf-family/join-fsdp.ts';
import { mixedFromFlags, settlePrecision } from '../hf-family/settle-precision.ts';
import { COMPLETION_LOGITS } from '../hf-family/training-argument-keys.ts';
import { taskForModel } from '../hf-family/vision-name.ts';
import { TRAINERS } from '../hf-trainer/trainer-kinds.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { peftMethod } from '../kit/peft-method.ts';
import { explicit } from '../kit/read-keys.ts';
import { onMegatron, trainerOf, tunerOf } from './swift-around.ts';
import { SWIFT_MEGATRON, SWIFT_TRAINER } from './swift-keys.ts';

const DEEPSPEED_PRESETS = 'ms-swift: swift/config/ds_config';
const RLHF = 'ms-swift: swift/arguments/rlhf_args.py';

/** Before transformers' defaults: those ms-swift lays over them. */
export function assumeSwift(draft: Draft): void {
  const { builder, around } = draft;
  const kind = trainerOf(around);
  if (kind !== undefined) {
    const { objective, task, unit, samples } = TRAINERS[kind];
    // With a teacher, its token-level signal is the reward, and groups of one are no mistake.
    const distils = kind === 'grpo' && around.has('teacher_model');
    // Only a model with a tower has one to freeze.
    const sees = task === 'causal-lm' && around.has('freeze_vit');
    builder.assume('run.task', sees ? 'vision-language' : taskForModel(task, builder.value('model.name')), RLHF);
    builder.assume('run.objective', distils ? 'distillation' : objective, RLHF);
    builder.assume('batch.unit', unit, RLHF);
    if (samples && !distils) builder.assume('rollout.algorithm', objective, RLHF);
    if (kind === 'grpo') builder.assume('rollout.generations', 8, RLHF);
    if (unit === 'completions' && !onMegatron(around)) builder.assume('loss.completionLogits', true, COMPLETION_LOGITS);
  }
  if (onMegatron(around)) return;
  const full = tunerOf(around) === 'full';
  builder.assumeAll(
    {
      'batch.micro': 1,
      'batch.eval': 1,
      'optimizer.peakLearningRate': full ? 1e-5 : 1e-4,
      'optimizer.weightDecay': 0.1,
      'optimizer.beta2': 0.95,
      'schedule.kind': 'cosine',
      'activations.checkpointing': 'full',
      ...(around.get('use_vllm') === true ? { 'rollout.memoryShare': 0.9 } : {}),
    },
    SWIFT_TRAINER,
  );
  // Warmup was a share of 0.05 in older versions and is none in newer ones.
  builder.obscure('schedule.warmupSteps');
  builder.obscure('schedule.evalCadence');
  // The dtype of the checkpoint decides, which the file may name.
  const dtype = builder.value('precision.weights');
  if (dtype === undefined)
    for (const flag of ['precision.bf16Flag', 'precision.fp16Flag'] as const) builder.obscure(flag);
  else
    builder.assumeAll(
      { 'precision.bf16Flag': dtype === 'bf16', 'precision.fp16Flag': dtype === 'fp16' },
      SWIFT_TRAINER,
    );
}

export function settleSwift(draft: Draft): void {
  if (onMegatron(draft.around)) settleMegatron(draft);
  else settleTrainer(draft);
  const { builder } = draft;
  const method = peftMethod(tunerOf(draft.around) ?? '');
  if (builder.value('adapter.kind') === 'other' && method !== undefined)
    builder.infer('adapter.method', method, 'the tuner is a method of peft (ms-swift: swift/pipelines/train/tuner.py)');
  if (builder.value('data.packing') === true)
    builder.infer(
      'data.packingIsolated',
      true,
      'packed sequences run without padding, by their lengths (ms-swift: swift/template)',
    );
}

/** Without a validation set nothing is evaluated, whatever the strategy says; older versions split one off by themselves. */
function settleEvaluation({ builder, around }: Draft): void {
  if (around.has('train_type') || around.has('sft_type')) return;
  const sources = ['val_dataset', 'cached_val_dataset', 'eval_dataset'];
  const splits = around.has('split_dataset_ratio') && around.get('split_dataset_ratio') !== 0;
  if (splits || sources.some((name) => around.has(name)) || around.get('eval_use_evalscope') === true) return;
  builder.overrule('schedule.evalCadence', {
    value: 'no',
    origin: 'inferred',
    from: [],
    how: 'there is no validation set (ms-swift: swift/arguments/sft_args.py)',
  });
}

/** `deepspeed: zero2` is one of the configs that come with ms-swift; anything else is a file or a mapping. */
function settleTrainer(draft: Draft): void {
  const { builder, around, locate } = draft;
  const preset = /^zero([0-3])(_offload)?$/.exec(String(around.get('deepspeed') ?? ''));
  const at = locate('deepspeed');
  if (preset !== null && at !== undefined) {
    // The expression admits only the four stages.
    const stage = Number(preset[1]) as 0 | 1 | 2 | 3;
    builder.state('sharding.engine', { value: 'deepspeed', origin: 'explicit', at });
    builder.state('sharding.zeroStage', { value: stage, origin: 'explicit', at });
    const offload = preset[2] === undefined ? 'none' : 'cpu';
    builder.assume('sharding.offloadOptimizer', offload, DEEPSPEED_PRESETS);
    builder.assume('sharding.offloadParameters', stage === 3 ? offload : 'none', DEEPSPEED_PRESETS);
    builder.assume('sharding.overlap', false, DEEPSPEED_PRESETS);
  } else joinDeepSpeed(draft);
  joinFsdp(draft, { options: 'fsdp', config: 'fsdp_config', version: 1, byTrainer: true });
  settleEvaluation(draft);
  builder.assume('sharding.engine', 'ddp', SWIFT_TRAINER);
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context'] as const)
    builder.assume(degree, 1, SWIFT_TRAINER);
  settlePrecision(draft, {
    engine: builder.value('sharding.engine'),
    mixed: mixedFromFlags(draft),
    loaded: builder.value('precision.weights'),
    frozen: (builder.value('adapter.kind') ?? 'none') !== 'none',
  });
}

function settleMegatron(draft: Draft): void {
  const { builder } = draft;
  builder.assume('sharding.engine', 'megatron', SWIFT_MEGATRON);
  builder.assume('parallel.ulysses', 1, SWIFT_MEGATRON);
  builder.assume('precision.weights', 'bf16', SWIFT_MEGATRON);
  const how = `Megatron keeps 16-bit weights beside fp32 masters (${SWIFT_MEGATRON})`;
  builder.infer('precision.compute', builder.value('precision.weights'), how);
  builder.infer('precision.autocast', 'off', how);
  builder.infer('precision.master', 'fp32', how);
  builder.infer('precision.gradients', 'fp32', how);
}

/** Frozen models beside the policy, and the engine where it shares the trainer's GPUs. */
export function swiftResidents(draft: Draft): readonly Resident[] {
  const { around, builder } = draft;
  const kind = trainerOf(around);
  if (kind === undefined) return [];
  const residents: Resident[] = [];
  const frozen = builder.value('adapter.kind') === 'none';
  const needsReference = kind === 'grpo' ? (builder.value('rollout.klCoefficient') ?? 0) > 0 : TRAINERS[kind].reference;
  if (needsReference && frozen) residents.push({ role: 'reference', trainable: false });
  const node = around.node('teacher_model');
  const teacher = around.get('teacher_model');
  if (node !== undefined && typeof teacher === 'string' && around.get('offload_teacher_model') !== true)
    residents.push({ role: 'teacher', model: explicit(draft.tree, node, teacher), trainable: false });
  const shares = around.get('use_vllm') === true && (around.get('vllm_mode') ?? 'colocate') === 'colocate';
  const memoryShare = builder.sourced('rollout.memoryShare');
  // An engine that sleeps while the policy trains, or has GPUs of its own, takes none of its memory.
  const sleeps = typeof around.get('sleep_level') === 'number' && around.get('sleep_level') !== 0;
  if (shares && !sleeps && !around.has('rollout.gpus') && memoryShare !== undefined)
    residents.push({ role: 'rollout-engine', trainable: false, memoryShare });
  return residents;
}

/** Megatron's rounds hold so many global batches; the other trainer counts as TRL does. */
export const SWIFT_DERIVATIONS: readonly Derivation[] = [
  {
    ...derive(
      'rollout.batch',
      ['batch.global', 'rollout.stepsPerGeneration', 'sharding.engine'],
      'global batch × steps per generation',
      (global, steps, engine) => (engine === 'megatron' ? global * steps : undefined),
    ),
  },
];
