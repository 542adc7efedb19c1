import type { TensorDtype } from '../../plan/index.ts';
import { joinDeepSpeed, settlePrecision } from '../hf-family/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { assumeAll } from './assume-all.ts';

const ENGINE = 'LLaMA-Factory: src/llamafactory/v1/core/model_engine.py';
const FSDP = 'LLaMA-Factory: src/llamafactory/v1/plugins/trainer_plugins/distributed/fsdp2.py (get_mp_policy)';
const LAUNCHER = 'LLaMA-Factory: src/llamafactory/v1/accelerator/interface.py';
const PLUGIN = 'LLaMA-Factory: src/llamafactory/v1/plugins/model_plugins/peft.py (cast_trainable_params_to_fp32)';
const PEFT = 'peft: src/peft/mapping_func.py (autocast_adapter_dtype)';

/** `dtype: auto` takes the checkpoint's own dtype: 16 bit for every language model of today. */
const CHECKPOINT_DTYPE = 'bf16';

/** What hangs on many keys of the new trainer: the sharding engine, dtypes, units. */
export function settleV1(draft: Draft): void {
  const { builder, around, locate } = draft;
  builder.assume('parallel.tensor', 1, LAUNCHER);
  builder.assume('parallel.pipeline', 1, LAUNCHER);
  builder.assume('parallel.expert', 1, LAUNCHER);
  builder.assume('run.fromScratch', false, ENGINE);
  const engine = around.get('dist_config.name');
  const at = locate('dist_config.name');
  if (engine === 'deepspeed') settleDeepSpeed(draft);
  else if (at !== undefined && (engine === 'fsdp2' || engine === 'fsdpturbo')) {
    builder.state('sharding.engine', { value: 'fsdp2', origin: 'explicit', at });
    builder.state('sharding.zeroStage', {
      value: builder.value('sharding.reshardAfterForward') === false ? 2 : 3,
      origin: 'explicit',
      at,
    });
    settleDtypes(draft, around.get('bf16') === false ? 'fp32' : 'bf16', FSDP);
  } else {
    // Outside of FSDP nothing casts to bf16: layers compute in the dtype of their weights.
    settleDtypes(draft, isFrozen(draft) ? CHECKPOINT_DTYPE : 'fp32', ENGINE);
  }
  if (builder.has('run.objective')) builder.assume('batch.unit', 'pairs', LAUNCHER);
}

function isFrozen({ builder }: Draft): boolean {
  const kind = builder.value('adapter.kind');
  return kind === 'lora' || kind === 'dora' || kind === 'other';
}

/** The engine casts the model it is given; without it a full fine-tune is made fp32 after loading. */
function settleDeepSpeed(draft: Draft): void {
  joinDeepSpeed(draft, 'dist_config.config_file');
  const frozen = isFrozen(draft);
  const mixed = draft.builder.value('precision.bf16Flag') === true ? 'bf16' : 'off';
  if (frozen && mixed === 'bf16')
    draft.builder.assume('adapter.dtype', 'bf16', 'deepspeed: deepspeed/runtime/engine.py');
  settlePrecision(draft, { engine: 'deepspeed', mixed, loaded: frozen ? CHECKPOINT_DTYPE : 'fp32', frozen });
}

/** Full fine-tunes hold fp32 weights; a frozen base keeps the checkpoint's dtype, and what trains of it is fp32. */
function settleDtypes(draft: Draft, compute: TensorDtype, cite: string): void {
  const frozen = isFrozen(draft);
  const { builder } = draft;
  builder.assume('precision.weights', frozen ? CHECKPOINT_DTYPE : 'fp32', ENGINE);
  if (frozen && draft.around.get('peft_config.cast_trainable_params_to_fp32') !== false)
    builder.assume('adapter.dtype', 'fp32', builder.value('adapter.kind') === 'other' ? PLUGIN : PEFT);
  assumeAll(builder, { 'precision.compute': compute, 'precision.autocast': 'off', 'precision.master': 'none' }, cite);
  assumeAll(
    builder,
    { 'precision.gradients': 'fp32', 'precision.reduce': 'fp32', 'precision.lossScaling': false },
    cite,
  );
}
