import table from '../../data/vision-steps.json' with { type: 'json' };
import { lazily, readColumns } from './read-columns.ts';
import { findVisionModel } from './vision-models.ts';

/** One moment of a training step, as a line over the batch. The step's peak is the highest of its moments. */
export interface StepMoment {
  /** Bytes live for each image of the batch: what autograd keeps, the pixels, what the moment's op makes. */
  readonly imageBytes: number;
  /** Bytes that no batch changes: 16-bit casts of weights, buffers, kernels' scratch. Weights and gradients apart. */
  readonly fixedBytes: number;
  /** fp32 gradients there by then. */
  readonly gradientBytes: number;
}

/** What one training step of an image model keeps, traced op by op through the library's own code. */
export interface VisionStep {
  readonly name: string;
  /** One side of the image it was traced with, pixels. */
  readonly imageSize: number;
  /** Weights in training, to the unit. Models that fold layers for inference publish fewer. */
  readonly parameters: number;
  /** Elements of running statistics and of tables. */
  readonly buffers: number;
  /** fp32 weights under 16-bit autocast. */
  readonly autocast: readonly StepMoment[];
  /** fp32 throughout. */
  readonly full: readonly StepMoment[];
  /** Under autocast with the library's own activation checkpointing, where it has any. */
  readonly checkpointed: readonly StepMoment[] | undefined;
  /** Whether the model itself was traced, or another of its family, brought to this one's size. */
  readonly own: boolean;
}

interface StepRow {
  readonly name: string;
  readonly imageSize: number;
  readonly parameters: number;
  readonly buffers: number;
  readonly autocast: readonly number[];
  readonly full: readonly number[];
  readonly checkpointed: readonly number[] | null;
}

/** The step of a model by its library's name, or that of its nearest kin; undefined where it has none. */
export function findVisionStep(name: string): VisionStep | undefined {
  const row = rows().get(name) ?? rows().get(SAME_ARCHITECTURE[name] ?? '');
  return row === undefined ? stepOfKin(name) : stepOf(row);
}

/** torchvision's names of architectures that timm has under others. */
const SAME_ARCHITECTURE: Readonly<Record<string, string>> = {
  mobilenet_v2: 'mobilenetv2_100',
  mobilenet_v3_large: 'mobilenetv3_large_100',
  mobilenet_v3_small: 'mobilenetv3_small_100',
  swin_t: 'swin_tiny_patch4_window7_224',
  swin_b: 'swin_base_patch4_window7_224',
  vit_b_16: 'vit_base_patch16_224',
  vit_b_32: 'vit_base_patch32_224',
  vit_l_16: 'vit_large_patch16_224',
  vit_h_14: 'vit_huge_patch14_224',
  regnet_y_16gf: 'regnety_160',
};

const rows = lazily(
  (): ReadonlyMap<string, StepRow> => new Map(readColumns<StepRow>(table).map((row) => [row.name, row])),
);

const KIB = 1024;

function stepOf(row: StepRow): VisionStep {
  const { name, imageSize, parameters, buffers } = row;
  return {
    name,
    imageSize,
    parameters,
    buffers,
    autocast: momentsOf(row.autocast),
    full: momentsOf(row.full),
    checkpointed: row.checkpointed === null ? undefined : momentsOf(row.checkpointed),
    own: true,
  };
}

/** The table keeps three numbers a moment, in KiB. */
function momentsOf(numbers: readonly number[]): StepMoment[] {
  return Array.from({ length: numbers.length / 3 }, (_, index) => ({
    imageBytes: KIB * (numbers[3 * index] ?? 0),
    fixedBytes: KIB * (numbers[3 * index + 1] ?? 0),
    gradientBytes: KIB * (numbers[3 * index + 2] ?? 0),
  }));
}

/** Names of kin begin alike for this long at least. */
const LEAST_COMMON_START = 5;

/** Models of one family keep about the same for each output of their layers, and their fixed part goes with the weights. */
function stepOfKin(name: string): VisionStep | undefined {
  const facts = findVisionModel(name);
  const kin = facts === undefined ? undefined : nearestKin(name);
  const kinFacts = kin === undefined ? undefined : findVisionModel(kin.name, kin.imageSize);
  if (facts?.activationsMillions === undefined || kinFacts?.activationsMillions === undefined || kin === undefined)
    return undefined;
  // Outputs of a layer go with the image's area.
  const outputs = facts.activationsMillions / facts.imageSize ** 2;
  const kinOutputs = kinFacts.activationsMillions / kinFacts.imageSize ** 2;
  return scaled(stepOf(kin), facts.name, facts.parameters, outputs / kinOutputs);
}

function nearestKin(name: string): StepRow | undefined {
  let nearest: StepRow | undefined;
  let longest = LEAST_COMMON_START - 1;
  for (const row of rows().values()) {
    const common = commonStart(name, row.name);
    if (common <= longest) continue;
    longest = common;
    nearest = row;
  }
  return nearest;
}

function commonStart(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function scaled(step: VisionStep, name: string, parameters: number, outputs: number): VisionStep {
  const weights = parameters / step.parameters;
  const grown = ({ imageBytes, fixedBytes, gradientBytes }: StepMoment): StepMoment => ({
    imageBytes: imageBytes * outputs,
    fixedBytes: fixedBytes * weights,
    gradientBytes: gradientBytes * weights,
  });
  return {
    ...step,
    name,
    parameters,
    autocast: step.autocast.map(grown),
    full: step.full.map(grown),
    checkpointed: step.checkpointed?.map(grown),
    own: false,
  };
}
