import type { AttentionKernel, Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { BALANCE_SCOPE } from '../kit/balance-scope.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import { checkpointedLayersOf, checkpointingOf, keptBeside, type Recompute } from '../kit/recompute.ts';
import type { Around, KeyTable } from '../types.ts';
import { flag, given, isCutShort, isOn } from './flags.ts';

const ARGUMENTS = 'Megatron-LM: megatron/training/arguments.py';

const NUMBER = { read: positive, write: (to: number): ConfigValue => to };
const ONE = { ...NUMBER, default: byDefault(1, ARGUMENTS) };
const inFull = (around: Around): boolean => !isCutShort(around);

/** Steps from samples, where the global batch stays the same throughout. */
function stepsOfSamples(value: ConfigValue, around: Around): number | undefined {
  const samples = castNumber(value);
  const global = positive(given(around, 'global-batch-size'));
  const grows = given(around, 'step-batch-size-schedule') !== null || given(around, 'rampup-batch-size') !== null;
  return samples === undefined || global === undefined || grows ? undefined : Math.floor(samples / global);
}

/** A share of the steps that the decay takes, not of the run. */
function warmupOfDecay(value: ConfigValue, around: Around): number | undefined {
  const share = castNumber(value);
  const decay = positive(given(around, 'lr-decay-iters')) ?? positive(given(around, 'train-iters'));
  return share === undefined || decay === undefined ? undefined : share * decay;
}

/** Four times the width, two thirds of it in steps of 64 with a gated activation. */
function defaultFeedForward(around: Around): number | undefined {
  const width = positive(given(around, 'hidden-size'));
  if (width === undefined) return undefined;
  return isOn(around, 'swiglu') ? Math.floor((4 * width * 2) / 3 / 64) * 64 : 4 * width;
}

const batchKeys: KeyTable = {
  [flag('micro-batch-size')]: key('batch.micro', NUMBER),
  [flag('global-batch-size')]: key('batch.global', NUMBER),
  [flag('rampup-batch-size')]: key('batch.rampUp', { read: (value) => value !== null }),
  [flag('step-batch-size-schedule')]: key('batch.rampUp', { read: (value) => value !== null }),
  [flag('seq-length')]: key('data.sequenceLength', NUMBER),
  [flag('mock-data')]: key('data.synthetic', { read: (value) => (value === true ? true : undefined) }),
  [flag('train-iters')]: key('schedule.totalSteps', NUMBER),
  [flag('train-samples')]: key('schedule.totalSteps', { read: stepsOfSamples }),
  [flag('lr')]: key('optimizer.peakLearningRate'),
  [flag('min-lr')]: key('schedule.minLearningRate', { default: byDefault(0, ARGUMENTS) }),
  [flag('lr-decay-style')]: key('schedule.kind', { default: byDefault('linear', ARGUMENTS) }),
  [flag('lr-warmup-iters')]: key('schedule.warmupSteps', { when: inFull }),
  [flag('lr-warmup-fraction')]: key('schedule.warmupSteps', { read: warmupOfDecay, when: inFull }),
  [flag('lr-warmup-samples')]: key('schedule.warmupSteps', { read: stepsOfSamples, when: inFull }),
  [flag('lr-decay-iters')]: key('schedule.decaySteps', {
    when: inFull,
    ...decayEnd({
      ...NUMBER,
      warmup: (end, around) => {
        const share = castNumber(given(around, 'lr-warmup-fraction'));
        return share === undefined ? (castNumber(given(around, 'lr-warmup-iters')) ?? 0) : share * end;
      },
    }),
  }),
  [flag('optimizer')]: key('optimizer.name', { default: byDefault('adam', ARGUMENTS) }),
  [flag('weight-decay')]: key('optimizer.weightDecay', { default: byDefault(0.01, ARGUMENTS) }),
  [flag('adam-beta1')]: key('optimizer.beta1', { default: byDefault(0.9, ARGUMENTS) }),
  [flag('adam-beta2')]: key('optimizer.beta2', { default: byDefault(0.999, ARGUMENTS) }),
  [flag('adam-eps')]: key('optimizer.epsilon', { default: byDefault(1e-8, ARGUMENTS) }),
  [flag('clip-grad')]: key('optimizer.maxGradNorm', { default: byDefault(1, ARGUMENTS) }),
  [flag('use-mup')]: key('optimizer.mup', { read: (value) => value === true }),
  [flag('eval-interval')]: key('schedule.evalSteps'),
  [flag('save-interval')]: key('schedule.saveSteps'),
};

function layersOfStage(around: Around): number | undefined {
  const layers = positive(given(around, 'num-layers'));
  const stages = positive(given(around, 'pipeline-model-parallel-size')) ?? 1;
  return layers === undefined ? undefined : layers / stages;
}

const UNEVEN = key('parallel.unevenStages', { read: (value) => positive(value) !== undefined });

/** The embedding or the loss stands for a layer of its stage. */
const COUNTED = key('parallel.unevenStages', { read: (value) => value === true });

const parallelKeys: KeyTable = {
  [flag('tensor-model-parallel-size')]: key('parallel.tensor', ONE),
  [flag('pipeline-model-parallel-size')]: key('parallel.pipeline', ONE),
  [flag('context-parallel-size')]: key('parallel.context', ONE),
  [flag('expert-model-parallel-size')]: key('parallel.expert', ONE),
  [flag('sequence-parallel')]: key('parallel.sequence', { default: byDefault(false, ARGUMENTS) }),
  [flag('num-layers-per-virtual-pipeline-stage')]: key('parallel.virtualPipeline', {
    read: (value, around) => {
      const chunk = positive(value);
      const layers = layersOfStage(around);
      const chunks = chunk === undefined || layers === undefined ? undefined : layers / chunk;
      return chunks !== undefined && Number.isInteger(chunks) ? chunks : undefined;
    },
  }),
  [flag('num-virtual-stages-per-pipeline-rank')]: key('parallel.virtualPipeline', NUMBER),
  [flag('decoder-first-pipeline-num-layers')]: UNEVEN,
  [flag('decoder-last-pipeline-num-layers')]: UNEVEN,
  [flag('pipeline-model-parallel-layout')]: key('parallel.unevenStages', { read: (value) => value !== null }),
  [flag('account-for-embedding-in-pipeline-split')]: COUNTED,
  [flag('account-for-loss-in-pipeline-split')]: COUNTED,
  [flag('recompute-num-layers')]: key('activations.checkpointedLayers', {
    read: (_value, around) => checkpointedLayersOf(recomputed(around, given(around, 'recompute-granularity'))),
  }),
  [flag('recompute-modules')]: key('activations.kept', { read: keptBeside }),
  [flag('recompute-granularity')]: key('activations.checkpointing', {
    read: (value, around) => checkpointingOf(recomputed(around, value)),
    write: (to) => (to === 'none' ? undefined : to),
    default: byDefault((around: Around): Checkpointing | undefined => {
      if (given(around, 'recompute-granularity') !== null) return undefined;
      return isOn(around, 'recompute-activations') ? 'selective' : 'none';
    }, ARGUMENTS),
  }),
};

const modelKeys: KeyTable = {
  [flag('num-layers')]: key('model.layers'),
  [flag('hidden-size')]: key('model.hiddenSize'),
  [flag('num-attention-heads')]: key('model.heads'),
  [flag('num-query-groups')]: key('model.kvHeads', {
    when: (around) => isOn(around, 'group-query-attention'),
  }),
  [flag('kv-channels')]: key('model.headDim'),
  [flag('ffn-hidden-size')]: key('model.intermediateSize', { default: byDefault(defaultFeedForward, ARGUMENTS) }),
  [flag('max-position-embeddings')]: key('model.maxPositions'),
  [flag('vocab-size')]: key('model.vocabSize', { read: paddedVocabulary }),
  [flag('untie-embeddings-and-output-weights')]: key('model.tiedEmbeddings', {
    read: (value) => (typeof value === 'boolean' ? !value : undefined),
    default: byDefault(true, ARGUMENTS),
  }),
  [flag('num-experts')]: key('model.experts'),
  [flag('moe-router-topk')]: key('model.expertsPerToken', {
    default: byDefault((around: Around) => (around.has(flag('num-experts')) ? 2 : undefined), ARGUMENTS),
  }),
  [flag('moe-ffn-hidden-size')]: key('model.moeIntermediateSize'),
  [flag('moe-router-load-balancing-type')]: key('moe.balanceScope', BALANCE_SCOPE),
  [flag('moe-aux-loss-coeff')]: key('moe.balanceLoss'),
  [flag('attention-backend')]: key('model.attention', {
    read: (value) => (value === 'unfused' ? 'eager' : value === 'flash' || value === 'fused' ? 'flash' : undefined),
    default: byDefault(
      (around: Around): AttentionKernel => (given(around, 'transformer-impl') === 'local' ? 'eager' : 'flash'),
      'Megatron-LM: megatron/core/extensions/transformer_engine.py',
    ),
  }),
  [flag('grpo-prompts-per-step')]: key('rollout.promptsPerStep', NUMBER),
  [flag('grpo-group-size')]: key('rollout.generations', NUMBER),
  [flag('grpo-iterations')]: key('rollout.updateEpochs', NUMBER),
  [flag('grpo-kl-beta')]: key('rollout.klCoefficient'),
  [flag('grpo-clamp-eps-lower')]: key('rollout.clipRange'),
};

/** Rows are padded to a multiple of the given number and the tensor-parallel ranks. */
function paddedVocabulary(value: ConfigValue, around: Around): number | undefined {
  const rows = positive(value);
  const multiple = positive(given(around, 'make-vocab-size-divisible-by')) ?? 128;
  const step = multiple * (positive(given(around, 'tensor-model-parallel-size')) ?? 1);
  return rows === undefined ? undefined : Math.ceil(rows / step) * step;
}

/** Flags of `pretrain_gpt.py` and its like, as Megatron-LM's test cases hold them. */
export const MEGATRON_LM_KEYS: KeyTable = { ...batchKeys, ...parallelKeys, ...modelKeys };

function recomputed(around: Around, granularity: unknown): Recompute {
  return {
    granularity,
    method: given(around, 'recompute-method'),
    layers: positive(given(around, 'recompute-num-layers')),
    stageLayers: layersOfStage(around),
  };
}
