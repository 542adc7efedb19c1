import type { FieldName, PlanFields, PlanValues, Sourced, TrainingPlan, WeightQuantization } from '../plan/index.ts';
import { withoutSdpa } from './attention-kernels.ts';
import { countParameters } from './count-parameters.ts';
import { type FamilyTemplate, familyTemplates } from './family-templates.ts';
import { findModel } from './find-model.ts';
import { shapeFromHfConfig } from './shape-from-hf-config.ts';
import type { ModelFacts, ModelShape } from './types.ts';
import { findVisionModel } from './vision-models.ts';

/** Plan fields that state a dimension, and the shape's key for each. */
const DIMENSIONS = {
  'model.hiddenSize': 'hiddenSize',
  'model.intermediateSize': 'intermediateSize',
  'model.layers': 'layers',
  'model.heads': 'heads',
  'model.kvHeads': 'kvHeads',
  'model.headDim': 'headDim',
  'model.vocabSize': 'vocabSize',
  'model.maxPositions': 'maxPositions',
  'model.tiedEmbeddings': 'tiedEmbeddings',
  'model.experts': 'experts',
  'model.expertsPerToken': 'expertsPerToken',
  'model.moeIntermediateSize': 'moeIntermediateSize',
  'model.slidingWindow': 'slidingWindow',
} as const satisfies Partial<Record<FieldName, keyof ModelShape>>;

type Dimension = keyof typeof DIMENSIONS;

// The object above has exactly these keys.
const DIMENSION_FIELDS = Object.keys(DIMENSIONS) as Dimension[];

/**
 * Fills `model.*` from the catalogue, a stated config.json, or stated dimensions. Values the plan has stay, but for a
 * default kernel that the model has no code for.
 */
export function enrichPlan(plan: TrainingPlan): TrainingPlan {
  const name = plan.values['model.name']?.value;
  const facts = name === undefined ? undefined : findModel(name);
  const shape = shapeOf(plan);
  const origin = originOf(plan.values, facts);
  const inferred: { [F in FieldName]?: Sourced<PlanFields[FieldName]> } = {};
  const infer = (field: FieldName, value: PlanFields[FieldName] | undefined, from: Inference = origin) => {
    if (value !== undefined && plan.values[field] === undefined) inferred[field] = { value, ...from };
  };
  const storage = storageOf(plan.values);
  if (storage !== undefined)
    inferred['adapter.quantization'] = {
      value: storage,
      origin: 'inferred',
      from: ['model.name'],
      how: "the checkpoint's name says how its weights are stored",
    };
  if (shape !== undefined) {
    infer('model.family', shape.family);
    if (plan.values['model.attention']?.origin === 'default' && plan.values['model.attention'].value === 'sdpa') {
      const how = withoutSdpa(shape.family);
      if (how !== undefined)
        inferred['model.attention'] = { value: 'eager', origin: 'inferred', from: ['model.family'], how };
    }
    for (const field of DIMENSION_FIELDS) infer(field, meaningful(field, shape));
    const counted = countsOf(plan, shape, facts);
    infer('model.parameterCount', counted?.total, counted?.how);
    infer('model.activeParameterCount', counted?.active, counted?.how);
  } else if (facts !== undefined) {
    infer('model.parameterCount', facts.published?.count);
  } else if (name !== undefined) {
    const image = findVisionModel(name, plan.values['model.imageSize']?.value);
    if (image !== undefined) infer('model.parameterCount', image.parameters, fromCatalogue(image.name));
  }
  // Each value stands under the field whose type it has: `infer` is only called with the shape's own dimensions.
  return { ...plan, values: { ...plan.values, ...(inferred as PlanValues) } };
}

/**
 * The shape a plan trains: the catalogue's or config.json's with the plan's own dimensions over it. Without either, the
 * plan's dimensions alone where they are complete and the family is known; else undefined.
 */
export function shapeOf(plan: TrainingPlan): ModelShape | undefined {
  const values = plan.values;
  const base =
    shapeFromJsonText(values['model.configJson']?.value) ?? findModel(values['model.name']?.value ?? '')?.shape;
  if (base !== undefined) return overlaid(base, values);
  return shapeOfDimensions(values);
}

/** How a checkpoint's name says that its weights are stored; frozen weights keep that storage in training. */
const STORAGES: readonly (readonly [RegExp, WeightQuantization])[] = [
  [/[-_.]bnb-4bit$/, 'nf4'],
  [/[-_.](?:bnb-8bit|gptq-int8)$/, 'int8'],
  [/[-_.](?:awq(?:-int4)?|gptq(?:-int4)?)$/, 'int4'],
];

/** What a checkpoint's name says over a framework's default of leaving weights as they are. */
function storageOf(values: PlanValues): WeightQuantization | undefined {
  const quantization = values['adapter.quantization'];
  const kind = values['adapter.kind']?.value;
  if (quantization?.origin !== 'default' || quantization.value !== 'none') return undefined;
  if (kind !== 'lora' && kind !== 'dora') return undefined;
  const name = values['model.name']?.value.toLowerCase() ?? '';
  return STORAGES.find(([ending]) => ending.test(name))?.[1];
}

type Inference = { readonly origin: 'inferred'; readonly from: readonly FieldName[]; readonly how: string };

function fromCatalogue(name: string): Inference {
  const short = name.slice(name.lastIndexOf('/') + 1);
  return { origin: 'inferred', from: ['model.name'], how: `from the catalogue's ${short}` };
}

function originOf(values: PlanValues, facts: ModelFacts | undefined): Inference {
  if (shapeFromJsonText(values['model.configJson']?.value) !== undefined) {
    return { origin: 'inferred', from: ['model.configJson'], how: "from the checkpoint's config.json" };
  }
  return facts === undefined ? fromDimensions(values) : fromCatalogue(facts.name);
}

function fromDimensions(values: PlanValues): Inference {
  const from = DIMENSION_FIELDS.filter((field) => values[field] !== undefined);
  return { origin: 'inferred', from, how: "computed from the model's dimensions" };
}

/** Counts of the shape: the catalogue's own where the plan changes nothing, else computed. */
function countsOf(plan: TrainingPlan, shape: ModelShape, facts: ModelFacts | undefined) {
  if (facts?.shape !== undefined && DIMENSION_FIELDS.every((field) => sameDimension(field, shape, facts.shape))) {
    const total = facts.totalParameters ?? facts.published?.count;
    return { total, active: facts.activeParameters, how: fromCatalogue(facts.name) };
  }
  const counted = countParameters(shape);
  return counted && { total: counted.total, active: counted.active, how: fromDimensions(plan.values) };
}

function sameDimension(field: Dimension, one: ModelShape, other: ModelShape | undefined): boolean {
  return one[DIMENSIONS[field]] === other?.[DIMENSIONS[field]];
}

/** A dimension as a plan would state it: experts of a dense model and vocabularies of image models stay absent. */
function meaningful(field: Dimension, shape: ModelShape): number | boolean | undefined {
  const value = shape[DIMENSIONS[field]];
  return value === 0 ? undefined : value;
}

/** The plan's dimensions over a shape. Dimensions that follow from changed ones follow. */
function overlaid(base: ModelShape, values: PlanValues): ModelShape {
  const stated: Partial<Record<keyof ModelShape, number | boolean>> = {};
  for (const field of DIMENSION_FIELDS) {
    const value = values[field]?.value;
    if (isDimension(value)) stated[DIMENSIONS[field]] = value;
  }
  // The catalogue's own object where nothing differs, so that what is reckoned of it once is found again.
  if (DIMENSION_FIELDS.every((field) => !isDimension(values[field]?.value) || sameAsStated(field, base, values)))
    return base;
  // Every key above has the type its plan field has.
  const shape = { ...base, ...(stated as unknown as Partial<ModelShape>) };
  const resized = shape.hiddenSize !== base.hiddenSize || shape.heads !== base.heads || base.headDim === 0;
  return {
    ...shape,
    kvHeads: stated.kvHeads === undefined && base.kvHeads === base.heads ? shape.heads : shape.kvHeads,
    headDim:
      stated.headDim === undefined && resized ? wholeOr(shape.hiddenSize / shape.heads, base.headDim) : shape.headDim,
    extra: withPositions(shape, base),
  };
}

function sameAsStated(field: Dimension, base: ModelShape, values: PlanValues): boolean {
  return base[DIMENSIONS[field]] === values[field]?.value;
}

function isDimension(value: unknown): value is number | boolean {
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);
}

function wholeOr(value: number, otherwise: number): number {
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** Learned positions grow with the positions a plan states; some families keep a few more than they use. */
function withPositions(shape: ModelShape, base: ModelShape): ModelShape['extra'] {
  const learned = base.extra['learned_positions'];
  if (typeof learned !== 'number' || learned === 0 || shape.maxPositions === base.maxPositions) return base.extra;
  const spare = learned - (base.maxPositions ?? learned);
  return { ...base.extra, learned_positions: (shape.maxPositions ?? 0) + spare };
}

/** Without these a family says too little. */
const NEEDED: readonly FieldName[] = [
  'model.hiddenSize',
  'model.layers',
  'model.heads',
  'model.intermediateSize',
  'model.vocabSize',
];

/** The shape of a plan that names a family and its dimensions alone; undefined where anything would be a guess. */
function shapeOfDimensions(values: PlanValues): ModelShape | undefined {
  const template = familyTemplates().get(values['model.family']?.value ?? '');
  if (template === undefined || lackingDimensions(values, template).length > 0) return undefined;
  // Experts that a family of dense layers does not have, and nothing says how wide they are.
  const foreign = template.shape.experts === 0 && (values['model.experts']?.value ?? 0) > 1;
  if (foreign && values['model.moeIntermediateSize'] === undefined) return undefined;
  const learnsPositions = typeof template.shape.extra['learned_positions'] === 'number';
  const maxPositions = learnsPositions ? template.shape.maxPositions : undefined;
  const neutral = { ...template.shape, kvHeads: template.shape.heads, slidingWindow: undefined, maxPositions };
  // Dimensions may be the template's own, and then nothing is laid over it.
  const width = (values['model.hiddenSize']?.value ?? 0) / (values['model.heads']?.value ?? 1);
  const shape = overlaid({ ...neutral, headDim: wholeOr(width, 0) }, values);
  return shape.headDim > 0 ? shape : undefined;
}

/** Dimensions without which those of a family are no shape. */
function lackingDimensions(values: PlanValues, template: FamilyTemplate): readonly FieldName[] {
  const { shape, tyingIsSure, headDimFollows } = template;
  const needed: FieldName[] = [...NEEDED];
  if (typeof shape.extra['learned_positions'] === 'number') needed.push('model.maxPositions');
  if (!tyingIsSure) needed.push('model.tiedEmbeddings');
  if (!headDimFollows) needed.push('model.headDim');
  if (shape.experts > 0) needed.push('model.experts');
  return needed.filter((field) => values[field] === undefined);
}

/** What a plan without a shape lacks of one: a model by its name, or the rest of the dimensions it states some of. */
export function lackingForShape(plan: TrainingPlan): readonly FieldName[] {
  const { values } = plan;
  if (values['model.hiddenSize'] === undefined || values['model.layers'] === undefined) return ['model.name'];
  const family = values['model.family']?.value;
  const template = familyTemplates().get(family ?? '');
  if (template !== undefined) return lackingDimensions(values, template);
  return ['model.family', ...NEEDED.filter((field) => values[field] === undefined)];
}

/** The shape of a config.json given as text; undefined for paths, other JSON and broken text. */
function shapeFromJsonText(text: string | undefined): ModelShape | undefined {
  if (text === undefined || !text.trimStart().startsWith('{')) return undefined;
  try {
    return shapeFromHfConfig(JSON.parse(text));
  } catch {
    // Text that is no JSON states no shape.
    return undefined;
  }
}
