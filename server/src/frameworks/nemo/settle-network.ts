import type { FieldName } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { positive } from '../kit/key.ts';

/**
 * Where recipes of speech, audio, voice and picture models keep the network that does most of the work, in order: the
 * first that states a size is the plan's. Of an encoder and a decoder it is the encoder, as in T5's own `num_layers`;
 * of an image and a text tower the image's.
 */
const NETWORKS: readonly string[] = [
  'model.estimator',
  'model.mask_estimator',
  'model.msdd_module',
  'model.encoder.transformer',
  'model.encoder',
  'model.speech_decoder',
  'model.input_fft',
  'model.synthesizer',
  'model.vision',
];

/** What NeMo's modules call a size (nemo: nemo/collections/asr/modules, tts/modules, nlp/modules/common/megatron). */
const SIZES: readonly (readonly [FieldName, readonly string[]])[] = [
  ['model.layers', ['n_layers', 'num_layers', 'n_layer', 'depth', 'num_lstm_layers']],
  ['model.hiddenSize', ['d_model', 'hidden_size', 'hidden_channels']],
  ['model.heads', ['n_heads', 'num_attention_heads', 'n_head', 'sa_n_heads']],
  ['model.intermediateSize', ['ffn_hidden_size', 'inner_size', 'd_inner', 'd_ffn', 'filter_channels']],
  ['model.headDim', ['kv_channels', 'd_head']],
];

/** Dimensions of a network that stands in a section of its own, and the name its builder has. */
export function settleNetwork(draft: Draft): void {
  const { builder } = draft;
  // A published model brings its own dimensions, and what is built around it is not the plan's.
  if (builder.has('model.name')) return;
  if (!builder.has('model.layers') && !builder.has('model.hiddenSize')) settleSizes(draft);
  settleBuilder(draft);
}

function settleSizes(draft: Draft): void {
  const base = NETWORKS.find((network) =>
    SIZES.slice(0, 2).some(([, keys]) => keys.some((name) => sizeAt(draft, `${network}.${name}`) !== undefined)),
  );
  if (base === undefined) return;
  for (const [field, keys] of SIZES) {
    const path = keys.map((name) => `${base}.${name}`).find((dotted) => sizeAt(draft, dotted) !== undefined);
    if (path !== undefined) stateSize(draft, field, path);
  }
  // A Conformer states its feed-forward width as a multiple of its own.
  const width = draft.builder.value('model.hiddenSize');
  const factor = sizeAt(draft, `${base}.ff_expansion_factor`);
  if (width === undefined || factor === undefined || draft.builder.has('model.intermediateSize')) return;
  draft.builder.state('model.intermediateSize', {
    value: width * factor,
    origin: 'inferred',
    from: ['model.hiddenSize'],
    how: `${factor} times the width (${base}.ff_expansion_factor)`,
  });
}

function stateSize(draft: Draft, field: FieldName, path: string): void {
  const value = sizeAt(draft, path);
  const at = draft.locate(path);
  if (value === undefined || at === undefined || draft.builder.has(field)) return;
  // The fields of SIZES are all numbers, which the compiler cannot follow.
  draft.builder.state(field, { value: value as never, origin: 'explicit', at, key: path });
}

function sizeAt({ around }: Draft, path: string): number | undefined {
  const value = positive(around.get(path) ?? null);
  return value !== undefined && Number.isInteger(value) ? value : undefined;
}

/** Keys that name the class of the trained network, most telling first. */
const BUILDERS: readonly string[] = [
  'model._target_',
  'model.target',
  'model.unet_config._target_',
  'model.estimator._target_',
  'model.mask_estimator._target_',
  'model.msdd_module._target_',
  'model.synthesizer._target_',
  'model.generator._target_',
  'model.encoder._target_',
];

function settleBuilder(draft: Draft): void {
  for (const path of BUILDERS) {
    const target = draft.around.get(path);
    const at = draft.locate(path);
    if (typeof target !== 'string' || at === undefined) continue;
    const value = target.slice(target.lastIndexOf('.') + 1);
    // A transform to a spectrogram has no weights.
    if (value === '' || /^AudioTo/.test(value)) continue;
    draft.builder.state('model.name', { value, origin: 'explicit', at, key: path });
    return;
  }
  settleCascade(draft);
}

/** Imagen's networks by the stage they are for (nemo: nemo/collections/multimodal/models/text_to_image/imagen/imagen.py). */
const CASCADE: Readonly<Record<string, string>> = {
  base: 'UNetModel',
  sr: 'EfficientUNetModel',
  'sr-unet': 'UNetModel',
};

function settleCascade({ builder, around, locate }: Draft): void {
  const value = CASCADE[String(around.get('model.unet_type') ?? '')];
  const at = locate('model.unet_type');
  if (value !== undefined && at !== undefined)
    builder.state('model.name', { value, origin: 'explicit', at, key: 'model.unet_type' });
}
