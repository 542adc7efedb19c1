import type { Draft } from '../kit/define-adapter.ts';
import type { Around } from '../types.ts';
import { flag, given, isOn } from './flags.ts';

const ARGUMENTS = 'Megatron-LM: megatron/training/arguments.py';

/** What hangs on several flags: the objective, sharding, dtypes and the family that the layers are of. */
export function settleMegatronLm(draft: Draft): void {
  const { builder, around } = draft;
  builder.assume('parallel.ulysses', 1, ARGUMENTS);
  builder.assume('parallel.virtualPipeline', 1, ARGUMENTS);
  builder.assume('adapter.kind', 'none', ARGUMENTS);
  builder.assume('run.task', 'causal-lm', 'Megatron-LM: pretrain_gpt.py');
  builder.assume('data.packing', true, 'Megatron-LM: megatron/core/datasets/gpt_dataset.py');
  const objective = isOn(around, 'perform-rl-step') ? 'grpo' : isOn(around, 'sft') ? 'sft' : 'pretraining';
  builder.infer('run.objective', objective, 'the kind of training its switches ask for');
  if (objective === 'grpo') builder.infer('batch.unit', 'completions', 'the batch is of rollouts');
  if (objective === 'pretraining' && startsAnew(around))
    builder.infer('run.fromScratch', true, 'no checkpoint is loaded but its own (--load, --finetune)');
  settleSharding(draft);
  settleDtypes(draft);
  const family = familyOf(around);
  if (family !== undefined)
    builder.infer('model.family', family, 'normalisation, activation and positions of the layers');
}

/** Nothing is loaded, or what the run itself saved. */
function startsAnew(around: Around): boolean {
  if (isOn(around, 'finetune') || given(around, 'pretrained-checkpoint') !== null) return false;
  const load = given(around, 'load');
  return load === null || load === given(around, 'save');
}

const STRATEGIES: Readonly<Record<string, 0 | 1 | 2 | 3>> = {
  no_shard: 0,
  optim: 1,
  optim_grads: 2,
  optim_grads_params: 3,
};

function settleSharding(draft: Draft): void {
  const { around } = draft;
  if (isOn(around, 'use-torch-fsdp2')) {
    draft.builder.infer('sharding.engine', 'fsdp2', '--use-torch-fsdp2');
    return;
  }
  draft.builder.infer('sharding.engine', 'megatron', `the launcher is Megatron-LM (${ARGUMENTS})`);
  if (isOn(around, 'use-megatron-fsdp')) {
    const stage = STRATEGIES[String(given(around, 'data-parallel-sharding-strategy') ?? 'no_shard')];
    if (stage !== undefined) draft.builder.infer('sharding.zeroStage', stage, '--data-parallel-sharding-strategy');
    return;
  }
  const splits = isOn(around, 'use-distributed-optimizer');
  draft.builder.infer(
    'sharding.zeroStage',
    splits ? 1 : 0,
    '--use-distributed-optimizer splits optimizer states alone',
  );
}

/** 16-bit weights beside fp32 masters; bf16 accumulates and reduces gradients in fp32 unless told otherwise. */
function settleDtypes(draft: Draft): void {
  const { around } = draft;
  const compute = isOn(around, 'bf16') ? 'bf16' : isOn(around, 'fp16') ? 'fp16' : 'fp32';
  const halves = compute !== 'fp32';
  const how = `the switches --bf16 and --fp16 (${ARGUMENTS})`;
  draft.builder.infer('precision.weights', compute, how);
  draft.builder.infer('precision.compute', around.has(flag('fp8-format')) ? 'fp8' : compute, how);
  draft.builder.infer('precision.autocast', 'off', how);
  draft.builder.infer('precision.master', halves ? 'fp32' : 'none', how);
  const gradients = widensGradients(around, compute) ? 'fp32' : compute;
  draft.builder.infer('precision.gradients', gradients, how);
  draft.builder.infer('precision.reduce', gradients, how);
  draft.builder.infer('precision.lossScaling', compute === 'fp16', how);
}

/** bf16 accumulates and reduces gradients in fp32 unless told otherwise, fp16 only where told. */
function widensGradients(around: Around, compute: 'bf16' | 'fp16' | 'fp32'): boolean {
  if (compute !== 'bf16') return isOn(around, 'accumulate-allreduce-grads-in-fp32');
  return !isOn(around, 'grad-reduce-in-bf16') && given(around, 'main-grads-dtype') !== 'bf16';
}

/** The family whose layers these are, where every part fits; hybrids and experts stay without one. */
function familyOf(around: Around): string | undefined {
  if (['num-experts', 'hybrid-layer-pattern', 'experimental-attention-variant'].some((name) => around.has(flag(name))))
    return undefined;
  const hasRms = given(around, 'normalization') === 'RMSNorm';
  const turns = given(around, 'position-embedding-type') === 'rope' || isOn(around, 'use-rotary-position-embeddings');
  const plain = isOn(around, 'disable-bias-linear');
  if (hasRms && turns && plain && isOn(around, 'swiglu')) return isOn(around, 'qk-layernorm') ? 'qwen3' : 'llama';
  const learned = given(around, 'position-embedding-type') ?? 'learned_absolute';
  const usual = given(around, 'normalization') === null && !isOn(around, 'squared-relu') && !isOn(around, 'swiglu');
  return usual && !turns && learned === 'learned_absolute' && !plain ? 'gpt2' : undefined;
}
