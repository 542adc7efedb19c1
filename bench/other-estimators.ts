import type { MeasuredRow } from './measured-row.ts';

/** Counts a formula needs of a model. */
export interface ModelCounts {
  readonly parameters: number;
  readonly trainable: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly intermediate: number;
  readonly vocabulary: number;
}

export interface OtherEstimator {
  readonly name: string;
  /** Where its formula stands. */
  readonly source: string;
  /** What it leaves out, in a few words. */
  readonly without: string;
  /** Bytes of one GPU. */
  readonly estimate: (row: MeasuredRow, model: ModelCounts) => number;
}

/** Formulas that people use, restated; each is meant for one GPU and no sharding. */
export const OTHER_ESTIMATORS: readonly OtherEstimator[] = [
  {
    name: '18 bytes a parameter',
    source: 'transformers: docs/source/en/model_memory_anatomy.md',
    without: 'activations, logits, adapters',
    estimate: (row, { parameters, trainable }) => weightBytes(row) * (parameters - trainable) + 18 * trainable,
  },
  {
    name: 'accelerate estimate-memory',
    source: 'accelerate: src/accelerate/commands/estimate.py',
    without: 'activations, logits, adapters',
    // The largest of its stages, not their sum: 16 bytes a parameter in fp32, 8 in 16 bits.
    estimate: (row, { parameters }) => (row.weightsDtype === 'fp32' ? 16 : 8) * parameters,
  },
  {
    name: 'EleutherAI cookbook',
    source: 'EleutherAI/cookbook: calc/calc_transformer_mem.py',
    without: 'logits, adapters, GQA and gated MLPs unless told',
    estimate: (row, model) => {
      const states = 16 * model.trainable + 2 * (model.parameters - model.trainable);
      const tokens = (row.sequenceLength ?? 0) * row.microBatch;
      const scores = (5 * model.heads * (row.sequenceLength ?? 0)) / model.hidden;
      // Its checkpointing is the paper's selective level.
      const perToken = row.gradientCheckpointing ? 34 : 34 + scores;
      return states + tokens * model.hidden * model.layers * perToken;
    },
  },
  {
    name: 'torch-preflight',
    source: 'highwaterlabs/torch-preflight: src/torch_preflight/vram/costmodel.py',
    without: 'memory of casts, masks and gathered heads',
    estimate: (row, model) => {
      const bytes = weightBytes(row);
      const length = row.sequenceLength ?? 0;
      const tokens = length * row.microBatch;
      const states = bytes * model.parameters + (bytes + 8) * model.trainable;
      const layer = 32 * tokens * model.hidden + (row.attention === 'eager' ? 2 * model.heads * length * tokens : 0);
      const activations = row.gradientCheckpointing
        ? 2 * tokens * model.hidden * model.layers + layer
        : layer * model.layers;
      const logits = 14 * tokens * model.vocabulary;
      return (states + activations + logits) * 1.105;
    },
  },
  {
    name: 'gpu_poor',
    source: 'RahulSChand/gpu_poor: src/App.js',
    without: 'logits',
    estimate: (row, model) => {
      const bytes = row.autocast === null ? weightBytes(row) : 2;
      const length = row.sequenceLength ?? 0;
      const attention = 8 * length * model.hidden * bytes + length ** 2 * model.heads * (2 * bytes + 4);
      const forward = 2 * model.hidden * length * bytes + 6 * model.intermediate * length * bytes;
      const activations =
        (attention + forward) * model.layers * row.microBatch * (row.gradientCheckpointing ? 0.15 : 1);
      const states = weightBytes(row) * model.parameters + (weightBytes(row) + 8) * model.trainable;
      return states + activations + 650 * 2 ** 20;
    },
  },
];

function weightBytes({ weightsDtype }: MeasuredRow): number {
  return weightsDtype === 'fp32' ? 4 : 2;
}
