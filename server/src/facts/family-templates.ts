import { allModels } from './model-table.ts';
import { lazily } from './read-columns.ts';
import type { ModelShape } from './types.ts';

/** What the catalogue says about a family beyond single models. */
export interface FamilyTemplate {
  /** The family's first model: stands for what dimensions do not say, its feed-forward, norms and biases. */
  readonly shape: ModelShape;
  /** Whether all the family's models tie their embeddings, or none. */
  readonly tyingIsSure: boolean;
  /** Whether the width of a head is hidden size / heads in all of them. */
  readonly headDimFollows: boolean;
}

export const familyTemplates = lazily((): ReadonlyMap<string, FamilyTemplate> => {
  const templates = new Map<string, FamilyTemplate>();
  for (const { shape } of allModels()) {
    if (shape === undefined || shape.extra['formula'] === 'none') continue;
    const follows = shape.headDim * shape.heads === shape.hiddenSize;
    const known = templates.get(shape.family) ?? { shape, tyingIsSure: true, headDimFollows: true };
    templates.set(shape.family, {
      shape: known.shape,
      tyingIsSure: known.tyingIsSure && known.shape.tiedEmbeddings === shape.tiedEmbeddings,
      headDimFollows: known.headDimFollows && follows,
    });
  }
  return templates;
});
