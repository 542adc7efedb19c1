import { type Derivation, derive, type FieldName } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { castNumber } from '../kit/key.ts';
import { RL_TRAINER } from './rl-keys.ts';
import { isRl, isSft } from './verl-around.ts';

const FSDP_WORKERS = 'verl: verl/workers/fsdp_workers.py';
const ACTOR = 'verl: verl/workers/actor/dp_actor.py';
const LOG_PROBABILITIES = 'verl: verl/utils/torch_functional.py (logprobs_from_logits_flash_attn)';
const MEGATRON_WORKERS = 'verl: verl/utils/megatron_utils.py';
const SFT_TRAINER = 'verl: verl/trainer/fsdp_sft_trainer.py';

/** What the trainers fix whatever the file says, and the dtypes that hang on the engine. */
export function settleVerl(draft: Draft): void {
  const { builder, around } = draft;
  const rl = isRl(around);
  // A branch of a larger configuration alone says nothing of the run.
  if (!rl && !isSft(around)) return;
  builder.assume('run.task', 'causal-lm', rl ? RL_TRAINER : SFT_TRAINER);
  builder.assume('batch.unit', rl ? 'completions' : 'sequences', rl ? RL_TRAINER : SFT_TRAINER);
  if (rl) settleRollout(draft);
  else builder.assume('run.objective', 'sft', SFT_TRAINER);
  builder.assume('model.attention', 'flash', rl ? FSDP_WORKERS : SFT_TRAINER);
  const engine = builder.value('sharding.engine');
  if (engine === 'megatron') settleMegatron(draft);
  else if (engine !== undefined || !rl) settleFsdp(draft);
}

/** Trainers that generate on machines of their own say so with a `rollout` section beside the trainer's. */
function settleRollout({ builder, around, locate }: Draft): void {
  const at = locate('rollout.nnodes') ?? locate('rollout.n_gpus_per_node');
  if (at !== undefined) builder.state('rollout.colocated', { value: false, origin: 'explicit', at });
  else if (!around.has('async_training') && around.get('actor_rollout_ref.hybrid_engine') !== false)
    builder.assume('rollout.colocated', true, RL_TRAINER);
}

/** What the dtypes of a training step follow from. */
const DTYPES_FROM: readonly FieldName[] = ['sharding.engine'];

function settleFsdp(draft: Draft): void {
  const { builder, around } = draft;
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context'] as const)
    builder.assume(degree, 1, FSDP_WORKERS);
  // Only with an entropy bonus are the logits needed once more after their gradient.
  if (isRl(around) && (castNumber(around.get('actor_rollout_ref.actor.entropy_coeff') ?? 0) ?? 1) === 0)
    builder.assume('loss.logProbabilities', 'in-place', LOG_PROBABILITIES);
  builder.assume('sharding.zeroStage', 3, FSDP_WORKERS);
  builder.assume('sharding.defersReduction', false, ACTOR);
  builder.assume('precision.compute', 'bf16', FSDP_WORKERS);
  const compute = builder.value('precision.compute');
  const weights = builder.value('precision.weights');
  const how = `FSDP keeps shards as loaded, gathers them for the multiplications and reduces in fp32 (${FSDP_WORKERS})`;
  builder.infer('precision.autocast', compute === 'fp32' ? 'off' : compute, how, DTYPES_FROM);
  builder.infer('precision.master', 'none', how, DTYPES_FROM);
  builder.infer('precision.gradients', weights, how, DTYPES_FROM);
  builder.infer('precision.reduce', 'fp32', how, DTYPES_FROM);
  if (builder.value('sharding.offloadParameters') === 'cpu')
    builder.infer('sharding.offloadOptimizer', 'cpu', how, DTYPES_FROM);
}

function settleMegatron({ builder }: Draft): void {
  builder.assume('parallel.ulysses', 1, MEGATRON_WORKERS);
  const how = `Megatron keeps 16-bit weights beside fp32 masters and reduces gradients in fp32 (${MEGATRON_WORKERS})`;
  builder.infer('precision.compute', builder.value('precision.weights'), how, DTYPES_FROM);
  builder.infer('precision.autocast', 'off', how, DTYPES_FROM);
  builder.infer('precision.master', 'fp32', how, DTYPES_FROM);
  builder.infer('precision.gradients', 'fp32', how, DTYPES_FROM);
  builder.infer('precision.reduce', 'fp32', how, DTYPES_FROM);
}

/** A round makes prompts × completions, an update takes a mini-batch of them, and a step of the schedule is a round. */
export const VERL_DERIVATIONS: readonly Derivation[] = [
  derive(
    'rollout.batch',
    ['rollout.promptsPerStep', 'rollout.generations'],
    'prompts per rollout × generations per prompt',
    (prompts, generations) => prompts * generations,
  ),
  derive('batch.global', ['rollout.miniBatch'], 'one optimizer step takes one mini-batch', (mini) => mini),
  derive(
    'data.sequenceLength',
    ['rollout.promptLength', 'rollout.completionLength'],
    'prompt length + completion length',
    (prompt, completion) => prompt + completion,
  ),
  derive(
    'schedule.totalSteps',
    ['data.examples', 'schedule.epochs', 'rollout.promptsPerStep'],
    'whole rounds of prompts × epochs',
    (examples, epochs, prompts) => Math.floor(examples / prompts) * epochs,
  ),
  derive(
    'schedule.epochs',
    ['schedule.totalSteps', 'rollout.promptsPerStep', 'data.examples'],
    'rounds × prompts per rollout / examples',
    (steps, prompts, examples) => (steps * prompts) / examples,
  ),
  derive(
    'schedule.totalTokens',
    ['schedule.totalSteps', 'rollout.batch', 'rollout.updateEpochs', 'data.sequenceLength'],
    'rounds × completions × passes × sequence length',
    (steps, batch, passes, length) => steps * batch * passes * length,
  ),
];
