import { type Derivation, derive, type Objective, type Resident } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { isRl, PPO_CLI, SFT_CLI } from './openrlhf-keys.ts';

const STRATEGY = 'OpenRLHF: openrlhf/utils/deepspeed/deepspeed.py';

/** The DeepSpeed engine whatever the file says; the scripts train in bf16 and cast nothing else. */
export function settleOpenRlhf(draft: Draft): void {
  const { builder, around } = draft;
  const rl = isRl(around);
  const cite = rl ? PPO_CLI : SFT_CLI;
  builder.assume('run.task', 'causal-lm', cite);
  const isPairs = around.has('chosen_key') || around.has('rejected_key');
  const offline = isPairs ? (around.has('beta') ? 'dpo' : undefined) : 'sft';
  const objective = rl ? objectiveOf(builder.value('rollout.algorithm')) : offline;
  if (objective !== undefined) builder.assume('run.objective', objective, cite);
  builder.assume('batch.unit', rl ? 'completions' : isPairs ? 'pairs' : 'sequences', cite);
  if (rl) builder.assume('rollout.engine', 'vllm', cite);
  builder.assume('parallel.pipeline', 1, STRATEGY);
  builder.assume('parallel.ulysses', 1, STRATEGY);
  builder.assume('sharding.engine', 'deepspeed', STRATEGY);
  builder.assume('sharding.offloadParameters', 'none', STRATEGY);
  builder.assume('optimizer.name', 'fused_adam', STRATEGY);
  settleDtypes(draft);
}

function settleDtypes(draft: Draft): void {
  const { around } = draft;
  const half = around.get('bf16') === true || around.get('param_dtype') === 'bf16';
  if (!half) return;
  const how = `DeepSpeed keeps bf16 weights beside fp32 masters (${STRATEGY})`;
  draft.builder.infer('precision.weights', 'bf16', how);
  draft.builder.infer('precision.compute', 'bf16', how);
  draft.builder.infer('precision.autocast', 'off', how);
  draft.builder.infer('precision.master', 'fp32', how);
  draft.builder.infer('precision.gradients', 'bf16', how);
}

function objectiveOf(estimator: string | undefined): Objective | undefined {
  if (estimator === undefined) return undefined;
  if (estimator === 'group_norm' || estimator === 'dr_grpo') return 'grpo';
  return estimator === 'rloo' ? 'rloo' : 'ppo';
}

/** Other models share the policy's GPUs only where all are told to. */
export function openRlhfResidents(draft: Draft): readonly Resident[] {
  const { around, builder } = draft;
  if (!isRl(around) || builder.value('rollout.colocated') !== true) return [];
  const residents: Resident[] = [];
  if ((builder.value('rollout.klCoefficient') ?? 0) > 0 && around.get('ref_reward_offload') !== true)
    residents.push({ role: 'reference', trainable: false });
  const sleeps = around.get('deepspeed_enable_sleep') === true;
  if (builder.value('rollout.algorithm') === 'gae' && !sleeps)
    residents.push({ role: 'critic', trainable: true, ...modelOf(draft, 'critic_pretrain') });
  if (around.has('reward_pretrain') && !around.has('remote_rm_url') && around.get('ref_reward_offload') !== true)
    residents.push({ role: 'reward', trainable: false, ...modelOf(draft, 'reward_pretrain') });
  const memoryShare = builder.sourced('rollout.memoryShare');
  if (memoryShare !== undefined && around.get('vllm_enable_sleep') !== true)
    residents.push({ role: 'rollout-engine', trainable: false, memoryShare });
  return residents;
}

function modelOf(draft: Draft, key: string): Pick<Resident, 'model'> {
  const node = draft.around.node(key);
  const name = draft.around.get(key);
  return node === undefined || typeof name !== 'string' ? {} : { model: explicit(draft.tree, node, name) };
}

/** A round samples prompts × completions; updates take `train_batch_size` of them. */
export const OPENRLHF_DERIVATIONS: readonly Derivation[] = [
  derive(
    'rollout.batch',
    ['rollout.promptsPerStep', 'rollout.generations'],
    'prompts per rollout × generations per prompt',
    (prompts, generations) => prompts * generations,
  ),
  derive(
    'data.sequenceLength',
    ['rollout.promptLength', 'rollout.completionLength'],
    'prompt length + completion length',
    (prompt, completion) => prompt + completion,
  ),
  derive(
    'schedule.totalSteps',
    ['data.examples', 'schedule.epochs', 'rollout.generations', 'rollout.updateEpochs', 'rollout.miniBatch'],
    'prompts × episodes × completions × passes / mini-batch',
    (examples, episodes, generations, passes, mini) => Math.floor((examples * episodes * generations * passes) / mini),
  ),
];
