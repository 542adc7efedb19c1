import type { FieldName, PlanFields } from '../../plan/index.ts';
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
  infer(draft, 'run.objective', objective, 'the kind of training its switches ask for');
  if (objective === 'grpo') infer(draft, 'batch.unit', 'completions', 'the batch is of rollouts');
  if (objective === 'pretraining' && startsAnew(around))
    infer(draft, 'run.fromScratch', true, 'no checkpoint is loaded but its own (--load, --finetune)');
  settleSharding(draft);
  settleDtypes(draft);
  const family = familyOf(around);
  if (family !== undefined)
    infer(draft, 'model.family', family, 'normalisation, activation and positions of the layers');
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
    infer(draft, 'sharding.engine', 'fsdp2', '--use-torch-fsdp2');
    return;
  }
  infer(draft, 'sharding.engine', 'megatron', `the launcher is Megatron-LM (${ARGUMENTS})`);
  if (isOn(around, 'use-megatron-fsdp')) {
    const stage = STRATEGIES[String(given(around, 'data-parallel-sharding-strategy') ?? 'no_shard')];
    if (stage !== undefined) infer(draft, 'sharding.zeroStage', stage, '--data-parallel-sharding-strategy');
    return;
  }
  const splits = isOn(around, 'use-distributed-optimizer');
  infer(draft, 'sharding.zeroStage', splits ? 1 : 0, '--use-distributed-optimizer splits optimizer states alone');
}

/** 16-bit weights beside fp32 masters; bf16 accumulates and reduces gradients in fp32. */
function settleDtypes(draft: Draft): void {
  const { around } = draft;
  const compute = isOn(around, 'bf16') ? 'bf16' : isOn(around, 'fp16') ? 'fp16' : 'fp32';
  const halves = compute !== 'fp32';
  const how = `the switches --bf16 and --fp16 (${ARGUMENTS})`;
  infer(draft, 'precision.weights', compute, how);
  infer(draft, 'precision.compute', around.has(flag('fp8-format')) ? 'fp8' : compute, how);
  infer(draft, 'precision.autocast', 'off', how);
  infer(draft, 'precision.master', halves ? 'fp32' : 'none', how);
  infer(draft, 'precision.gradients', compute === 'fp16' ? 'fp16' : 'fp32', how);
  infer(draft, 'precision.reduce', compute === 'fp16' ? 'fp16' : 'fp32', how);
  infer(draft, 'precision.lossScaling', compute === 'fp16', how);
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

function infer<F extends FieldName>({ builder }: Draft, field: F, value: PlanFields[F], how: string): void {
  if (!builder.has(field)) builder.state(field, { value, origin: 'inferred', from: [], how });
}
