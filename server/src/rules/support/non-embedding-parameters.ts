import type { PlanValues } from '../../plan/index.ts';

/** Parameters outside embedding and output head, which the scaling laws count; active ones of a mixture of experts. */
export function nonEmbeddingParameters(values: PlanValues): number | undefined {
  const all = values['model.activeParameterCount']?.value ?? values['model.parameterCount']?.value;
  if (all === undefined) return undefined;
  const vocabulary = values['model.vocabSize']?.value;
  const width = values['model.hiddenSize']?.value;
  if (vocabulary === undefined || width === undefined) return all;
  const matrices = values['model.tiedEmbeddings']?.value === true ? 1 : 2;
  return Math.max(0, all - matrices * vocabulary * width);
}
