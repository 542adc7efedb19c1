import { derive, type ShardingEngine, type TensorDtype } from '../../plan/index.ts';
import { COMPLETION_LOGITS, type MixedPrecision, settlePrecision } from '../hf-family/index.ts';
import { readDtype } from '../hf-family/settle-precision.ts';
import { isVisionName } from '../hf-family/vision-name.ts';
import { checkpointDtype } from '../kit/checkpoint-dtype.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { objectiveOf, runsVerl, trainerTypeOf, unitOf } from './trainer-type.ts';
import { VERL_PARAMETER_OFFLOAD, VERL_STATE_OFFLOAD } from './verl-keys.ts';

const TRAINING = 'oumi: src/oumi/core/configs/params/training_params.py';
const CONFIG = 'oumi: src/oumi/core/configs/training_config.py';
const DISTRIBUTED = 'oumi: src/oumi/core/distributed.py';
const BUILDER = 'oumi: src/oumi/builders/models.py';
const ACCUMULATE = 'accelerate: src/accelerate/accelerator.py (accumulate)';
const VERL = 'verl: verl/trainer/config/ppo_trainer.yaml';

/** `torch_dtype_str: auto` takes the checkpoint's own dtype: 16 bit for every language model of today. */
const CHECKPOINT_DTYPE = 'bf16';

/** What hangs on many keys: the trainer, the adapter, the sharding engine, dtypes. */
export function settleOumi(draft: Draft): void {
  const { builder, around } = draft;
  const type = trainerTypeOf(around);
  const objective = objectiveOf(around);
  if (objective !== undefined) builder.assume('run.objective', objective, TRAINING);
  if (type !== undefined) builder.assume('batch.unit', unitOf(type), TRAINING);
  builder.assume('run.task', isVision(draft) ? 'vision-language' : 'causal-lm', BUILDER);
  builder.assume('activations.offload', false, TRAINING);
  if (type === 'TRL_DPO' || type === 'TRL_KTO')
    builder.assume('preference.beta', 0.1, 'trl: trl/trainer/dpo_config.py');
  for (const field of ['parallel.tensor', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(field, 1, DISTRIBUTED);
  if (!laysLayersOut(draft)) builder.assume('parallel.pipeline', 1, DISTRIBUTED);
  settleAdapter(draft);
  if (runsVerl(around)) settleVerl(draft);
  else settleTrainer(draft);
  settleRollout(draft);
}

/**
 * Whether one process is started, whose model has its layers laid out over all GPUs it sees: `oumi train` without
 * `oumi distributed`, and `device_map: auto`, which is the default.
 */
function laysLayersOut({ around, context }: Draft): boolean {
  const launch = context.startedBy?.launch;
  if (launch?.program !== 'oumi' || launch.started !== 'train' || runsVerl(around)) return false;
  if (around.get('fsdp.enable_fsdp') === true || around.get('deepspeed.enable_deepspeed') === true) return false;
  return (around.has('model.device_map') ? around.get('model.device_map') : 'auto') === 'auto';
}

function isVision({ around }: Draft): boolean {
  if (String(around.get('data.train.collator_name') ?? '').startsWith('vision_language')) return true;
  return isVisionName(around.get('model.model_name'));
}

const VISION_PART = /vis(ion|ual)|img|image/i;

function settleAdapter({ builder, around, locate }: Draft): void {
  const peft = locate('training.use_peft');
  const frozen = around.get('model.freeze_layers');
  const names = Array.isArray(frozen) ? frozen.map(String) : [];
  const vision = names.filter((name) => VISION_PART.test(name));
  const layers = locate('model.freeze_layers');
  if (layers !== undefined && vision.length > 0)
    builder.state('adapter.freezesVisionTower', { value: true, origin: 'explicit', at: layers });
  if (around.get('training.use_peft') === true && peft !== undefined)
    builder.state('adapter.kind', { value: 'lora', origin: 'explicit', at: peft });
  // Layers of the language model frozen in full are no adapter, and no full fine-tune either.
  else if (names.length > vision.length && layers !== undefined)
    builder.state('adapter.kind', { value: 'other', origin: 'explicit', at: layers });
  else if (peft !== undefined && around.get('training.use_peft') === false)
    builder.state('adapter.kind', { value: 'none', origin: 'explicit', at: peft });
  else if (peft === undefined) builder.assume('adapter.kind', 'none', TRAINING);
}

function settleTrainer(draft: Draft): void {
  const { builder, around } = draft;
  const engine = joinSharding(draft);
  const frozen = builder.value('adapter.kind') === 'lora';
  const loaded = loadedDtype(draft);
  const mixed = mixedOf(draft, engine);
  if (frozen && mixed !== undefined) {
    const dtype = engine === 'deepspeed' && mixed !== 'off' ? mixed : 'fp32';
    builder.assume('adapter.dtype', dtype, 'peft: src/peft/mapping_func.py (autocast_adapter_dtype)');
  }
  settlePrecision(draft, { engine, mixed, loaded, frozen });
  if (frozen && (builder.value('adapter.quantization') ?? 'none') !== 'none')
    builder.assume('adapter.upcastsUnquantized', true, `${BUILDER} (prepare_model_for_kbit_training)`);
  if (around.get('fsdp.enable_fsdp') !== true && engine !== 'deepspeed')
    builder.assumeAll({ 'sharding.offloadParameters': 'none', 'sharding.offloadOptimizer': 'none' }, DISTRIBUTED);
}

const STRATEGIES: Readonly<Record<string, { stage: 0 | 2 | 3; reshard: boolean }>> = {
  FULL_SHARD: { stage: 3, reshard: true },
  SHARD_GRAD_OP: { stage: 2, reshard: false },
  NO_SHARD: { stage: 0, reshard: false },
  HYBRID_SHARD: { stage: 3, reshard: true },
  HYBRID_SHARD_ZERO2: { stage: 2, reshard: false },
};

function joinSharding(draft: Draft): ShardingEngine {
  const { builder, around, locate } = draft;
  const deepspeed = locate('deepspeed.enable_deepspeed');
  if (around.get('deepspeed.enable_deepspeed') === true && deepspeed !== undefined) {
    builder.state('sharding.engine', { value: 'deepspeed', origin: 'explicit', at: deepspeed });
    builder.assumeAll(
      { 'sharding.offloadParameters': 'none', 'sharding.offloadOptimizer': 'none' },
      'oumi: src/oumi/core/configs/params/deepspeed_params.py',
    );
    return 'deepspeed';
  }
  const fsdp = locate('fsdp.enable_fsdp');
  if (around.get('fsdp.enable_fsdp') === true && fsdp !== undefined) {
    builder.state('sharding.engine', { value: 'fsdp1', origin: 'explicit', at: fsdp });
    builder.assume('sharding.defersReduction', true, ACCUMULATE);
    const written = around.get('fsdp.sharding_strategy') ?? 'FULL_SHARD';
    const strategy = STRATEGIES[String(written).toUpperCase()];
    const at = locate('fsdp.sharding_strategy') ?? fsdp;
    if (strategy !== undefined) {
      builder.state('sharding.zeroStage', { value: strategy.stage, origin: 'explicit', at });
      builder.state('sharding.reshardAfterForward', { value: strategy.reshard, origin: 'explicit', at });
    }
    const offload = builder.value('sharding.offloadParameters');
    if (offload !== undefined) builder.assume('sharding.offloadOptimizer', offload, DISTRIBUTED);
    return 'fsdp1';
  }
  const engine = laysLayersOut(draft) ? 'none' : 'ddp';
  builder.assumeAll({ 'sharding.engine': engine, 'sharding.zeroStage': 0 }, DISTRIBUTED);
  return engine;
}

function loadedDtype({ around, builder }: Draft): TensorDtype | undefined {
  const written = around.get('model.torch_dtype_str');
  if (written === undefined && around.has('model.torch_dtype_str')) return undefined;
  return readDtype(written ?? 'auto') ?? checkpointDtype(builder.value('model.name')) ?? CHECKPOINT_DTYPE;
}

/** The trainer's own switch, DeepSpeed's precision or the launcher's FSDP setting; a 16-bit model needs none of them. */
function mixedOf({ around }: Draft, engine: ShardingEngine): MixedPrecision | undefined {
  const word = (key: string): MixedPrecision | undefined => {
    const value = String(around.get(key) ?? 'none').toLowerCase();
    return value === 'bf16' || value === 'fp16' ? value : undefined;
  };
  const launched = engine === 'fsdp1' ? word('fsdp.mixed_precision') : undefined;
  const ofEngine = engine === 'deepspeed' ? word('deepspeed.precision') : undefined;
  return word('training.mixed_precision_dtype') ?? ofEngine ?? launched ?? 'off';
}

/** verl takes the learning rate and keeps its own optimizer; it shards fp32 weights, whatever dtype the model names. */
function settleVerl({ builder, around }: Draft): void {
  const offload = (key: string) => (around.get(key) === true ? 'cpu' : 'none') as 'cpu' | 'none';
  builder.assumeAll(
    {
      'optimizer.name': 'adamw_torch',
      'optimizer.weightDecay': 0.01,
      'optimizer.beta1': 0.9,
      'optimizer.beta2': 0.999,
      'optimizer.epsilon': 1e-8,
      'optimizer.maxGradNorm': 1,
      'schedule.kind': 'constant',
      'schedule.warmupSteps': 0,
      'model.attention': 'flash',
      'sharding.engine': 'fsdp1',
      'sharding.zeroStage': 3,
      'sharding.reshardAfterForward': true,
      'sharding.defersReduction': false,
      'sharding.offloadParameters': offload(VERL_PARAMETER_OFFLOAD),
      'sharding.offloadOptimizer': offload(VERL_STATE_OFFLOAD),
      'precision.weights': 'fp32',
      'precision.compute': 'bf16',
      'precision.autocast': 'bf16',
      'precision.master': 'none',
      'precision.gradients': 'fp32',
      'precision.reduce': 'fp32',
    },
    VERL,
  );
}

function settleRollout({ builder, around, locate }: Draft): void {
  const type = trainerTypeOf(around);
  if (type !== 'TRL_GRPO' && type !== 'VERL_GRPO') return;
  const vllm = around.get('training.grpo.use_vllm') === true;
  const mode = around.get('training.grpo.vllm_mode') ?? around.get('training.trainer_kwargs.vllm_mode');
  const at = locate('training.grpo.use_vllm');
  if (vllm && at !== undefined) builder.state('rollout.engine', { value: 'vllm', origin: 'explicit', at });
  builder.assume('rollout.algorithm', 'grpo', TRAINING);
  builder.assume('rollout.colocated', type === 'VERL_GRPO' || !vllm || mode === 'colocate', CONFIG);
  if (type !== 'TRL_GRPO') return;
  builder.assume('rollout.klCoefficient', 0, 'trl: trl/trainer/grpo_config.py');
  builder.assume('loss.completionLogits', true, COMPLETION_LOGITS);
}

export const OUMI_DERIVATIONS = [
  // Only a process that has all GPUs to itself is spread by nothing.
  derive(
    'parallel.pipeline',
    ['parallel.world', 'sharding.engine'],
    'one process lays its layers out over all GPUs',
    (world, engine) => (engine === 'none' ? world : undefined),
  ),
  derive('batch.global', ['rollout.miniBatch'], 'one optimizer step takes one mini-batch', (mini) => mini),
  derive(
    'rollout.batch',
    ['rollout.promptsPerStep', 'rollout.generations'],
    'prompts a rollout × completions of each',
    (prompts, generations) => prompts * generations,
  ),
  derive(
    'data.sequenceLength',
    ['rollout.promptLength', 'rollout.completionLength'],
    'prompt length + completion length',
    (prompt, completion) => prompt + completion,
  ),
];
