import type { ShardingEngine, TensorDtype } from '../../plan/index.ts';
import {
  COMPLETION_LOGITS,
  joinDeepSpeed,
  joinFsdp,
  LIGER_EVALUATION,
  type MixedPrecision,
  settlePrecision,
} from '../hf-family/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import type { Around } from '../types.ts';

const ENUMS = 'axolotl: src/axolotl/utils/schemas/enums.py (ATTN_IMPLS_SUPPORTING_PACKING)';
const LOADER = 'axolotl: src/axolotl/loaders/model.py (_configure_embedding_dtypes)';
const TRAINING = 'axolotl: src/axolotl/utils/trainer.py (setup_deepspeed_env, setup_fsdp_envs)';
const PARALLELISM = 'axolotl: src/axolotl/utils/trainer.py (setup_parallelism_envs)';

/** What hangs on many keys: the sharding engine, dtypes, isolation of packed documents, data-parallel ranks. */
export function settleAxolotl(draft: Draft): void {
  // Its device mesh has neither pipelines nor all-to-all on heads.
  draft.builder.assume('parallel.pipeline', 1, PARALLELISM);
  draft.builder.assume('parallel.ulysses', 1, PARALLELISM);
  const engine = joinSharding(draft);
  settleDtypes(draft, engine);
  settlePacking(draft);
  settleRanks(draft);
  settleUnit(draft);
}

/**
 * The engine whose dtypes count. Axolotl replaces accelerate's FSDP2 preparation by one that leaves trained weights as
 * loaded (axolotl: src/axolotl/monkeypatch/accelerate/fsdp2.py), so FSDP2 keeps the dtypes of plain data parallelism.
 */
function joinSharding(draft: Draft): ShardingEngine {
  if (joinDeepSpeed(draft)) return 'deepspeed';
  const options = draft.around.get('fsdp');
  const listed = (Array.isArray(options) && options.length > 0) || (typeof options === 'string' && options !== '');
  const version = { version: 1, versionKey: 'fsdp_version' } as const;
  const joined = joinFsdp(draft, { ...(listed ? { options: 'fsdp' } : {}), config: 'fsdp_config', ...version });
  if (!joined) {
    draft.builder.assumeAll({ 'sharding.offloadParameters': 'none', 'sharding.offloadOptimizer': 'none' }, TRAINING);
    return 'ddp';
  }
  return draft.builder.value('sharding.engine') === 'fsdp1' ? 'fsdp1' : 'ddp';
}

function settleDtypes(draft: Draft, engine: ShardingEngine): void {
  const mixed = mixedOf(draft.around);
  const loaded = loadedDtype(draft.around);
  const frozen = isFrozenBase(draft);
  if (frozen) settleAdapterDtype(draft, engine === 'deepspeed' && mixed !== 'off' ? mixed : undefined, loaded);
  settlePrecision(draft, { engine, mixed, loaded, frozen });
  // Norms, embeddings and the head are made fp32 and then 16-bit again.
  if (frozen && (draft.builder.value('adapter.quantization') ?? 'none') !== 'none')
    draft.builder.assume('adapter.upcastsUnquantized', false, LOADER);
}

/** PEFT keeps adapters in fp32 unless told otherwise; the DeepSpeed engine casts the whole module. */
function settleAdapterDtype(
  { builder, around, locate }: Draft,
  engineDtype: TensorDtype | undefined,
  loaded: TensorDtype,
): void {
  const at = locate('peft_autocast_adapter_dtype');
  if (engineDtype !== undefined) builder.assume('adapter.dtype', engineDtype, 'deepspeed: deepspeed/runtime/engine.py');
  else if (at !== undefined && around.get('peft_autocast_adapter_dtype') === false) {
    builder.state('adapter.dtype', { value: loaded, origin: 'explicit', at });
    builder.state('precision.gradients', {
      value: loaded,
      origin: 'inferred',
      from: ['adapter.dtype'],
      how: 'as the adapter',
    });
  } else builder.assume('adapter.dtype', 'fp32', 'peft: src/peft/mapping_func.py (autocast_adapter_dtype)');
}

/** Dtype of the loaded checkpoint (axolotl: src/axolotl/utils/config/__init__.py, resolve_dtype). */
function loadedDtype(around: Around): TensorDtype {
  if (asksForBf16(around) || around.get('bfloat16') === true) return 'bf16';
  const halves = ['load_in_8bit', 'fp16', 'float16'].some((name) => around.get(name) === true);
  return halves ? 'fp16' : 'fp32';
}

/** Autocast as axolotl hands it to the Trainer (axolotl: src/axolotl/core/builders/base.py). */
function mixedOf(around: Around): MixedPrecision {
  if (around.get('bf16') === 'full') return 'off';
  if (asksForBf16(around) || around.get('bfloat16') === true) return 'bf16';
  return around.get('fp16') === true ? 'fp16' : 'off';
}

function asksForBf16(around: Around): boolean {
  const bf16 = around.get('bf16') ?? 'auto';
  return bf16 === 'auto' ? around.get('fp16') !== true : bf16 === true || bf16 === 'full';
}

function isFrozenBase({ builder }: Draft): boolean {
  const kind = builder.value('adapter.kind');
  return kind === 'lora' || kind === 'dora';
}

/** Backends whose packed documents cannot see each other; SDPA and eager get a block-diagonal mask. */
const ISOLATING = new Set(['flash', 'flex', 'xformers', 'sdpa', 'eager']);

function settlePacking({ builder, around }: Draft): void {
  if (builder.value('data.packing') !== true) return;
  const streams = around.has('pretraining_dataset');
  const isolated = streams && around.get('pretrain_multipack_attn') === false ? false : isolatesByBackend(around);
  if (isolated === undefined) return;
  builder.state('data.packingIsolated', {
    value: isolated,
    origin: 'inferred',
    from: ['data.packing', 'model.attention'],
    how: `the attention backend decides (${ENUMS})`,
  });
}

function isolatesByBackend(around: Around): boolean | undefined {
  const chosen = around.get('attn_implementation');
  // A kernel of the hub that is not in axolotl's own table may isolate or not.
  if (typeof chosen === 'string' && chosen.includes('/')) {
    return /^kernels-community\/(flash-attn[23]|sage-attention)$/.test(chosen) ? true : undefined;
  }
  if (typeof chosen === 'string') return chosen === 'sage' || ISOLATING.has(backendOf(chosen));
  const switches = ['xformers', 'sage', 'flex', 'flash', 'sdp', 'eager'];
  if (around.get('gemma4_hybrid_attn_impl') === true) return true;
  // With no backend chosen axolotl itself warns that samples are not kept apart.
  return switches.some((name) => around.get(`${name}_attention`) === true);
}

function backendOf(chosen: string): string {
  return chosen.startsWith('flash_attention') ? 'flash' : chosen === 'flex_attention' ? 'flex' : chosen;
}

/** `dp_shard_size` and `dp_replicate_size` together say how many data-parallel ranks there are. */
function settleRanks({ builder, around, locate }: Draft): void {
  const shard = around.get('dp_shard_size');
  const replicate = around.get('dp_replicate_size') ?? 1;
  const at = locate('dp_shard_size');
  if (typeof shard !== 'number' || typeof replicate !== 'number' || at === undefined || shard * replicate <= 1) return;
  builder.state('parallel.data', { value: shard * replicate, origin: 'explicit', at });
}

const UNITS = {
  dpo: 'pairs',
  ipo: 'pairs',
  orpo: 'pairs',
  simpo: 'pairs',
  kto: 'samples',
  grpo: 'completions',
} as const;

function settleUnit({ builder, around }: Draft): void {
  const objective = builder.value('run.objective');
  // Other fused losses are patched into the model for evaluation too, and preference trainers have their own.
  if (around.get('liger_fused_linear_cross_entropy') === true && around.get('rl') === undefined)
    builder.assume('evaluation.lossKernel', 'plain', LIGER_EVALUATION);
  if (objective === undefined) return;
  const unit =
    objective === 'reward' ? 'pairs' : objective in UNITS ? UNITS[objective as keyof typeof UNITS] : 'sequences';
  builder.assume('batch.unit', unit, 'axolotl: src/axolotl/core/builders/rl.py');
  if (objective === 'grpo') builder.assume('loss.completionLogits', true, COMPLETION_LOGITS);
  if (objective === 'dpo' || objective === 'ipo')
    builder.assume('loss.logProbabilities', 'selective', 'trl: trl/trainer/dpo_trainer.py');
}
