import type { PlanFields } from '../../../server/src/plan/index.ts';
import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { Entries } from '../yaml-text.ts';

const flag = (name: string): string => `MODEL_ARGS.--${name}`;

const BALANCE: Readonly<Record<string, string>> = {
  sequence: 'seq_aux_loss',
  micro: 'aux_loss',
  global: 'global_aux_loss',
};

/** Layers as LLaMA's; without these flags they are as GPT-2's. */
const LLAMA_LAYERS: Entries = {
  [flag('swiglu')]: true,
  [flag('normalization')]: 'RMSNorm',
  [flag('disable-bias-linear')]: true,
  [flag('position-embedding-type')]: 'rope',
};

const KINDS: Readonly<Record<string, string>> = {
  cosine: 'cosine',
  linear: 'linear',
  constant: 'constant',
  'inverse square root': 'inverse-square-root',
};

/** A long plateau and a short decay, however the decay is shaped. */
const STABLE_KINDS: ReadonlySet<string> = new Set(['wsd', 'multi-step', 'constant, then cosine']);

function stable(steps: number | undefined): Entries | undefined {
  if (steps === undefined) return undefined;
  return {
    [flag('lr-decay-style')]: 'WSD',
    [flag('lr-wsd-decay-style')]: 'exponential',
    [flag('lr-wsd-decay-iters')]: Math.round(steps / 5),
    [flag('lr-decay-iters')]: steps,
  };
}

/** Arguments of Megatron-LM's `pretrain_gpt.py`, in the YAML its recipes hold them in. */
export const MEGATRON_LM: ConfigWriter = {
  framework: 'megatron-lm-args',
  file: 'model_config.yaml',
  methods: ['pretraining'],
  frame: ({ model: { shape }, values }) => ({
    [flag('num-layers')]: shape.layers,
    [flag('hidden-size')]: shape.hiddenSize,
    [flag('ffn-hidden-size')]: shape.intermediateSize,
    [flag('num-attention-heads')]: shape.heads,
    [flag('seq-length')]: values['data.sequenceLength'] ?? 2048,
    [flag('max-position-embeddings')]: values['data.sequenceLength'] ?? 2048,
    [flag('vocab-size')]: Math.ceil(shape.vocabSize / 128) * 128,
    [flag('untie-embeddings-and-output-weights')]: true,
    ...(shape.mlp === 'gated' ? LLAMA_LAYERS : {}),
    ...(shape.kvHeads === shape.heads
      ? {}
      : { [flag('group-query-attention')]: true, [flag('num-query-groups')]: shape.kvHeads }),
    [flag('micro-batch-size')]: 1,
    [flag('clip-grad')]: 1.0,
    [flag('bf16')]: true,
    [flag('use-distributed-optimizer')]: true,
    [flag('optimizer')]: 'adam',
    [flag('lr-decay-style')]: 'cosine',
    ...(values['schedule.totalSteps'] === undefined ? { [flag('train-iters')]: 100_000 } : {}),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.micro': flag('micro-batch-size'),
    'batch.global': flag('global-batch-size'),
    'data.sequenceLength': flag('seq-length'),
    'optimizer.name': byWord(flag('optimizer'), { adamw_torch: 'adam', sgd: 'sgd' }),
    'optimizer.peakLearningRate': flag('lr'),
    'optimizer.beta1': flag('adam-beta1'),
    'optimizer.beta2': flag('adam-beta2'),
    'optimizer.weightDecay': flag('weight-decay'),
    'optimizer.mup': flag('use-mup'),
    'schedule.totalSteps': flag('train-iters'),
    'schedule.warmupSteps': flag('lr-warmup-iters'),
    'schedule.warmupRatio': flag('lr-warmup-fraction'),
    'schedule.kind': (kind, { values }) =>
      STABLE_KINDS.has(kind) ? stable(values['schedule.totalSteps']) : byWord(flag('lr-decay-style'), KINDS)(kind),
    'schedule.minLearningRate': flag('min-lr'),
    // Warmup is a part of these steps.
    'schedule.decaySteps': (steps, { values }) => ({
      [flag('lr-decay-iters')]: steps + (values['schedule.warmupSteps'] ?? 0),
    }),
    'model.hiddenSize': (width) => ({ [flag('hidden-size')]: width, [flag('ffn-hidden-size')]: 4 * width }),
    'model.heads': flag('num-attention-heads'),
    'model.layers': flag('num-layers'),
    'model.kvHeads': (groups) => ({ [flag('group-query-attention')]: true, [flag('num-query-groups')]: groups }),
    'model.experts': (experts) => ({ [flag('num-experts')]: experts, [flag('moe-router-topk')]: 2 }),
    'moe.balanceScope': (scope: PlanFields['moe.balanceScope']) => ({
      [flag('moe-router-load-balancing-type')]: BALANCE[scope] ?? 'none',
      [flag('moe-aux-loss-coeff')]: 0.01,
    }),
    'parallel.tensor': flag('tensor-model-parallel-size'),
    'parallel.pipeline': flag('pipeline-model-parallel-size'),
    'parallel.expert': flag('expert-model-parallel-size'),
  },
  follows: ['batch.gradientAccumulation', 'parallel.data'],
};
