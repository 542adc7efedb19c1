import type { PlanFields, Resident } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { builderOf, isTraining, launchOf, objectiveOf } from './torchtune-recipe.ts';

const SINGLE = 'torchtune: recipes/lora_finetune_single_device.py';
const DISTRIBUTED = 'torchtune: recipes/lora_finetune_distributed.py';
const LOSSES = 'torchtune: torchtune/modules/loss/cross_entropy_loss.py';
const PRECISION = 'torchtune: torchtune/training/precision.py (one dtype for weights, gradients and states)';

/** What the recipe decides rather than a key: devices, sharding, dtypes, the task. */
export function settleTorchtune(draft: Draft): void {
  const { builder, around } = draft;
  builder.assume('run.task', isVision(draft) ? 'vision-language' : 'causal-lm', 'torchtune: torchtune/models');
  settleShape(draft);
  if (!isTraining(around)) return;
  settleObjective(draft);
  settleDevices(draft);
  settleDtypes(draft);
  if (builder.value('compile.enabled') === true)
    builder.assume('compile.scope', 'layers', 'torchtune: torchtune/training/_compile.py (compile_model)');
  if (builder.value('data.packing') === true)
    builder.assume('data.packingIsolated', true, 'torchtune: torchtune/modules/attention_utils.py (packed block mask)');
}

/** The Llama builder without a size takes its dimensions, and rounds the feed-forward width as Llama does. */
function settleShape({ builder, around }: Draft): void {
  const width = builder.value('model.hiddenSize');
  if (width === undefined || !/^(q?lora_)?llama[23]$/.test(builderOf(around))) return;
  const builders = 'torchtune: torchtune/models/llama2/_component_builders.py';
  builder.assume('model.family', 'llama', builders);
  builder.assume('model.tiedEmbeddings', false, builders);
  const scaled = Math.floor((2 * 4 * width) / 3);
  builder.assume(
    'model.intermediateSize',
    256 * Math.ceil(scaled / 256),
    'torchtune: torchtune/modules/common_utils.py',
  );
}

function isVision({ around }: Draft): boolean {
  return /vision|flamingo|llava/.test(builderOf(around));
}

const UNITS: { readonly [O in PlanFields['run.objective']]?: PlanFields['batch.unit'] } = {
  dpo: 'pairs',
  simpo: 'pairs',
  other: 'pairs',
  ppo: 'completions',
  grpo: 'completions',
};

function settleObjective({ builder, around }: Draft): void {
  const objective = objectiveOf(around);
  builder.assume('run.objective', objective, 'torchtune: recipes');
  builder.assume('run.fromScratch', false, 'torchtune: recipes/full_finetune_single_device.py (loads a checkpoint)');
  builder.assume('batch.unit', UNITS[objective] ?? 'sequences', 'torchtune: recipes');
  if (objective === 'grpo' || objective === 'ppo') builder.assume('rollout.algorithm', objective, 'torchtune: recipes');
  if (around.has('orchestration')) {
    builder.assume('rollout.colocated', false, 'torchtune: recipes/dev/async_grpo_full_finetune_distributed.py');
    builder.assume('batch.gradientAccumulation', 1, 'torchtune: recipes/dev/async_grpo_full_finetune_distributed.py');
  }
}

function settleDevices(draft: Draft): void {
  const { builder, around, tree } = draft;
  for (const field of ['parallel.pipeline', 'parallel.ulysses'] as const) builder.assume(field, 1, DISTRIBUTED);
  // The loss that holds the output head asks for logits split by vocabulary; the others get them whole.
  if ((builder.value('parallel.tensor') ?? 1) > 1)
    builder.assume(
      'parallel.loss',
      /LinearCrossEntropyLoss$/.test(String(around.get('loss._component_') ?? '')),
      LOSSES,
    );
  const launch = around.has('orchestration') ? 'distributed' : launchOf(tree, around);
  if (launch === 'single-device') {
    builder.assumeAll({ 'parallel.world': 1, 'parallel.nodes': 1, 'sharding.engine': 'none' }, SINGLE);
    builder.assume('sharding.zeroStage', 0, SINGLE);
  } else if (launch === 'distributed') {
    const reshards = around.get('fsdp_reshard_after_forward') !== false;
    const offload = around.get('fsdp_cpu_offload') === true ? 'cpu' : 'none';
    builder.assume('sharding.engine', 'fsdp2', DISTRIBUTED);
    builder.assume('sharding.zeroStage', reshards ? 3 : 2, DISTRIBUTED);
    builder.assume('sharding.reshardAfterForward', reshards, DISTRIBUTED);
    builder.assume('sharding.defersReduction', false, DISTRIBUTED);
    builder.assume('sharding.offloadParameters', offload, DISTRIBUTED);
    builder.assume('sharding.offloadOptimizer', offload, DISTRIBUTED);
  }
}

/** One dtype throughout: no autocast, no second copy, adapters included. */
function settleDtypes({ builder, around }: Draft): void {
  // The asynchronous recipe fixes the dtype that the others ask for.
  if (around.has('orchestration')) builder.assume('precision.weights', 'bf16', PRECISION);
  const dtype = builder.value('precision.weights');
  if (dtype === undefined) return;
  builder.assume('precision.compute', dtype, PRECISION);
  builder.assume('precision.autocast', 'off', PRECISION);
  builder.assume('precision.master', 'none', PRECISION);
  builder.assume('precision.gradients', dtype, PRECISION);
  builder.assume('precision.reduce', dtype, PRECISION);
  const kind = builder.value('adapter.kind');
  if (kind === 'lora' || kind === 'dora') builder.assume('adapter.dtype', dtype, PRECISION);
  if (builder.value('adapter.quantization') !== 'nf4') return;
  builder.assume('adapter.doubleQuantization', true, 'torchao: torchao/dtypes/nf4tensor.py (scaler_block_size)');
  builder.assume('adapter.upcastsUnquantized', false, PRECISION);
}

/** Models beside the trained one. DPO with an adapter scores with the adapter switched off. */
export function torchtuneResidents(draft: Draft): readonly Resident[] {
  const { around, builder, tree } = draft;
  if (!isTraining(around)) return [];
  const dtype = builder.sourced('precision.weights');
  const resident = (role: Resident['role'], dotted: string, trainable = false): Resident => {
    const node = around.node(dotted);
    const name = around.get(dotted);
    const model = node !== undefined && typeof name === 'string' ? { model: explicit(tree, node, name) } : {};
    return { role, trainable, ...model, ...(dtype === undefined ? {} : { dtype }) };
  };
  switch (objectiveOf(around)) {
    case 'distillation':
      return [resident('teacher', 'teacher_model._component_')];
    case 'dpo':
      return builder.value('adapter.kind') === 'none' ? [resident('reference', 'reference_model._component_')] : [];
    case 'ppo':
      return [
        resident('reference', 'policy_model._component_'),
        resident('critic', 'value_model._component_', true),
        resident('reward', 'reward_model._component_'),
      ];
    case 'grpo':
      // The asynchronous recipe scores with a worker of its own.
      return around.has('orchestration') ? [] : [resident('reference', 'model._component_')];
    default:
      return [];
  }
}
