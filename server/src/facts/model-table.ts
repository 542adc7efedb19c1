import table from '../../data/models.json' with { type: 'json' };
import { lazily, readColumns } from './read-columns.ts';
import type { ModelFacts, ModelShape } from './types.ts';

/** A row of server/data/models.json. Cells that do not apply are null. */
interface ModelRow {
  readonly name: string;
  readonly family: string;
  readonly hiddenSize: number | null;
  readonly intermediateSize: number | null;
  readonly layers: number | null;
  readonly heads: number | null;
  readonly kvHeads: number | null;
  readonly headDim: number | null;
  readonly vocabSize: number | null;
  readonly maxPositions: number | null;
  readonly tiedEmbeddings: boolean | null;
  readonly mlp: ModelShape['mlp'] | null;
  readonly norm: ModelShape['norm'] | null;
  readonly attentionBias: ModelShape['attentionBias'] | null;
  readonly mlpBias: boolean | null;
  readonly qkNorm: ModelShape['qkNorm'] | null;
  readonly slidingWindow: number | null;
  readonly experts: number | null;
  readonly expertsPerToken: number | null;
  readonly moeIntermediateSize: number | null;
  readonly sharedExperts: number | null;
  readonly denseFirstLayers: number | null;
  readonly extra: Readonly<Record<string, unknown>> | null;
  readonly nativeDtype: NonNullable<ModelFacts['nativeDtype']> | null;
  readonly totalParameters: number | null;
  readonly activeParameters: number | null;
  readonly published: number | null;
  readonly publishedExact: boolean | null;
  /** Indices into the table's `sources`. */
  readonly publishedSource: number | null;
  readonly source: number;
  readonly aliases: readonly string[];
}

/** Every model of the catalogue, in the order of its file. */
export const allModels: () => readonly ModelFacts[] = lazily(() => readColumns<ModelRow>(table).map(modelOf));

/**
 * Positions of checkpoints that share a row's shape and were made for others than it, by their names in lower case: a
 * long-context tune of a base model, a chat tune whose base was stretched afterwards.
 */
export const otherPositions: () => ReadonlyMap<string, number> = lazily(
  () =>
    new Map(
      // The parse boundary of our own data file, which the schema test checks.
      (table.positions as unknown as readonly PositionsRow[]).flatMap(([positions, , names]) =>
        names.map((name) => [name.toLowerCase(), positions] as const),
      ),
    ),
);

/** Positions, the source's index, names. */
type PositionsRow = readonly [positions: number, source: number, names: readonly string[]];

function modelOf(row: ModelRow): ModelFacts {
  return {
    name: row.name,
    aliases: row.aliases,
    shape: shapeOfRow(row),
    nativeDtype: row.nativeDtype ?? undefined,
    totalParameters: row.totalParameters ?? undefined,
    activeParameters: row.activeParameters ?? undefined,
    published:
      row.published === null
        ? undefined
        : { count: row.published, exact: row.publishedExact === true, source: sourceText(row.publishedSource) },
    source: sourceText(row.source),
  };
}

function sourceText(at: number | null): string {
  return (at === null ? undefined : table.sources[at]) ?? 'recalled';
}

/** Undefined for models known by their count alone (diffusion denoisers). */
function shapeOfRow(row: ModelRow): ModelShape | undefined {
  if (row.hiddenSize === null || row.layers === null) return undefined;
  return {
    family: row.family,
    hiddenSize: row.hiddenSize,
    intermediateSize: row.intermediateSize ?? 0,
    layers: row.layers,
    heads: row.heads ?? 0,
    kvHeads: row.kvHeads ?? row.heads ?? 0,
    headDim: row.headDim ?? 0,
    vocabSize: row.vocabSize ?? 0,
    maxPositions: row.maxPositions ?? undefined,
    tiedEmbeddings: row.tiedEmbeddings === true,
    mlp: row.mlp ?? 'gated',
    norm: row.norm ?? 'rms',
    attentionBias: row.attentionBias ?? 'none',
    mlpBias: row.mlpBias === true,
    qkNorm: row.qkNorm ?? 'none',
    slidingWindow: row.slidingWindow ?? undefined,
    experts: row.experts ?? 0,
    expertsPerToken: row.expertsPerToken ?? 0,
    moeIntermediateSize: row.moeIntermediateSize ?? 0,
    sharedExperts: row.sharedExperts ?? 0,
    denseFirstLayers: row.denseFirstLayers ?? 0,
    extra: row.extra ?? {},
  };
}
