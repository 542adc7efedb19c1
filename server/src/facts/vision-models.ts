import table from '../../data/vision-models.json' with { type: 'json' };
import { lazily, readColumns } from './read-columns.ts';

/** A row of server/data/vision-models.json: a model at one image size. */
interface VisionRow {
  readonly name: string;
  /** Null: classification. */
  readonly task: VisionModelFacts['task'] | null;
  readonly imageSize: number;
  readonly parametersMillions: number;
  readonly parameters: number | null;
  readonly gigaMultiplyAdds: number | null;
  readonly activationsMillions: number | null;
  /** Index into the table's `sources`, which also name the library. */
  readonly source: number;
}

/** An image model as its library publishes it. */
export interface VisionModelFacts {
  readonly name: string;
  readonly library: 'timm' | 'torchvision' | 'ultralytics';
  readonly task: 'classification' | 'detection' | 'segmentation' | 'pose';
  /** One side of the square image the figures are for, pixels. */
  readonly imageSize: number;
  readonly parameters: number;
  /** False where the count is known to two decimals of a million only. */
  readonly parametersExact: boolean;
  /** Multiply-adds of one image's forward pass, 10^9. */
  readonly gigaMultiplyAdds: number | undefined;
  /** Outputs of convolution and linear layers for one image, 10^6; not bytes, and not what autograd keeps. */
  readonly activationsMillions: number | undefined;
  readonly source: string;
}

/**
 * The image model of a name (`resnet50`, `timm/vit_base_patch16_224.augreg_in21k`, `yolov8n.pt`), with the figures of
 * the image size nearest to the given one, else of the smallest.
 */
export function findVisionModel(name: string, imageSize?: number): VisionModelFacts | undefined {
  const last = lastPart(name);
  return nearestSize([last, last.replace(/\.(?:pt|ya?ml)$/, ''), untagged(last)], imageSize);
}

/**
 * The image model a hub's name means (`microsoft/swin-tiny-patch4-window7-224`, `microsoft/resnet-50`): the same
 * architecture, though another library's code may run it.
 */
export function findHubVisionModel(name: string, imageSize?: number): VisionModelFacts | undefined {
  return findVisionModel(name, imageSize) ?? nearestSize(hubSpellings(lastPart(name)), imageSize);
}

function nearestSize(spellings: readonly string[], imageSize: number | undefined): VisionModelFacts | undefined {
  const sizes = spellings.map((spelling) => index().get(spelling)).find((found) => found !== undefined);
  if (sizes === undefined) return undefined;
  const distance = (facts: VisionModelFacts) => Math.abs(facts.imageSize - (imageSize ?? 0));
  return sizes.reduce((nearest, facts) => (distance(facts) < distance(nearest) ? facts : nearest));
}

function lastPart(name: string): string {
  if (name.length > LONGEST_NAME) return '';
  return name.trim().toLowerCase().replaceAll('\\', '/').split('/').at(-1) ?? '';
}

const LONGEST_NAME = 300;

/** Hubs write hyphens where timm has underscores or nothing, and name the image size of architectures that take any. */
function hubSpellings(name: string): string[] {
  const underscored = name.replaceAll('-', '_');
  return [underscored, underscored.replace(/_(?:22k_)?(?:224|384)$/, ''), name.replace(/^resnet-/, 'resnet')];
}

/** timm puts the pretraining after a dot, which leaves the architecture as it is. */
function untagged(name: string): string {
  return name.replace(/\..*$/, '');
}

const index = lazily((): ReadonlyMap<string, readonly VisionModelFacts[]> => {
  const found = new Map<string, VisionModelFacts[]>();
  for (const row of readColumns<VisionRow>(table)) {
    const key = row.name.toLowerCase();
    const sizes = found.get(key);
    // Libraries share names for the same architecture; timm's figures come first in the file.
    if (sizes === undefined) found.set(key, [visionModelOf(row)]);
    else if (sizes[0]?.library === libraryOf(row)) sizes.push(visionModelOf(row));
  }
  return found;
});

function visionModelOf(row: VisionRow): VisionModelFacts {
  return {
    name: row.name,
    library: libraryOf(row),
    task: row.task ?? 'classification',
    imageSize: row.imageSize,
    parameters: row.parameters ?? Math.round(row.parametersMillions * 1e6),
    parametersExact: row.parameters !== null,
    gigaMultiplyAdds: row.gigaMultiplyAdds ?? undefined,
    activationsMillions: row.activationsMillions ?? undefined,
    source: table.sources[row.source]?.read ?? '',
  };
}

function libraryOf(row: VisionRow): VisionModelFacts['library'] {
  // The schema test holds the file to the three libraries; the JSON's own type says only text.
  return (table.sources[row.source]?.library ?? 'timm') as VisionModelFacts['library'];
}
