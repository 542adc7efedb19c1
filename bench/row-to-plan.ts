import { enrichPlan } from '../server/src/facts/index.ts';
import {
  type AdapterMethod,
  completePlan,
  type FieldName,
  type KeptActivations,
  type Objective,
  type PlanFields,
  type Resident,
  type Sourced,
  type Task,
  type TrainingPlan,
} from '../server/src/plan/index.ts';
import type { MeasuredRow } from './measured-row.ts';

/** What each harness states of every run it measures. Rows of other harnesses get no prediction. */
const HARNESSES: ReadonlySet<string> = new Set([
  'transformers-trainer',
  'timm-loop',
  'fsdp2-one-rank',
  'ddp-one-rank',
  'tensor-parallel-one-rank',
  'plain-loop',
  'contrastive-loop',
  'transformers-trainer-evaluation',
  'transformers-generate',
]);

/** What a row can state that no plan field says. Such rows get no prediction either. */
const INEXPRESSIBLE: readonly (keyof MeasuredRow)[] = ['optimizerSharding', 'stage', 'bucketView'];

const TASKS: Readonly<Record<string, Task>> = {
  'causal-lm': 'causal-lm',
  mlm: 'masked-lm',
  classification: 'classification',
  'seq2seq-lm': 'seq2seq',
  'speech-seq2seq': 'speech',
  image: 'image-classification',
  embedding: 'contrastive',
};

/** Names that rows and plans have in common. */
const METHODS: ReadonlyMap<string, AdapterMethod> = new Map(
  (
    [
      'adalora',
      'fourierft',
      'hra',
      'ia3',
      'ln-tuning',
      'loha',
      'lokr',
      'miss',
      'oft',
      'p-tuning',
      'prefix',
      'prompt',
      'vera',
    ] as const
  ).map((name) => [name, name]),
);

const KEPT: Readonly<Record<string, KeptActivations>> = {
  matmuls: 'matmuls',
  'every-second-matmul': 'alternate-matmuls',
  attention: 'attention',
  'every-second-layer': 'layers',
};

/** Trainer names of torch's optimizers, and what the plain loops call them. */
const OPTIMIZERS: Readonly<Record<string, string>> = {
  adamw: 'adamw_torch',
  'torch-adamw': 'adamw_torch',
  'torch-adamw-foreach': 'adamw_torch',
  'torch-adamw-fused': 'adamw_torch_fused',
  'torch-adamw-amsgrad': 'amsgrad',
  'torch-adam': 'adam',
  'torch-nadam': 'nadam',
  'torch-radam': 'radam',
  'torch-adamax': 'adamax',
  'torch-adadelta': 'adadelta',
  'torch-rprop': 'rprop',
  'torch-muon': 'muon',
  'torch-sgd': 'sgd',
  'torch-sgd-momentum': 'sgd',
  'torch-sgd-momentum-fused': 'sgd',
  'torch-rmsprop-momentum': 'rmsprop_centered',
  'torch-rmsprop-momentum-plain': 'rmsprop',
  'torch-rmsprop-centred': 'rmsprop_centered',
  'torch-adafactor': 'torch_adafactor',
};
/** The momentum of the timm loop's SGD and of what a row calls so (bench/data/README.md). */
const MOMENTUM = 0.9;

/** The plan of a config that would have run this row; undefined where no config says what the row does. */
export function rowToPlan(row: MeasuredRow): TrainingPlan | undefined {
  const task = TASKS[row.task];
  const isInexpressible = row.cache === 'static' || INEXPRESSIBLE.some((key) => isSet(row[key]));
  if (task === undefined || !HARNESSES.has(row.harness) || isInexpressible) return undefined;
  const values: { [F in FieldName]?: Sourced<PlanFields[FieldName]> } = {};
  const state = <F extends FieldName>(field: F, value: PlanFields[F] | null | undefined): void => {
    if (value !== undefined && value !== null) values[field] = { value, origin: 'setting', setting: row.id };
  };
  state('run.task', task);
  state('model.name', row.model);
  stateConfig(row, state);
  stateBatch(row, state);
  statePrecision(row, state);
  stateMethod(row, state);
  stateSharding(row, state);
  stateInference(row, state);
  state('hardware.gpu', row.gpu);
  const bare: TrainingPlan = {
    name: row.id,
    at: { file: row.id, start: 0, end: 0 },
    // `state` pairs every field with a value of its own type.
    values: values as TrainingPlan['values'],
    residents: residentsOf(row),
    partial: false,
    derivations: [],
  };
  return completePlan(enrichPlan(bare));
}

type State = <F extends FieldName>(field: F, value: PlanFields[F] | null | undefined) => void;

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function stateConfig({ config }: MeasuredRow, state: State): void {
  if (config !== undefined) state('model.configJson', typeof config === 'string' ? config : JSON.stringify(config));
}

function stateBatch(row: MeasuredRow, state: State): void {
  state('batch.micro', row.microBatch);
  state('batch.gradientAccumulation', row.gradientAccumulation);
  state('data.sequenceLength', row.sequenceLength);
  state('data.targetLength', row.targetLength);
  state('model.imageSize', row.imageSize);
  state('activations.checkpointing', row.gradientCheckpointing ? 'full' : 'none');
  if (isSet(row.selective)) state('activations.checkpointing', 'selective');
  if (isSet(row.compile)) state('compile.enabled', true);
  state('compile.scope', row.compile === 'layers' ? 'layers' : undefined);
  state('activations.kept', KEPT[row.selective ?? '']);
  state('activations.checkpointEvery', row.checkpointKwargs?.every_n_layers);
  state('activations.offload', row.activationOffload ?? row.checkpointKwargs?.offload);
  state('loss.labelSmoothing', row.labelSmoothing);
  state(
    'loss.kernel',
    row.liger === true || row.loss === 'chunked-checkpointed'
      ? 'fused'
      : row.loss === 'chunked-loss'
        ? 'chunked'
        : 'plain',
  );
  state('loss.fusedLayers', row.liger);
  state('loss.chunks', row.lossChunks);
  state('loss.logProbabilities', row.logProbabilities === 'gather' ? 'whole' : row.logProbabilities);
  state('model.attention', row.attention);
}

function statePrecision(row: MeasuredRow, state: State): void {
  state('precision.weights', row.weightsDtype);
  state('precision.autocast', row.autocast ?? 'off');
  state('precision.compute', row.float8 === undefined ? row.computeDtype : 'fp8');
  state('precision.reduce', row.reduceDtype);
}

function stateMethod(row: MeasuredRow, state: State): void {
  const { lora, method } = row;
  const kind = lora?.dora === true ? 'dora' : 'lora';
  state('adapter.kind', method === 'full' ? 'none' : method === 'lora' ? kind : 'other');
  state('adapter.method', METHODS.get(method));
  state('adapter.blockSize', lora?.blockSize);
  state('adapter.virtualTokens', lora?.virtualTokens);
  state('adapter.targetParameters', lora?.targetParameters);
  state('adapter.savedModules', lora?.modulesToSave);
  state('adapter.layers', lora?.layers);
  state('adapter.trainedParameters', trainedParametersOf(row));
  state('adapter.rank', lora?.r);
  state('adapter.targets', lora?.target);
  state('adapter.dropout', lora?.dropout);
  state('adapter.dtype', row.adapterDtype === 'weights' ? row.weightsDtype : undefined);
  const isNf4 = row.quantization?.startsWith('nf4') === true;
  state('adapter.quantization', isNf4 ? 'nf4' : row.quantization?.startsWith('int8') === true ? 'int8' : undefined);
  state('adapter.doubleQuantization', isNf4 ? true : undefined);
  if (row.quantization !== undefined) state('adapter.upcastsUnquantized', row.kbitPrepare === true);
  state('run.objective', objectiveOf(row));
  if (row.objective === 'dpo') state('batch.unit', 'pairs');
  state('contrastive.cachedMicro', row.miniBatch);
  state('contrastive.texts', row.textsPerRow);
  state('optimizer.name', OPTIMIZERS[row.optimizer] ?? row.optimizer);
  state('optimizer.inBackward', row.optimizerInBackward);
  const hasMomentum = row.optimizer.includes('momentum') || (row.harness === 'timm-loop' && row.optimizer === 'sgd');
  if (hasMomentum) state('optimizer.momentum', MOMENTUM);
  state('optimizer.maxGradNorm', row.maxGradNorm);
}

function stateInference(row: MeasuredRow, state: State): void {
  const { evalMicroBatch, evalBatches, newTokens } = row;
  if (evalMicroBatch === undefined && newTokens === undefined) return;
  // Nothing was trained, so there are no states: as with plain SGD.
  if (row.trainsFirst !== true) state('optimizer.name', 'sgd');
  state('schedule.evalCadence', 'steps');
  state('evaluation.length', row.sequenceLength);
  state('batch.eval', evalMicroBatch ?? row.microBatch);
  if (evalMicroBatch !== undefined && evalBatches !== undefined)
    state('evaluation.examples', evalMicroBatch * evalBatches);
  state('evaluation.keepsLogits', row.evalKeepsLogits);
  state('evaluation.batchesOnDevice', row.evalAccumulationSteps);
  state('evaluation.generates', newTokens !== undefined);
  state('evaluation.newTokens', newTokens);
  state('evaluation.beams', (row.beams ?? 1) * (row.returnSequences ?? 1));
}

/** The parts that a row trains, as regular expressions. `all-but-last-N` keeps the head frozen too. */
function trainedParametersOf({ trained, freeze, config }: MeasuredRow): readonly string[] | undefined {
  if (trained !== undefined || freeze === undefined) return trained;
  if (freeze === 'embeddings') return ['^(?!.*(embed_tokens|lm_head))'];
  if (freeze === 'all-but-biases') return ['bias$'];
  const layers = typeof config === 'object' ? Number(config['num_hidden_layers']) : 0;
  const count = Number(freeze.slice('all-but-last-'.length));
  return Array.from({ length: count }, (_, index) => `layers\\.${layers - count + index}\\.`);
}

function objectiveOf({ objective }: MeasuredRow): Objective | undefined {
  return objective === 'dpo' || objective === 'distillation' ? objective : undefined;
}

function stateSharding(row: MeasuredRow, state: State): void {
  const { dataParallelShards: shards, dataParallelReplicas: replicas, tensorParallel } = row;
  state('parallel.tensor', tensorParallel);
  state('parallel.sequence', row.sequenceParallel);
  if (tensorParallel !== undefined) state('parallel.loss', row.lossParallel ?? false);
  if (shards !== undefined) {
    state('sharding.engine', 'fsdp2');
    state('sharding.degree', shards);
    state('parallel.data', shards * (replicas ?? 1));
    state('sharding.reshardAfterForward', row.reshardAfterForward);
    state('sharding.offloadParameters', row.cpuOffload === true ? 'cpu' : 'none');
  } else if (replicas !== undefined) {
    state('sharding.engine', 'ddp');
    state('parallel.data', replicas);
  } else state('parallel.data', 1);
}

function residentsOf(row: MeasuredRow): readonly Resident[] {
  if (row.objective === 'dpo' && row.reference === 'copy') return [{ role: 'reference', trainable: false }];
  return row.objective === 'distillation' ? [{ role: 'teacher', trainable: false }] : [];
}
