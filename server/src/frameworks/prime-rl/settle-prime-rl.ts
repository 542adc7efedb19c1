import { derive } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { castNumber } from '../kit/key.ts';
import { contextRanks, isNone, isRl, trainerPrefix } from './prime-rl-keys.ts';

const TRAINER = 'prime-rl: packages/prime-rl-configs/src/prime_rl/configs/trainer.py';
const MODEL = 'prime-rl: src/prime_rl/trainer/model.py (setup_fsdp)';
const BATCH = 'prime-rl: src/prime_rl/trainer/batch.py';
const RL = 'prime-rl: packages/prime-rl-configs/src/prime_rl/configs/rl.py';

/** What hangs on many keys: the task, packed batches, the mesh, dtypes, offload. */
export function settlePrimeRl(draft: Draft): void {
  const { builder, around } = draft;
  const rl = isRl(around);
  if (builder.value('compile.enabled') === true)
    builder.assume('compile.scope', 'layers', 'prime-rl: src/prime_rl/trainer/model.py (apply_compile)');
  const multimodal = around.has('model.vlm') || around.has('trainer.model.vlm');
  builder.assumeAll(
    {
      'run.task': multimodal ? 'vision-language' : 'causal-lm',
      'run.objective': 'sft',
      'run.fromScratch': around.get(`${trainerPrefix(around)}model.debug.random_init`) === true,
      // Trainers take sequences packed up to the full length, one at a time in reinforcement learning.
      'batch.unit': 'sequences',
      'data.packing': true,
      'data.packingIsolated': true,
    },
    BATCH,
  );
  if (rl) {
    builder.assume('batch.micro', 1, BATCH);
    builder.assumeAll({ 'rollout.engine': 'vllm', 'rollout.colocated': false, 'rollout.updateEpochs': 1 }, RL);
  }
  settleAdapter(draft);
  settleMesh(draft);
  settleOffload(draft);
  builder.assumeAll({ 'precision.compute': 'bf16', 'precision.autocast': 'off', 'precision.master': 'none' }, MODEL);
  const weights = builder.value('precision.weights');
  if (weights !== undefined) builder.assume('precision.gradients', weights, MODEL);
  if (builder.value('adapter.kind') === 'lora' && weights !== undefined)
    builder.assume('adapter.dtype', weights, MODEL);
}

/** Attention and feed-forward projections; experts are adapted as well. */
const DEFAULT_TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj', 'experts'];

function settleAdapter({ builder, around, locate }: Draft): void {
  const section = `${trainerPrefix(around)}model.lora`;
  const at = locate(section);
  if (at === undefined || isNone(around.get(section))) {
    builder.assume('adapter.kind', 'none', TRAINER);
    return;
  }
  builder.state('adapter.kind', { value: 'lora', origin: 'explicit', at });
  builder.assume('adapter.targets', DEFAULT_TARGETS, TRAINER);
  const vision = around.get('model.vlm.freeze_vision_encoder') ?? around.get('trainer.model.vlm.freeze_vision_encoder');
  if (typeof vision === 'boolean') builder.assume('adapter.freezesVisionTower', vision, TRAINER);
}

function settleMesh({ builder, around, locate }: Draft): void {
  const prefix = trainerPrefix(around);
  const ranks = contextRanks(around);
  const ulysses = around.get(`${prefix}model.cp_style`) === 'ulysses';
  const at = locate(`${prefix}model.cp`);
  const field = ulysses ? 'parallel.ulysses' : 'parallel.context';
  if (at !== undefined) builder.state(field, { value: ranks, origin: 'explicit', at });
  for (const name of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(name, 1, TRAINER);
  const reshards = builder.value('sharding.reshardAfterForward') ?? true;
  builder.assumeAll({ 'sharding.engine': 'fsdp2', 'sharding.zeroStage': reshards ? 3 : 2 }, MODEL);
  builder.assume('sharding.defersReduction', false, 'prime-rl: src/prime_rl/trainer/sft/train.py');
  const replicas = castNumber(around.get(`${prefix}model.dp_replicate`) ?? 1) ?? 1;
  const perNode = builder.value('parallel.gpusPerNode');
  const groupNodes = castNumber(around.get('deployment.nodes_per_fsdp_group') ?? 0) ?? 0;
  if (groupNodes > 0 && perNode !== undefined) builder.assume('sharding.degree', groupNodes * perNode, RL);
  else if (replicas > 1) builder.infer('sharding.replicas', replicas, `model.dp_replicate (${MODEL})`);
}

/** Optimizer states wait in host memory unless that is turned off. */
function settleOffload({ builder, around }: Draft): void {
  const prefix = trainerPrefix(around);
  const full = around.get(`${prefix}model.full_offload`);
  const isFull = full === true || (typeof full === 'object' && full !== null);
  const parameters = around.get(`${prefix}model.fsdp_cpu_offload`) === true;
  const states = around.get(`${prefix}model.optim_cpu_offload`) ?? true;
  builder.assume('sharding.offloadParameters', parameters ? 'cpu' : 'none', TRAINER);
  builder.assume('sharding.offloadOptimizer', isFull || parameters || states === true ? 'cpu' : 'none', TRAINER);
  // Clipping and the step find the states on the GPU again (prime-rl: src/prime_rl/trainer/optim/offload.py).
  if (isFull || (states === true && !parameters))
    builder.assume('sharding.awayStates', isFull ? 'with-gradients' : 'between-steps', TRAINER);
  if (!isFull) {
    builder.assume('optimizer.inBackward', false, TRAINER);
    return;
  }
  // Masters and summed gradients are on the host; what is left on the GPU is the copy computed with.
  const how = 'full optimizer offload leaves bf16 weights on the GPU';
  builder.overrule('precision.weights', {
    value: 'bf16',
    origin: 'inferred',
    from: ['sharding.offloadOptimizer'],
    how,
  });
}

export const PRIME_RL_DERIVATIONS = [
  derive(
    'rollout.promptsPerStep',
    ['rollout.batch', 'rollout.generations'],
    'rollouts a step / rollouts of one group',
    (rollouts, generations) => (rollouts % generations === 0 ? rollouts / generations : undefined),
  ),
];
