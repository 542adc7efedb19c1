import { derive, type Objective, type PlanFields, type Resident, type Sourced } from '../../plan/index.ts';
import { readDtype } from '../hf-family/settle-precision.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { type Algorithm, algorithmOf, batchesByTokens, namesBackEnd, usesMegatron } from './which-part-counts.ts';

const DTENSOR = 'nemo-rl: nemo_rl/models/policy/dtensor_policy_worker.py';
const MEGATRON = 'nemo-rl: nemo_rl/models/policy/megatron_policy_worker.py';

const OBJECTIVES: { readonly [A in Algorithm]: Objective } = {
  ppo: 'ppo',
  distillation: 'distillation',
  dpo: 'dpo',
  rm: 'reward',
  sft: 'sft',
  grpo: 'grpo',
};

const UNITS: { readonly [A in Algorithm]: PlanFields['batch.unit'] } = {
  ppo: 'completions',
  distillation: 'completions',
  dpo: 'pairs',
  rm: 'pairs',
  sft: 'sequences',
  grpo: 'completions',
};

/** What hangs on which algorithm and which back end is in use. */
export function settleNemoRl(draft: Draft): void {
  const { around, builder, context } = draft;
  const algorithm = algorithmOf(around);
  if (algorithm !== undefined) {
    if (around.get('on_policy_distillation.enabled') === true)
      builder.infer('run.objective', 'distillation', 'on_policy_distillation is enabled');
    builder.infer('run.objective', OBJECTIVES[algorithm], `the section ${algorithm}`);
    builder.infer('batch.unit', UNITS[algorithm], `the section ${algorithm}`);
    if (builder.value('run.objective') === 'grpo' || algorithm === 'ppo')
      builder.infer('rollout.algorithm', algorithm, `the section ${algorithm}`);
  }
  const isVision =
    /vlm|audio|omni/i.test(context.file.slice(context.file.lastIndexOf('/') + 1)) || around.has('env.vlm');
  builder.infer('run.task', isVision ? 'vision-language' : 'causal-lm', 'what its policies are');
  builder.infer('run.fromScratch', false, 'the policy starts from policy.model_name');
  settleTokenBatches(draft);
  if (namesBackEnd(around) && usesMegatron(around)) settleMegatron(draft);
  else if (namesBackEnd(around)) settleDtensor(draft);
  builder.assume('parallel.ulysses', 1, usesMegatron(around) ? MEGATRON : DTENSOR);
}

/** Micro batches filled by tokens hold about so many full sequences; how many samples those are, nobody states. */
function settleTokenBatches({ builder, around }: Draft): void {
  const tokens = builder.value('batch.microTokens');
  const length = builder.value('data.sequenceLength');
  if (!batchesByTokens(around) || tokens === undefined || length === undefined) return;
  const full = tokens / length;
  if (!Number.isInteger(full) || (full > 1 && !builder.has('rollout.promptsPerStep'))) return;
  const how = 'tokens of a micro batch / sequence length';
  builder.state('batch.micro', { value: full, origin: 'inferred', from: [], how });
}

/** Weights are kept in fp32 shards and gathered in the policy's dtype; gradients are reduced in fp32. */
function settleDtensor(draft: Draft): void {
  const { builder, around } = draft;
  builder.infer('sharding.engine', 'fsdp2', `dtensor_cfg is enabled (${DTENSOR})`);
  builder.assume('parallel.pipeline', 1, DTENSOR);
  // Neither worker tells FSDP to wait with the reduction, whatever defer_fsdp_grad_sync says.
  builder.assume('sharding.defersReduction', false, DTENSOR);
  if (!builder.has('adapter.kind')) builder.infer('adapter.kind', 'none', 'no adapter is enabled');
  const compute = readDtype(around.get('policy.precision'));
  if (compute === undefined) return;
  builder.infer('precision.weights', 'fp32', DTENSOR);
  builder.infer('precision.compute', compute, 'policy.precision');
  builder.infer('precision.autocast', 'off', DTENSOR);
  builder.infer('precision.master', 'none', DTENSOR);
  builder.infer('precision.gradients', 'fp32', DTENSOR);
  builder.infer('precision.reduce', 'fp32', DTENSOR);
}

/** Megatron keeps 16-bit weights beside masters in `params_dtype`; its distributed optimizer splits the states. */
function settleMegatron(draft: Draft): void {
  const { around } = draft;
  const optimizer = 'policy.megatron_cfg.optimizer';
  const reduces = around.get('policy.megatron_cfg.distributed_data_parallel_config.grad_reduce_in_fp32');
  const splits = around.get(`${optimizer}.use_distributed_optimizer`);
  draft.builder.infer('sharding.engine', 'megatron', `megatron_cfg is enabled (${MEGATRON})`);
  if (!draft.builder.has('adapter.kind')) draft.builder.infer('adapter.kind', 'none', 'no adapter is enabled');
  if (typeof splits === 'boolean')
    draft.builder.infer('sharding.zeroStage', splits ? 1 : 0, 'use_distributed_optimizer');
  const compute = readDtype(around.get('policy.precision'));
  const master = readDtype(around.get(`${optimizer}.params_dtype`));
  if (compute === undefined || compute === 'fp32') return;
  draft.builder.infer('precision.weights', compute, 'policy.precision');
  draft.builder.infer('precision.compute', compute, 'policy.precision');
  draft.builder.infer('precision.autocast', 'off', MEGATRON);
  if (master !== undefined)
    draft.builder.infer('precision.master', master === 'fp32' ? 'fp32' : 'none', 'params_dtype');
  if (typeof reduces === 'boolean')
    draft.builder.infer('precision.gradients', reduces ? 'fp32' : compute, 'grad_reduce_in_fp32');
}

/** Samples of one round of rollouts. */
export const DERIVATIONS = [
  derive(
    'rollout.batch',
    ['rollout.promptsPerStep', 'rollout.generations'],
    'prompts × generations a prompt',
    (prompts, generations) => prompts * generations,
  ),
];

/** Other models wait in host memory while the policy trains (nemo-rl: nemo_rl/algorithms/grpo.py, distillation.py). */
export function residentsOfNemoRl(draft: Draft): readonly Resident[] {
  const { builder, around } = draft;
  const offload: Sourced<'cpu'> = { value: 'cpu', origin: 'default', cite: 'nemo-rl: nemo_rl/algorithms/grpo.py' };
  const residents: Resident[] = [];
  const objective = builder.value('run.objective');
  const penalised = (builder.value('rollout.klCoefficient') ?? 0) > 0;
  if (objective === 'dpo' || ((objective === 'grpo' || objective === 'ppo') && penalised))
    residents.push({ role: 'reference', trainable: false, offload });
  residents.push(...namedModel(draft, 'teacher.model_name', { role: 'teacher', trainable: false, offload }));
  if (objective === 'ppo')
    residents.push(...namedModel(draft, 'value.model_name', { role: 'critic', trainable: true, offload }));
  if (builder.value('rollout.engine') !== undefined && around.get('policy.generation.colocated.enabled') === true) {
    const memoryShare = builder.sourced('rollout.memoryShare');
    residents.push({
      role: 'rollout-engine',
      trainable: false,
      offload,
      ...(memoryShare === undefined ? {} : { memoryShare }),
    });
  }
  return residents;
}

function namedModel(draft: Draft, path: string, resident: Omit<Resident, 'model'>): readonly Resident[] {
  const node = draft.around.node(path);
  const name = draft.around.get(path);
  if (node === undefined || typeof name !== 'string') return [];
  return [{ ...resident, model: explicit(draft.tree, node, name) }];
}
