import { decoderLayers, normElements } from './decoder-layers.ts';
import { bartCounts, bertCounts, modernBertCounts, t5Counts, whisperCounts } from './encoder-counts.ts';
import { gemma4Counts } from './gemma4-counts.ts';
import { clipCounts, vitCounts } from './image-counts.ts';
import { counts, type ParameterCounts } from './parameter-counts.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';
import { visionTower } from './vision-towers.ts';

/**
 * Exact parameter counts of a shape, layer by layer. Undefined for architectures that have no formula here (Gemma 3n,
 * diffusion) and for absurd sizes. Decoders count their head, BERT-likes their pooler, image classifiers their stated labels; a task head
 * that training adds is apart: see taskHeadParameters.
 */
export function countParameters(shape: ModelShape): ParameterCounts | undefined {
  const extra = new Extra(shape.extra);
  if (Math.max(shape.layers, extra.number('decoder_layers')) > MOST_LAYERS) return undefined;
  const counted = FORMULAS[extra.text('formula') ?? 'decoder']?.(shape);
  return counted !== undefined && Number.isSafeInteger(counted.total) ? counted : undefined;
}

/** No model comes near; a config that states more is mistyped, and a list of its layers would only fill memory. */
const MOST_LAYERS = 10_000;

/** By `extra.formula` of server/data/models.json. */
const FORMULAS: Readonly<Record<string, (shape: ModelShape) => ParameterCounts>> = {
  decoder: decoderCounts,
  gdn_hybrid: decoderCounts,
  jamba: decoderCounts,
  mamba: decoderCounts,
  hybrid_pattern: decoderCounts,
  mllama: decoderCounts,
  gemma4: gemma4Counts,
  bert: bertCounts,
  modernbert: modernBertCounts,
  t5: t5Counts,
  bart: bartCounts,
  whisper: whisperCounts,
  vit: vitCounts,
  clip: clipCounts,
};

/** Rows that Llama 3.2 Vision's embedding has beyond its vocabulary (transformers: modeling_mllama.py, recalled). */
const MLLAMA_EXTRA_ROWS = 8;

function decoderCounts(shape: ModelShape): ParameterCounts {
  const extra = new Extra(shape.extra);
  const hidden = shape.hiddenSize;
  const embedDim = extra.number('embed_dim', hidden);
  const rows = shape.vocabSize + (extra.text('formula') === 'mllama' ? MLLAMA_EXTRA_ROWS : 0);
  return counts({
    embedding: rows * embedDim,
    positions: extra.number('learned_positions') * hidden,
    head: (shape.tiedEmbeddings ? 0 : shape.vocabSize * embedDim) + (extra.flag('lm_head_bias') ? shape.vocabSize : 0),
    norms: (extra.flag('final_norm', true) ? normElements(shape) : 0) + (extra.flag('embed_norm') ? 2 * hidden : 0),
    layers: decoderLayers(shape),
    decoderLayers: [],
    towers: visionTower(extra, hidden),
    // A narrow embedding is projected in and out.
    other: embedDim === hidden ? 0 : 2 * embedDim * hidden,
  });
}
