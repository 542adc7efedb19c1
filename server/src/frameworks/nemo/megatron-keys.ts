import type { AdapterKind, Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { BALANCE_SCOPE } from '../kit/balance-scope.ts';
import { byDefault, castBoolean, castNumber, key, positive } from '../kit/key.ts';
import { checkpointedLayersOf, checkpointingOf } from '../kit/recompute.ts';
import type { Around, KeyTable } from '../types.ts';

const BASE_MODEL = 'nemo: nemo/collections/nlp/models/language_modeling/megatron_base_model.py';

/** Models built on Megatron state their two batch sizes; speech and audio models have a loader's batch instead. */
export const isMegatron = (around: Around): boolean =>
  around.has('model.micro_batch_size') ||
  around.has('model.global_batch_size') ||
  around.has('model.tensor_model_parallel_size');

const degree = (value: ConfigValue): number | undefined => {
  const number = positive(value);
  return number !== undefined && Number.isInteger(number) ? number : undefined;
};

const DEGREE = { read: degree, write: (to: number): ConfigValue => to, when: isMegatron };
const ONE = { default: byDefault(1, BASE_MODEL) };

/** Whether attention runs through a kernel that keeps no scores: Transformer Engine's own, or flash attention by name. */
function attentionOf(around: Around): 'flash' | 'eager' | undefined {
  if (around.get('model.transformer_engine') === true || around.get('model.mcore_gpt') === true) return 'flash';
  const asked = around.get('model.use_flash_attention');
  return asked === true ? 'flash' : asked === false ? 'eager' : undefined;
}

const layersOf = (around: Around): number | undefined => positive(around.get('model.num_layers') ?? null);

/** Data sets of their own make a run a tuning one, so none is begun for a single key. */
export const tunes = (around: Around): boolean => around.has('model.data.train_ds');

/** nemo: nemo/collections/nlp/models/language_modeling/megatron_t5_sft_model.py, _build_dataset. */
function readsPairs(around: Around): boolean {
  const data = 'model.data.train_ds';
  return around.has(`${data}.src_file_name`) || (tunes(around) && !around.has(`${data}.max_seq_length`));
}

const SIZE = { read: positive, write: (to: number): ConfigValue => to };

const LENGTHS_OF_DATA: readonly string[] = [
  'model.data.train_ds.max_seq_length',
  'model.data.train_ds.max_src_seq_length',
  'model.data.train_ds.seq_length',
  'model.data.seq_length',
];

const LENGTH_OF_MODEL = {
  read: positive,
  write: (to: number): ConfigValue => to,
  when: (around: Around): boolean => !LENGTHS_OF_DATA.some((path) => around.has(path)),
};

/** Models on Megatron: batch sizes, degrees, lengths, dimensions, recomputation and adapters. */
export const MEGATRON_KEYS: KeyTable = {
  'model.micro_batch_size': key('batch.micro', { ...SIZE, when: isMegatron }),
  'model.global_batch_size': key('batch.global', { ...SIZE, when: isMegatron }),
  'model.data.train_ds.micro_batch_size': key('batch.micro', { ...SIZE, when: tunes }),
  'model.data.train_ds.global_batch_size': key('batch.global', { ...SIZE, when: tunes }),
  'model.rampup_batch_size': key('batch.rampUp', {
    read: (value) => Array.isArray(value) && value.length === 3,
  }),
  'model.tensor_model_parallel_size': key('parallel.tensor', { ...DEGREE, ...ONE }),
  'model.pipeline_model_parallel_size': key('parallel.pipeline', { ...DEGREE, ...ONE }),
  'model.virtual_pipeline_model_parallel_size': key('parallel.virtualPipeline', {
    ...DEGREE,
    default: byDefault((around: Around) => (isMegatron(around) ? 1 : undefined), BASE_MODEL),
  }),
  'model.context_parallel_size': key('parallel.context', { ...DEGREE, ...ONE }),
  'model.expert_model_parallel_size': key('parallel.expert', { ...DEGREE, ...ONE }),
  'model.sequence_parallel': key('parallel.sequence', { default: byDefault(false, BASE_MODEL), when: isMegatron }),

  'model.data.train_ds.max_seq_length': key('data.sequenceLength', {
    ...SIZE,
    when: (around) => tunes(around) && !readsPairs(around),
  }),
  // Encoder-decoders may be tuned on pairs of files, each side with a length of its own.
  'model.data.train_ds.max_src_seq_length': key('data.sequenceLength', { ...SIZE, when: readsPairs }),
  'model.data.train_ds.max_tgt_seq_length': key('data.targetLength', { ...SIZE, when: readsPairs }),
  'model.data.train_ds.seq_length': key('data.sequenceLength', { ...SIZE, when: tunes }),
  'model.data.data_impl': key('data.synthetic', { read: (value) => (value === 'mock' ? true : undefined) }),
  'model.data.seq_length': key('data.sequenceLength', { read: positive, write: (to) => to }),
  // What the model is built for counts where the data set states no length of its own.
  'model.encoder_seq_length': key('data.sequenceLength', LENGTH_OF_MODEL),
  'model.seq_length': key('data.sequenceLength', LENGTH_OF_MODEL),
  'model.data.seq_length_dec': key('data.targetLength', { read: positive, write: (to) => to }),
  'model.decoder_seq_length': key('data.targetLength', { read: positive, write: (to) => to }),
  // A restored checkpoint brings its own positions.
  'model.max_position_embeddings': key('model.maxPositions', { read: positive, when: (around) => !tunes(around) }),
  'model.data.train_ds.packed_sequence': key('data.packing', {
    read: castBoolean,
    write: (to, around) => (tunes(around) ? to : undefined),
    default: byDefault((around: Around) => (tunes(around) ? false : undefined), BASE_MODEL),
    when: isMegatron,
  }),

  'model.override_vocab_size': key('model.vocabSize', { read: degree, when: isMegatron }),
  'model.num_layers': key('model.layers', { read: degree }),
  'model.hidden_size': key('model.hiddenSize', { read: degree }),
  'model.ffn_hidden_size': key('model.intermediateSize', { read: degree }),
  'model.num_attention_heads': key('model.heads', { read: degree }),
  'model.num_query_groups': key('model.kvHeads', {
    read: degree,
    default: byDefault(
      (around: Around) => (isMegatron(around) ? degree(around.get('model.num_attention_heads') ?? null) : undefined),
      BASE_MODEL,
    ),
  }),
  'model.kv_channels': key('model.headDim', { read: degree }),
  'model.share_embeddings_and_output_weights': key('model.tiedEmbeddings', {
    default: byDefault((around: Around) => (layersOf(around) === undefined ? undefined : true), BASE_MODEL),
  }),
  'model.num_moe_experts': key('model.experts', { read: degree }),
  'model.moe_router_topk': key('model.expertsPerToken', { read: degree }),
  'model.moe_router_load_balancing_type': key('moe.balanceScope', BALANCE_SCOPE),
  // Image-text models gather the embeddings of all ranks; with local losses they only never store the whole matrix.
  'model.local_loss': [
    key('contrastive.loss', { read: (_value, { file }) => (/siglip/i.test(file) ? 'siglip' : 'clip') }),
    key('contrastive.gathered', { read: () => true }),
  ],
  'model.text.encoder_seq_length': key('data.sequenceLength', { read: positive, write: (to) => to }),
  'model.vision.img_h': key('model.imageSize', { read: degree }),
  'model.moe_aux_loss_coeff': key('moe.balanceLoss', { read: (value) => castNumber(value) }),
  'model.transformer_engine': key('model.attention', {
    read: (_value, around) => attentionOf(around),
    when: isMegatron,
  }),
  'model.mcore_gpt': key('model.attention', {
    read: (_value, around) => attentionOf(around),
    when: isMegatron,
  }),
  'model.use_flash_attention': key('model.attention', {
    read: (_value, around) => attentionOf(around),
    when: isMegatron,
  }),
  'model.activations_checkpoint_num_layers': key('activations.checkpointedLayers', {
    read: (_value, around) =>
      checkpointedLayersOf({
        granularity: around.get('model.activations_checkpoint_granularity'),
        ...recomputed(around),
      }),
    when: isMegatron,
  }),
  'model.activations_checkpoint_granularity': key('activations.checkpointing', {
    read: (value, around) => checkpointingOf({ granularity: value, ...recomputed(around) }),
    // Beside a method or a number of layers the granularity alone can mean something else.
    write: (to, around) => (to === 'none' ? null : means(to, around) ? to : undefined),
    default: byDefault(
      (around: Around): Checkpointing | undefined => (isMegatron(around) ? uncheckpointed(around) : undefined),
      BASE_MODEL,
    ),
  }),
  'model.peft.lora_tuning.adapter_dim': key('adapter.rank', { read: degree, write: (to) => to, when: usesLora }),
  'model.peft.lora_tuning.alpha': key('adapter.alpha', { read: positive, write: (to) => to, when: usesLora }),
  'model.peft.lora_tuning.adapter_dropout': key('adapter.dropout', { when: usesLora }),
  'model.peft.peft_scheme': key('adapter.kind', {
    read: readScheme,
    default: byDefault(
      (around: Around): AdapterKind | undefined => (isMegatron(around) ? 'none' : undefined),
      BASE_MODEL,
    ),
  }),
};

/** Whether a granularity says the same of every layer, with the keys that are beside it. */
function means(granularity: Checkpointing, around: Around): boolean {
  const keys = { granularity, ...recomputed(around) };
  return checkpointingOf(keys) === granularity && checkpointedLayersOf(keys) === undefined;
}

function recomputed(around: Around) {
  const layers = layersOf(around);
  const stages = positive(around.get('model.pipeline_model_parallel_size') ?? 1) ?? 1;
  return {
    method: around.get('model.activations_checkpoint_method'),
    layers: positive(around.get('model.activations_checkpoint_num_layers') ?? null),
    stageLayers: layers === undefined ? undefined : layers / stages,
  };
}

/** Nothing is recomputed without a granularity, whatever the keys beside it say. */
function uncheckpointed(around: Around): 'none' | undefined {
  return (around.get('model.activations_checkpoint_granularity') ?? null) === null ? 'none' : undefined;
}

function usesLora(around: Around): boolean {
  return readScheme(around.get('model.peft.peft_scheme') ?? null) === 'lora';
}

/** `lora`, `qlora`, `adapter`, `ia3`, `ptuning` (nemo: nemo/collections/nlp/parts/peft_config.py). */
function readScheme(value: ConfigValue): 'none' | 'lora' | 'other' | undefined {
  if (typeof value !== 'string') return undefined;
  const scheme = value.toLowerCase();
  if (scheme === 'none' || scheme === '') return 'none';
  return scheme === 'lora' || scheme === 'qlora' ? 'lora' : 'other';
}
