import type { PlanFields } from '../../plan/index.ts';
import {
  joinDeepSpeed,
  joinFsdp,
  joinLauncher,
  type MixedPrecision,
  mixedFromFlags,
  settlePrecision,
} from '../hf-family/index.ts';
import { LIGER_EVALUATION } from '../hf-family/training-argument-keys.ts';
import { checkpointDtype } from '../kit/checkpoint-dtype.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { assumeAll } from './assume-all.ts';
import { isMegatron } from './megatron-keys.ts';

const LOADER = "LLaMA-Factory: src/llamafactory/model/loader.py (the checkpoint's own dtype)";
const PREPARATION = 'LLaMA-Factory: src/llamafactory/model/model_utils/checkpointing.py (prepare_model_for_training)';
const ADAPTER = 'LLaMA-Factory: src/llamafactory/model/adapter.py (cast_trainable_params_to_fp32)';

/** `torch_dtype: auto` takes the checkpoint's own dtype: bf16 for nearly every language model of today. */
function storedDtype({ builder }: Draft): 'fp32' | 'bf16' | 'fp16' {
  return checkpointDtype(builder.value('model.name')) ?? 'bf16';
}

/** What hangs on many keys: the sharding engine, dtypes, units. */
export function settleLlamaFactory(draft: Draft): void {
  if (isMegatron(draft.around)) settleMegatron(draft);
  else settleTrainer(draft);
  settleUnit(draft);
}

function settleTrainer(draft: Draft): void {
  const { around, builder } = draft;
  const deepspeed = joinDeepSpeed(draft);
  const fsdp = !deepspeed && joinFsdp(draft, { options: 'fsdp', config: 'fsdp_config', version: 1, byTrainer: true });
  const launched = !deepspeed && !fsdp && joinLauncher(draft);
  const engine = deepspeed ? 'deepspeed' : fsdp || launched ? builder.value('sharding.engine') : 'ddp';
  const kind = builder.value('adapter.kind');
  // Only what trains is made fp32, so layers that do not stay as they were loaded.
  const freezes = around.get('finetuning_type') === 'freeze';
  const frozen = kind === 'lora' || kind === 'dora' || kind === 'oft' || freezes;
  const pure = around.get('pure_bf16') === true;
  const mixed = pure && around.get('bf16') !== true ? 'off' : mixedFromFlags(draft);

  if (frozen) settleAdapterDtype(draft, deepspeed ? mixed : undefined);
  else if (!deepspeed && engine === 'ddp') settleTrainedWeights(draft, pure || around.get('use_badam') === true);
  settlePrecision(draft, { engine, mixed, loaded: builder.value('precision.weights') ?? storedDtype(draft), frozen });
  // `upcast_layernorm` makes norms alone fp32, which is neither.
  if ((builder.value('adapter.quantization') ?? 'none') !== 'none' && around.get('upcast_layernorm') !== true)
    builder.assume('adapter.upcastsUnquantized', false, PREPARATION);
}

/** Trained weights are made fp32 unless `pure_bf16` or BAdam says to leave them as loaded. */
function settleTrainedWeights(draft: Draft, asLoaded: boolean): void {
  if (asLoaded) draft.builder.assume('precision.weights', storedDtype(draft), LOADER);
  else draft.builder.assume('precision.weights', 'fp32', ADAPTER);
}

function settleAdapterDtype(draft: Draft, engine: MixedPrecision | undefined): void {
  const { builder } = draft;
  builder.assume('precision.weights', storedDtype(draft), LOADER);
  if (engine === 'bf16' || engine === 'fp16')
    builder.assume('adapter.dtype', engine, 'deepspeed: deepspeed/runtime/engine.py');
  else builder.assume('adapter.dtype', 'fp32', ADAPTER);
}

const MEGATRON_MIXED: Partial<PlanFields> = {
  'precision.weights': 'bf16',
  'precision.compute': 'bf16',
  'precision.autocast': 'off',
  'precision.master': 'fp32',
  'precision.gradients': 'fp32',
  'precision.reduce': 'fp32',
  'precision.lossScaling': false,
};

/** Megatron's bf16 recipe: bf16 weights, fp32 gradients and an fp32 master in the distributed optimizer. */
function settleMegatron({ builder, around }: Draft): void {
  const recipe = around.get('mixed_precision') ?? 'bf16_mixed';
  if (around.get('bf16') !== true && recipe !== 'bf16_mixed') return;
  const cite = 'Megatron-LM: megatron/training/arguments.py (accumulate_allreduce_grads_in_fp32)';
  assumeAll(builder, MEGATRON_MIXED, cite);
}

const BATCH_LOG_PROBABILITIES = 'LLaMA-Factory: src/llamafactory/train/trainer_utils.py, get_batch_logps';

/** What one unit of the batch is, by stage. */
const UNITS = {
  reward: 'pairs',
  dpo: 'pairs',
  ipo: 'pairs',
  orpo: 'pairs',
  simpo: 'pairs',
  kto: 'samples',
  ppo: 'completions',
} as const;

function settleUnit({ builder, around }: Draft): void {
  const objective = builder.value('run.objective');
  if (!isMegatron(around) && (objective === 'sft' || objective === 'pretraining'))
    builder.assume('evaluation.lossKernel', 'plain', LIGER_EVALUATION);
  if (objective === undefined) return;
  const unit = objective in UNITS ? UNITS[objective as keyof typeof UNITS] : 'sequences';
  builder.assume('batch.unit', unit, 'LLaMA-Factory: src/llamafactory/train/tuner.py');
  if (unit === 'pairs' && objective !== 'reward')
    builder.assume('loss.logProbabilities', 'whole', BATCH_LOG_PROBABILITIES);
}
