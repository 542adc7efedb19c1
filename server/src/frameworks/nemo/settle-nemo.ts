import type { PlanFields, Task } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { type Precision, precisionOf } from '../lightning/trainer-values.ts';
import type { Around } from '../types.ts';
import { algorithmOf, unitOf } from './aligner-keys.ts';
import { isMegatron, tunes } from './megatron-keys.ts';
import { settleNetwork } from './settle-network.ts';
import { objectiveOf, startsFromScratch, taskOf } from './task-of.ts';

const CORE_OPTIMIZER = 'nemo: nemo/collections/nlp/models/language_modeling/megatron_base_model.py';
const GPT = 'nemo: nemo/collections/nlp/models/language_modeling/megatron_gpt_model.py';
const MIXED = 'nemo: nemo/lightning/pytorch/plugins/mixed_precision.py';
const GPT_DATA = 'nemo: nemo/collections/nlp/data/language_modeling/megatron/gpt_dataset.py';
const LIGHTNING = 'lightning: src/lightning/pytorch/plugins/precision/amp.py';

/** What hangs on many keys: the task, the kind of sharding, dtypes, and which model the dimensions are of. */
export function settleNemo(draft: Draft): void {
  const { builder, around } = draft;
  const task = taskOf(around);
  if (task !== undefined && !builder.has('run.task'))
    builder.infer('run.task', task, 'the kind of model its keys are for');
  if (isMegatron(around)) settleMegatron(draft);
  else settleLoaderBatched(draft);
  settleFamily(draft);
  settleNetwork(draft);
}

function settleLoaderBatched(draft: Draft): void {
  const { builder, around } = draft;
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(degree, 1, 'lightning: src/lightning/pytorch/strategies/ddp.py');
  builder.assume('batch.unit', 'samples', 'nemo: nemo/collections/asr/data/audio_to_text.py');
  const strategy = around.get('trainer.strategy') ?? null;
  if (typeof strategy === 'string' && strategy.startsWith('ddp'))
    builder.infer('sharding.engine', 'ddp', 'trainer.strategy is ddp');
  if (around.has('plugins.precision')) settlePlugin(draft);
  else settleDtypes(draft, precisionOf(around), false);
}

/** NeMo 2 has its precision in a plugin instead of the trainer; Megatron's keeps weights in 16 bits beside masters. */
function settlePlugin({ builder, around }: Draft): void {
  if (!String(around.get('plugins._target_')).endsWith('MegatronMixedPrecision')) return;
  builder.infer('sharding.engine', 'megatron', 'its precision is one of Megatron');
  const compute = { 'bf16-mixed': 'bf16', '16-mixed': 'fp16' } as const;
  const name = around.get('plugins.precision');
  if (name !== 'bf16-mixed' && name !== '16-mixed') return;
  const wide = around.get('plugins.grad_reduce_in_fp32') !== false;
  const how = `plugins.precision (${MIXED})`;
  builder.infer('precision.weights', compute[name], how);
  builder.infer('precision.compute', compute[name], how);
  builder.infer('precision.autocast', 'off', how);
  builder.infer('precision.master', 'fp32', how);
  builder.infer('precision.gradients', wide ? 'fp32' : compute[name], how);
  builder.infer('precision.lossScaling', name === '16-mixed', how);
}

function settleMegatron(draft: Draft): void {
  const { builder, around } = draft;
  builder.assume('parallel.ulysses', 1, CORE_OPTIMIZER);
  const objective = objectiveOf(around);
  // An actor is tuned by rollouts; what a critic learns no objective here names.
  if (draft.section.name === 'actor') builder.infer('run.objective', 'ppo', 'the actor of a PPO run');
  else if (draft.section.name === 'critic') builder.infer('run.objective', 'other', 'the critic of a PPO run');
  else if (objective !== undefined) builder.infer('run.objective', objective, 'the kind of data it reads');
  const pictures = UNITS[builder.value('run.task') ?? 'causal-lm'];
  if (pictures !== undefined) builder.infer('batch.unit', pictures, 'the kind of model its keys are for');
  else builder.infer('batch.unit', unitOf(builder.value('run.objective')), 'what the objective compares');
  const isRole = draft.section.name !== 'main';
  const fromScratch = isRole ? false : startsFromScratch(around);
  if (fromScratch !== undefined) builder.infer('run.fromScratch', fromScratch, 'whether a checkpoint is restored');
  if (!isRole && readsDocuments(around)) builder.assume('data.packing', true, GPT_DATA);
  settleSharding(draft);
  settleDtypes(draft, precisionOf(around), around.get('model.megatron_amp_O2') === true);
}

/** Pretraining of a language model lays documents end to end; its alignment, and pairs and masks, take each by itself. */
function readsDocuments(around: Around): boolean {
  if (tunes(around) || algorithmOf(around) !== undefined || taskOf(around) !== 'causal-lm') return false;
  return around.has('model.data.data_prefix') || around.has('model.data.data_impl');
}

/** What one of the batch is where the model does not read text alone. */
const UNITS: { readonly [T in Task]?: PlanFields['batch.unit'] } = {
  diffusion: 'images',
  'image-classification': 'images',
  contrastive: 'pairs',
};

/** Optimizers that split their states over data-parallel ranks. Megatron core's keeps whole gradients, Apex's need not. */
function settleSharding(draft: Draft): void {
  const { builder, around } = draft;
  if (around.get('model.fsdp') === true) {
    builder.infer('sharding.engine', 'fsdp1', 'model.fsdp is on');
    return;
  }
  const name = builder.value('optimizer.name');
  if (name === undefined) return;
  builder.infer('sharding.engine', 'megatron', 'the model is built on Megatron');
  const whole = around.get('model.optim.contiguous_grad_buffer') === true;
  const stage = name === 'mcore_distributed_optim' ? 1 : name === 'distributed_fused_adam' ? (whole ? 1 : 2) : 0;
  builder.infer('sharding.zeroStage', stage, `the optimizer ${name} splits ${SPLITS[stage]}`);
}

const SPLITS = ['nothing', 'its states', 'its states and gradients'] as const;

/** Megatron's O2 keeps the model in 16 bits with fp32 masters and fp32 gradients; plain mixed precision keeps fp32 weights. */
function settleDtypes(draft: Draft, precision: Precision | undefined, isO2: boolean): void {
  if (precision === undefined) return;
  const { compute, mixed } = precision;
  const halves = isO2 && mixed;
  const how = halves
    ? `O2 keeps 16-bit weights beside fp32 masters (${CORE_OPTIMIZER})`
    : `trainer.precision (${LIGHTNING})`;
  const weights = halves || !mixed ? compute : 'fp32';
  const syncs = draft.around.get('model.optim.grad_sync_dtype') ?? 'fp32';
  const gradients = halves ? (compute === 'bf16' && syncs === 'fp32' ? 'fp32' : compute) : weights;
  draft.builder.infer('precision.weights', weights, how);
  draft.builder.infer('precision.compute', compute, how);
  draft.builder.infer('precision.autocast', mixed && !halves ? compute : 'off', how);
  draft.builder.infer('precision.master', halves ? 'fp32' : 'none', how);
  draft.builder.infer('precision.gradients', gradients, how);
  draft.builder.infer('precision.lossScaling', compute === 'fp16' && mixed, how);
}

/** Dimensions that are another family's in all but name. What fits none stays without a family. */
function settleFamily(draft: Draft): void {
  const { around } = draft;
  if (taskOf(around) !== 'causal-lm' || !around.has('model.num_layers') || draft.builder.has('model.name')) return;
  // Without the model's own keys the checkpoint says what its layers are of.
  const usual = (name: string, value: string): string =>
    String(around.get(`model.${name}`) ?? (draft.partial ? '' : value)).toLowerCase();
  const normalization = usual('normalization', 'layernorm');
  const activation = usual('activation', 'gelu');
  const position = usual('position_embedding_type', 'learned_absolute');
  const isPlain = usual('transformer_block_type', 'pre_ln') === 'pre_ln' && around.get('model.headscale') !== true;
  const isDense = (around.get('model.num_moe_experts') ?? null) === null;
  const isLlama =
    normalization === 'rmsnorm' && /^(fast-)?swiglu$/.test(activation) && around.get('model.bias') === false;
  if (isLlama && position === 'rope' && isPlain) {
    const biased = around.get('model.qkv_bias') === true;
    const family = isDense ? (biased ? 'qwen2' : 'llama') : 'mixtral';
    if (isDense || !biased)
      draft.builder.infer(
        'model.family',
        family,
        `RMSNorm, SwiGLU, rotary positions and ${biased ? 'few' : 'no'} biases`,
      );
  }
  const isGpt = /^layernorm(1p)?$/.test(normalization) && activation === 'gelu' && around.get('model.bias') !== false;
  if (isGpt && position === 'learned_absolute' && isPlain && isDense)
    draft.builder.infer('model.family', 'gpt2', `LayerNorm, GELU, learned positions and biases (${GPT})`);
  settleVocabulary(draft);
}

/** Rows of the embedding by tokenizer (megatron: megatron/core/tokenizers), padded to a multiple. */
const VOCABULARIES: Readonly<Record<string, number>> = { GPT2BPETokenizer: 50_257 };

function settleVocabulary(draft: Draft): void {
  const { around, builder } = draft;
  const size = VOCABULARIES[String(around.get('model.tokenizer.type') ?? '')];
  const multiple = around.get('model.make_vocab_size_divisible_by');
  const tensor = builder.value('parallel.tensor');
  if (size === undefined || typeof multiple !== 'number' || tensor === undefined || multiple <= 0) return;
  const step = multiple * tensor;
  builder.infer(
    'model.vocabSize',
    Math.ceil(size / step) * step,
    `the tokenizer's ${size} rows, padded to a multiple of ${step}`,
  );
}
