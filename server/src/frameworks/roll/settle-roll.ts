import { type Derivation, derive, type FieldName, type Objective, type PlanFields } from '../../plan/index.ts';
import { isVisionName } from '../hf-family/vision-name.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { BASE_CONFIG } from './pipeline-keys.ts';
import {
  dataRanksOf,
  devicesOf,
  fillsByTokens,
  type Pipeline,
  pipelineOf,
  roleOf,
  rollsOut,
  samplesPerRank,
  strategyOf,
  type TrainedRole,
} from './roll-around.ts';

const FSDP2 = 'ROLL: roll/distributed/strategy/fsdp2_strategy.py';
const MEGATRON = 'ROLL: roll/distributed/strategy/megatron_strategy.py';
const REWARDS = 'ROLL: roll/utils/functionals.py, compute_token_reward';
const DEEPSPEED = 'ROLL: roll/distributed/strategy/deepspeed_strategy.py';

/** What hangs on the pipeline and on the strategy of the role that trains. */
export function settleRoll(draft: Draft): void {
  const { builder, around } = draft;
  const pipeline = pipelineOf(around);
  const role = roleOf(around);
  if (pipeline === undefined || role === undefined) return;
  builder.assume('run.task', isVisionName(builder.value('model.name')) ? 'vision-language' : 'causal-lm', BASE_CONFIG);
  builder.assume('batch.unit', UNITS[pipeline], BASE_CONFIG);
  const objective = objectiveOf(pipeline, builder.value('rollout.algorithm'));
  if (objective !== undefined) builder.assume('run.objective', objective, BASE_CONFIG);
  if (!around.has(`${role}.model_args.lora_target`)) builder.assume('adapter.kind', 'none', BASE_CONFIG);
  if (rollsOut(around)) settleColocation(draft, role);
  // Without either form of it there is no penalty.
  if (rollsOut(around) && around.get('use_kl_loss') !== true && around.get('add_token_level_kl') !== true)
    builder.assume('rollout.klCoefficient', 0, REWARDS);
  settleTokenBatch(draft, role);
  settleStrategy(draft, role);
}

const UNITS: { readonly [P in Pipeline]: PlanFields['batch.unit'] } = {
  sft: 'sequences',
  dpo: 'pairs',
  distillation: 'sequences',
  agentic: 'samples',
  rlvr: 'completions',
};

function objectiveOf(pipeline: Pipeline, algorithm: string | undefined): Objective | undefined {
  if (pipeline === 'sft' || pipeline === 'dpo') return pipeline;
  if (pipeline === 'distillation') return 'distillation';
  if (algorithm === undefined) return undefined;
  return /^(grpo|gigpo)/.test(algorithm) ? 'grpo' : 'ppo';
}

/** Sampling and training share GPUs where their indices do. */
function settleColocation(draft: Draft, role: TrainedRole): void {
  const sampler = draft.around.has('actor_infer') ? 'actor_infer' : 'student_infer';
  const trained = devicesOf(draft.around.get(`${role}.device_mapping`));
  const sampling = devicesOf(draft.around.get(`${sampler}.device_mapping`));
  const at = draft.locate(`${sampler}.device_mapping`);
  if (trained === undefined || sampling === undefined || at === undefined) return;
  const shared = new Set(trained);
  const value = sampling.some((device) => shared.has(device));
  draft.builder.state('rollout.colocated', { value, origin: 'explicit', at });
}

/** With micro batches filled by tokens, the stated sizes still say how many samples one optimizer step takes. */
function settleTokenBatch(draft: Draft, role: TrainedRole): void {
  if (!fillsByTokens(draft.around, role)) return;
  const perRank = samplesPerRank(draft.around, role);
  const ranks = dataRanksOf(draft.around, role);
  if (perRank === undefined || ranks === undefined) return;
  draft.builder.infer(
    'batch.global',
    perRank * ranks,
    'micro batch × gradient accumulation × data-parallel ranks as stated',
  );
}

function settleStrategy(draft: Draft, role: TrainedRole): void {
  const { builder, around } = draft;
  const strategy = strategyOf(around, role);
  const compute = builder.value('precision.compute');
  // Adam whatever the strategy; its own arguments name no other.
  if (strategy === 'megatron_train') builder.assume('optimizer.name', 'adam', MEGATRON);
  else
    builder.assume('optimizer.name', strategy === 'deepspeed_train' ? 'fused_adam' : 'adamw_torch_fused', BASE_CONFIG);
  if (strategy === 'megatron_train') {
    builder.assume('sharding.engine', 'megatron', MEGATRON);
    builder.assume('parallel.ulysses', 1, MEGATRON);
    builder.assume('model.attention', 'flash', MEGATRON);
    if (statesLeave(draft, pipelineOf(around))) builder.assume('sharding.awayStates', 'between-steps', MEGATRON);
    const how = `Megatron keeps 16-bit weights beside fp32 masters, and gradients of bf16 in fp32 (${MEGATRON})`;
    const gradients = compute === 'bf16' ? 'fp32' : compute;
    settleDtypes(draft, { weights: compute, master: 'fp32', gradients, autocast: 'off', how });
  } else if (strategy === 'deepspeed_train') {
    builder.assume('sharding.engine', 'deepspeed', DEEPSPEED);
    onlyDataParallel(draft, DEEPSPEED);
    const how = `DeepSpeed keeps 16-bit weights beside fp32 masters (${DEEPSPEED})`;
    settleDtypes(draft, { weights: compute, master: 'fp32', gradients: compute, autocast: 'off', how });
  } else if (strategy === 'fsdp2_train') {
    builder.assume('sharding.engine', 'fsdp2', FSDP2);
    builder.assume('sharding.zeroStage', 3, FSDP2);
    builder.assume('sharding.defersReduction', false, FSDP2);
    onlyDataParallel(draft, FSDP2);
    // A dtype that the engine names is the model's own too; without one the model that trains is fp32.
    const isNamed = around.has(`${role}.strategy_args.strategy_config.param_dtype`);
    const weights = isNamed ? compute : 'fp32';
    const how = `the model is loaded in the engine's dtype, or in fp32 where none is named (${FSDP2})`;
    settleDtypes(draft, { weights, master: 'none', gradients: weights, autocast: compute, how });
  }
}

/** Moments are on the GPU for the step alone: always where completions are sampled, never in supervised fine-tuning. */
function statesLeave({ around }: Draft, pipeline: Pipeline | undefined): boolean {
  if (pipeline === 'sft') return false;
  return rollsOut(around) || around.get('is_offload_optimizer_states_in_train_step') === true;
}

function onlyDataParallel({ builder }: Draft, cite: string): void {
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context'] as const)
    builder.assume(degree, 1, cite);
}

interface Dtypes {
  readonly weights: PlanFields['precision.weights'] | undefined;
  readonly master: PlanFields['precision.master'];
  readonly gradients: PlanFields['precision.gradients'] | undefined;
  readonly autocast: PlanFields['precision.autocast'] | undefined;
  readonly how: string;
}

/** What the dtypes of a training step follow from. */
const DTYPES_FROM: readonly FieldName[] = ['precision.compute', 'sharding.engine'];

function settleDtypes(draft: Draft, dtypes: Dtypes): void {
  draft.builder.infer('precision.weights', dtypes.weights, dtypes.how, DTYPES_FROM);
  draft.builder.infer('precision.master', dtypes.master, dtypes.how, DTYPES_FROM);
  draft.builder.infer('precision.gradients', dtypes.gradients, dtypes.how, DTYPES_FROM);
  draft.builder.infer('precision.autocast', dtypes.autocast, dtypes.how, DTYPES_FROM);
}

/** A round's completions are prompts × completions each; each rank's share of an optimizer step is stated. */
export const ROLL_DERIVATIONS: readonly Derivation[] = [
  derive(
    'rollout.batch',
    ['rollout.promptsPerStep', 'rollout.generations'],
    'prompts per rollout × generations per prompt',
    (prompts, generations) => prompts * generations,
  ),
  derive(
    'rollout.miniBatch',
    ['batch.global', 'rollout.updateEpochs'],
    'one optimizer step takes one mini-batch',
    (global) => global,
  ),
  derive(
    'data.sequenceLength',
    ['rollout.promptLength', 'rollout.completionLength'],
    'prompt length + completion length',
    (prompt, completion) => prompt + completion,
  ),
];
