import { matrix, type Parameter } from '../tape/parameter.ts';
import { trains } from '../tape/tape-context.ts';
import type { HeadRequest } from './heads.ts';
import { extraNumber } from './layer-request.ts';

type HeadShape = Pick<HeadRequest, 'shape' | 'tied' | 'context'>;

/** Elements of one row that the product with the vocabulary takes. */
export function headWidth({ shape }: HeadShape): number {
  return extraNumber(shape, 'embed_dim') ?? shape.hiddenSize;
}

/** The matrix of the product with the vocabulary, or this rank's rows of it. */
export function headWeight(request: HeadShape): Parameter {
  const { shape, context, tied } = request;
  const weight = matrix({
    rows: shape.vocabSize * context.vocabularyShare,
    cols: headWidth(request),
    dtype: context.weights,
    trainable: trains(context, 'lm_head'),
  });
  return { ...weight, tied };
}
