import { countParameters } from './count-parameters.ts';
import { Extra } from './shape-extra.ts';
import type { ModelShape } from './types.ts';

/** Label count of a classification head where the config states none (transformers: `num_labels` 2). */
const DEFAULT_LABELS = 2;

/**
 * Parameters of a model with the head that a task puts on it, as transformers' Auto classes build it: a decoder's or an
 * encoder's classification head, a masked language model's prediction head. Other tasks count the model as it is.
 */
export function parametersForTask(
  shape: ModelShape,
  task: 'classification' | 'masked-lm' | 'other',
  labels: number = DEFAULT_LABELS,
): number | undefined {
  const counted = countParameters(shape);
  if (counted === undefined) return undefined;
  if (task === 'other') return counted.total;
  const extra = new Extra(shape.extra);
  if (extra.text('formula') !== 'bert') {
    return task === 'classification' ? counted.total - counted.head + labels * shape.hiddenSize : counted.total;
  }
  const body = counted.total - poolerElements(shape, extra);
  return body + (task === 'classification' ? classifier(shape, labels) : predictionHead(shape, extra));
}

function poolerElements(shape: ModelShape, extra: Extra): number {
  return extra.flag('pooler', true) ? shape.hiddenSize * shape.hiddenSize + shape.hiddenSize : 0;
}

/** One dense layer (the pooler, or RoBERTa's and DistilBERT's own) and the output layer. */
function classifier(shape: ModelShape, labels: number): number {
  const hidden = shape.hiddenSize;
  return hidden * hidden + hidden + labels * hidden + labels;
}

/** A dense layer, a layer norm and the bias of the tied output. */
function predictionHead(shape: ModelShape, extra: Extra): number {
  const width = extra.number('embed_dim', shape.hiddenSize);
  return shape.hiddenSize * width + width + 2 * width + shape.vocabSize;
}
