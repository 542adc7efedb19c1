import {
  findHubVisionModel,
  findOptimizer,
  findVisionModel,
  lackingForShape,
  type ModelShape,
  shapeOf,
} from '../../facts/index.ts';
import type { FieldName, PlanFields, PlanValues, TrainingPlan, WeightQuantization } from '../../plan/index.ts';
import { imageShape, tracedShape } from '../programs/image-shape.ts';
import { readsPatterns } from '../trained-modules.ts';
import type { Workload } from '../workload.ts';
import { adapterOf, isModelledAdapter, trainedOf } from './plan-to-adapter.ts';
import { floatDtype } from './plan-to-dtype.ts';
import { inferenceOf } from './plan-to-inference.ts';
import {
  accumulationOf,
  filledByTokens,
  lengthOf,
  lossTokensOf,
  sequencesOf,
  sequencesPerExample,
} from './plan-to-lengths.ts';
import { lossOf, similarityOf } from './plan-to-loss.ts';
import { shardingOf } from './plan-to-sharding.ts';
import { implausibleNumber } from './plausible.ts';

/** A plan as a workload, with what had to be assumed; or what is missing. */
export type WorkloadReading =
  | { readonly known: true; readonly workload: Workload; readonly assumptions: readonly string[] }
  | { readonly known: false; readonly missing: readonly FieldName[]; readonly reason?: string };

/** Fields without which no peak can be told. */
const NEEDED: readonly FieldName[] = ['batch.micro', 'precision.weights', 'optimizer.name', 'adapter.kind'];

/** Tasks the tape has a head for; others have activations nobody derived. */
const TASKS: { readonly [T in PlanFields['run.task']]?: Workload['task'] } = {
  'causal-lm': 'causal-lm',
  'vision-language': 'causal-lm',
  'masked-lm': 'masked-lm',
  classification: 'classification',
  seq2seq: 'seq2seq-lm',
  speech: 'seq2seq-lm',
  'image-classification': 'image',
  // Each text of a pair runs through the encoder and is pooled, as in classification.
  contrastive: 'classification',
};

/** Frames the encoder sees of any recording: max_source_positions (transformers: models/whisper/configuration_whisper.py). */
const RECORDING_LENGTH: Readonly<Record<string, number>> = { whisper: 1500 };

/** Translates a plan into the step one rank runs. */
export function workloadOf(plan: TrainingPlan): WorkloadReading {
  const { values } = plan;
  const stated = values['run.task']?.value ?? 'causal-lm';
  const task = TASKS[stated];
  if (task === undefined) return { known: false, missing: [], reason: `Memory of ${stated} training is not modelled.` };
  const freezes = readsPatterns(values['adapter.trainedParameters']?.value ?? []);
  if (!isModelledAdapter(values)) {
    return { known: false, missing: [], reason: 'Memory of this adapter is not modelled.' };
  }
  // A library's own name of an image model is more than a hub's namesake: the two run different code.
  const shape = (task === 'image' ? imageShapeOf(values) : undefined) ?? shapeOf(plan) ?? foreignImageShape(values);
  if (stated === 'speech' && shape !== undefined && RECORDING_LENGTH[shape.family] === undefined)
    return { known: false, missing: [], reason: 'Memory of this speech model’s training is not modelled.' };
  const length = lengthOf(values);
  const sharding = shardingOf(values);
  const countsTokens = values['batch.microTokens'] !== undefined;
  const missing = NEEDED.filter((field) => values[field] === undefined && !(countsTokens && field === 'batch.micro'));
  if (shape === undefined) missing.unshift(...lackingForShape(plan));
  const hears = RECORDING_LENGTH[shape?.family ?? ''] !== undefined && values['data.targetLength'] !== undefined;
  if (task !== 'image' && length === undefined && !hears) missing.push('data.sequenceLength');
  if (!sharding.known) missing.push(...sharding.missing);
  if (shape === undefined || !sharding.known || missing.length > 0)
    return { known: false, missing: [...new Set(missing)] };
  if (freezes && (task === 'seq2seq-lm' || shape.family === 'convnet'))
    return { known: false, missing: [], reason: `Memory of a partly frozen ${shape.family} model is not modelled.` };
  const notes: string[] = [];
  const step = { ...assemble(shape, values, task, notes), sharding: sharding.sharding };
  const workload = { ...step, ...inferenceOf(values, step, notes) };
  const implausible = implausibleNumber(workload);
  if (implausible !== undefined)
    return { known: false, missing: [], reason: `Memory cannot be told of a run with ${implausible}.` };
  return {
    known: true,
    workload,
    assumptions: [...notes, ...sharding.assumptions],
  };
}

function assemble(
  shape: ModelShape,
  values: PlanValues,
  task: Workload['task'],
  notes: string[],
): Omit<Workload, 'sharding'> {
  const get = <F extends FieldName>(field: F): PlanFields[F] | undefined => values[field]?.value;
  const autocast = get('precision.autocast');
  if (values['run.task']?.value === 'contrastive' && values['contrastive.texts'] === undefined)
    notes.push('How many texts a row has is not written: counted as 2.');
  if (values['run.task']?.value === 'vision-language') notes.push('The vision tower’s activations are not counted.');
  if (shape.experts > 0 && get('adapter.quantizesExperts') === undefined && isQuantized(get('adapter.quantization')))
    notes.push('Experts are counted as quantised; a library that stacks them in one tensor may keep them in 16 bits.');
  const lora = adapterOf(values, notes);
  // A prefix is keys and values alone.
  const extraTokens = lora?.method === 'prefix' ? 0 : (lora?.virtualTokens ?? 0);
  return {
    shape,
    task,
    weights: floatDtype(get('precision.weights')),
    autocast:
      autocast === undefined || autocast === 'off' || autocast === 'fp32'
        ? null
        : autocast === 'fp16'
          ? 'fp16'
          : 'bf16',
    lora,
    ...trainedOf(values),
    ...(get('adapter.freezesVisionTower') === true ? { freezesTower: true as const } : {}),
    quantization: quantizationOf(get('adapter.quantization')),
    doubleQuantization: get('adapter.doubleQuantization') ?? false,
    quantizesExperts: get('adapter.quantizesExperts') ?? null,
    upcastsUnquantized: get('adapter.upcastsUnquantized') ?? null,
    optimizer: get('optimizer.name') ?? 'adamw_torch',
    optimizerRank: get('optimizer.rank') ?? null,
    momentum: get('optimizer.momentum') ?? 0,
    microBatch: sequencesOf(values),
    sequencesPerExample: sequencesPerExample(values),
    gradientAccumulation: accumulationOf(
      values,
      get('batch.gradientAccumulation') ?? assumedAccumulation(values, notes),
    ),
    sequenceLength: RECORDING_LENGTH[shape.family] ?? (lengthOf(values) ?? 1) + extraTokens,
    targetLength: task === 'seq2seq-lm' ? (get('data.targetLength') ?? get('data.sequenceLength') ?? null) : null,
    lossTokens: task === 'causal-lm' ? lossTokensOf(values) : null,
    imageSize: get('model.imageSize') ?? null,
    labels: null,
    attention: attentionOf(get('model.attention')),
    // Documents that share a row are told apart by a mask, which only kernels of variable length do without.
    masksTokens: (get('data.packing') === true && get('data.packingIsolated') !== false) || lora?.method === 'prefix',
    checkpointing: get('activations.checkpointing') ?? 'none',
    ...keptOf(values, notes),
    ...limitOf(get('activations.checkpointedLayers')),
    activationOffload: get('activations.offload') ?? false,
    maxGradNorm: get('optimizer.maxGradNorm') ?? 0,
    ...(get('precision.compute') === 'fp8' ? { computesInEightBits: true } : {}),
    labelSmoothing: get('loss.labelSmoothing') ?? 0,
    loss: lossOf(values),
    ...similarityOf(values),
    fusedLayers: get('loss.fusedLayers') ?? false,
    compiles: get('compile.enabled') === true ? (get('compile.scope') ?? 'model') : 'nothing',
    // Some optimizers step each parameter as its gradient arrives, and say so by their name.
    optimizerInBackward:
      get('optimizer.inBackward') ?? findOptimizer(get('optimizer.name') ?? '')?.gradientsKept === false,
    tensorParallel: get('parallel.tensor') ?? 1,
    sequenceParallel: get('parallel.sequence') ?? false,
    // transformers' tensor-parallel plans gather the logits (transformers: models/llama/configuration_llama.py, base_model_tp_plan).
    lossParallel: get('parallel.loss') ?? get('sharding.engine') === 'megatron',
    contextParallel: (get('parallel.context') ?? 1) * (get('parallel.ulysses') ?? 1),
    pipeline: {
      stages: get('parallel.pipeline') ?? 1,
      // One process with several GPUs takes a micro batch through all of its layers and back before the next.
      microBatches: get('sharding.engine') === 'none' ? 1 : (get('batch.gradientAccumulation') ?? 1),
      virtualChunks: get('parallel.virtualPipeline') ?? 1,
    },
    expertParallel: get('parallel.expert') ?? 1,
  };
}

/** Image models that the language-model catalogue lacks, as timm and torchvision name them. */
function imageShapeOf(values: PlanValues): ModelShape | undefined {
  const name = values['model.name']?.value;
  const facts = name === undefined ? undefined : findVisionModel(name, values['model.imageSize']?.value);
  return facts === undefined ? undefined : imageShape(facts);
}

/** An image model by a hub's name: the architecture is known, not the code that runs it. */
function foreignImageShape(values: PlanValues): ModelShape | undefined {
  const name = values['model.name']?.value;
  const facts = name === undefined ? undefined : findHubVisionModel(name, values['model.imageSize']?.value);
  return facts === undefined ? undefined : tracedShape(facts, true);
}

function isQuantized(quantization: WeightQuantization | undefined): boolean {
  return quantization !== undefined && quantization !== 'none';
}

/** Passes filled by tokens are as many as the step's data needs, so that all but the first find gradients there. */
function assumedAccumulation(values: PlanValues, notes: string[]): number {
  if (filledByTokens(values) === undefined)
    return assume(notes, 1, 'Gradient accumulation is not written: counted as 1.');
  return assume(notes, 2, 'A step is counted as several passes of so many tokens.');
}

function limitOf(checkpointedLayers: number | undefined): Pick<Workload, 'checkpointedLayers'> {
  return checkpointedLayers === undefined ? {} : { checkpointedLayers };
}

/** Every second layer where nobody says what selective checkpointing keeps; Megatron recomputes attention's scores alone. */
function keptOf(values: PlanValues, notes: string[]): Pick<Workload, 'kept' | 'guessesKept' | 'checkpointEvery'> {
  const every = values['activations.checkpointEvery']?.value;
  const isSelective = values['activations.checkpointing']?.value === 'selective';
  const stated = values['activations.kept']?.value;
  const kept =
    stated ?? (every === undefined && values['sharding.engine']?.value === 'megatron' ? 'all-but-scores' : 'layers');
  const guesses = isSelective && stated === undefined && every === undefined && kept === 'layers';
  if (guesses) notes.push('What selective checkpointing keeps is not written: counted as every second layer.');
  const usual = isSelective && kept === 'layers' ? SELECTIVE_EVERY : 1;
  return { kept, checkpointEvery: Math.max(1, every ?? usual), ...(guesses ? { guessesKept: true } : {}) };
}

/** torchtitan: `selective_ac_option = '2'`. */
const SELECTIVE_EVERY = 2;

function assume<T>(notes: string[], value: T, note: string): T {
  notes.push(note);
  return value;
}

/** Storage classes the tape knows; formats of the same width share one. */
function quantizationOf(quantization: WeightQuantization | undefined): Workload['quantization'] {
  switch (quantization) {
    case undefined:
    case 'none':
      return 'none';
    case 'nf4':
    case 'int4':
      return 'nf4';
    case 'fp4':
    case 'mxfp4':
      return 'fp4';
    case 'int8':
    case 'fp8':
      return 'int8';
    default:
      return quantization satisfies never;
  }
}

function attentionOf(attention: PlanFields['model.attention'] | undefined): Workload['attention'] {
  return attention === undefined ? 'sdpa' : attention === 'xformers' ? 'flash' : attention;
}
