import schema from '../../../../schemas/lingua.schema.json' with { type: 'json' };
import type { Checkpointing, TensorDtype } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Adapter, Around, JsonSchema, KeyTable } from '../types.ts';

const TRAIN = 'lingua: apps/main/train.py';
const DATA = 'lingua: lingua/data.py';
const OPTIM = 'lingua: lingua/optim.py';
const DISTRIBUTED = 'lingua: lingua/distributed.py';
const TRANSFORMER = 'lingua: lingua/transformer.py';

const CHECKPOINT = 'lingua: lingua/checkpoint.py';

const PER_STEP = { read: positive, write: (to: number) => to };

/** Keys of other architectures' apps, whose blocks are no Llama layers. */
const OTHER_ARCHITECTURES = ['state_dim', 'conv_size', 'D_has_head_dim', 'dimensions', 'n_future_head'];

/** The main app's transformer, whose shape follows from a few sizes. */
function isTransformer(around: Around): boolean {
  return !around.has('model_type') && !OTHER_ARCHITECTURES.some((name) => around.has(`model.${name}`));
}

function inTransformer(value: number): (around: Around) => number | undefined {
  return (around) => (isTransformer(around) ? value : undefined);
}

const LINGUA_KEYS: KeyTable = {
  // Every app's blocks have a width and a number; what stands for an absent one hangs on the app.
  'model.dim': key('model.hiddenSize', { default: byDefault(inTransformer(512), TRANSFORMER) }),
  'model.n_layers': key('model.layers', { default: byDefault(inTransformer(8), TRANSFORMER) }),
  'model.n_heads': key('model.heads', { when: isTransformer }),
  'model.n_kv_heads': key('model.kvHeads', {
    default: byDefault((around: Around) => positive(around.get('model.n_heads') ?? 0), TRANSFORMER),
    when: isTransformer,
  }),
  'model.head_dim': key('model.headDim', { when: isTransformer }),
  'model.vocab_size': key('model.vocabSize', { ...PER_STEP, when: isTransformer }),
  'model.weight_tying': key('model.tiedEmbeddings', {
    default: byDefault(false, 'lingua: apps/main/transformer.py'),
    when: isTransformer,
  }),
  'model.sliding_window': key('model.slidingWindow', { ...PER_STEP, when: isTransformer }),

  'data.batch_size': key('batch.micro', { ...PER_STEP, default: byDefault(2, DATA) }),
  grad_acc_steps: key('batch.gradientAccumulation', { ...PER_STEP, default: byDefault(1, TRAIN) }),
  'data.seq_len': [
    key('data.sequenceLength', { ...PER_STEP, default: byDefault(2048, DATA) }),
    // The trainer sets the position limit to the sequence length.
    key('model.maxPositions', { read: positive, when: isTransformer }),
  ],

  'optim.lr': key('optimizer.peakLearningRate', { default: byDefault(3e-4, OPTIM) }),
  'optim.weight_decay': key('optimizer.weightDecay', { default: byDefault(0.1, OPTIM) }),
  'optim.beta1': key('optimizer.beta1', { default: byDefault(0.9, OPTIM) }),
  'optim.beta2': key('optimizer.beta2', { default: byDefault(0.95, OPTIM) }),
  'optim.epsilon': key('optimizer.epsilon', { default: byDefault(1e-8, OPTIM) }),
  'optim.clip': key('optimizer.maxGradNorm', { default: byDefault(1, OPTIM) }),
  'optim.scheduler': key('schedule.kind', { default: byDefault('cosine', OPTIM) }),
  'optim.warmup': key('schedule.warmupSteps', { default: byDefault(2000, OPTIM) }),
  'optim.lr_min_ratio': key('schedule.minRatio', { default: byDefault(0.1, OPTIM) }),
  steps: key('schedule.totalSteps', { ...PER_STEP, default: byDefault(1000, TRAIN) }),
  'checkpoint.dump.every': key('schedule.saveSteps', { ...PER_STEP, default: byDefault(1000, CHECKPOINT) }),
  'checkpoint.eval.every': key('schedule.evalSteps', PER_STEP),

  'distributed.tp_size': key('parallel.tensor', { ...PER_STEP, default: byDefault(1, DISTRIBUTED) }),
  'distributed.model_dtype': key('precision.compute', {
    ...oneOf<TensorDtype>([
      ['bf16', 'bf16'],
      ['fp32', 'fp32'],
      ['fp16', 'fp16'],
    ]),
    default: byDefault('bf16', DISTRIBUTED),
  }),
  'distributed.matmul_allow_tf32': key('precision.tf32', { default: byDefault(false, DISTRIBUTED) }),
  'distributed.selective_activation_checkpointing': [
    key('activations.checkpointing', {
      ...oneOf<Checkpointing>([
        [true, 'selective'],
        [false, 'none'],
      ]),
      default: byDefault('none', DISTRIBUTED),
    }),
    key('activations.kept', { read: (value) => (value === true ? 'matmuls' : undefined) }),
  ],
  'distributed.compile': key('compile.enabled', { default: byDefault(false, DISTRIBUTED) }),
};

/** lingua's YAML, merged over the dataclasses of an app. */
export const linguaAdapter: Adapter = defineAdapter({
  id: 'lingua',
  title: 'Meta Lingua',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    weigh(input, [
      { key: 'distributed.fsdp_type', weight: 50 },
      { key: 'distributed.model_dtype', weight: 20 },
      { key: 'optim.lr_min_ratio', weight: 40 },
      { key: 'data.seq_len', weight: 10 },
      { key: 'data.n_views', weight: 30 },
      { key: 'checkpoint.dump', weight: 20 },
      { key: 'grad_acc_steps', weight: 10 },
    ]),
  keys: LINGUA_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // OmegaConf's structured merge refuses what the dataclass lacks; every app has dataclasses of its own.
  policy: { unknownKeys: 'refused', ownKeys: true, castsNumbers: () => true },
  settle: settleLingua,
});

function settleLingua(draft: Draft): void {
  const { builder, around, locate } = draft;
  builder.assumeAll(
    {
      'run.task': 'causal-lm',
      'run.objective': 'pretraining',
      'run.fromScratch': around.get('checkpoint.init_ckpt_path') === undefined,
      'batch.unit': 'sequences',
      'adapter.kind': 'none',
      'data.packing': true,
      'loss.kernel': 'plain',
      'optimizer.name': 'adamw_torch_fused',
      'activations.offload': false,
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'parallel.ulysses': 1,
      'parallel.expert': 1,
    },
    TRAIN,
  );
  settleShape(draft);
  const shard = castNumber(around.get('distributed.dp_shard') ?? 1) ?? 1;
  const at = locate('distributed.dp_shard');
  if (shard > 1 && at !== undefined) builder.state('sharding.degree', { value: shard, origin: 'explicit', at });
  const replicates = around.get('distributed.fsdp_type') !== 'full_shard';
  if (replicates) builder.assume('sharding.degree', 1, DISTRIBUTED);
  builder.assume('sharding.defersReduction', true, TRAIN);
  builder.assumeAll(
    {
      'sharding.engine': 'fsdp2',
      'sharding.zeroStage': replicates ? 0 : 3,
      'sharding.reshardAfterForward': true,
      // Weights are kept in fp32 and gathered in the model dtype.
      'precision.weights': 'fp32',
      'precision.autocast': 'off',
      'precision.master': 'none',
      'precision.gradients': 'fp32',
      'precision.reduce': 'fp32',
    },
    DISTRIBUTED,
  );
}

/** The feed-forward width is two thirds of four times the model's, scaled and rounded up. */
function settleShape({ builder, around }: Draft): void {
  const width = builder.value('model.hiddenSize');
  if (width === undefined || !isTransformer(around)) return;
  const scale = castNumber(around.get('model.ffn_dim_multiplier') ?? 1);
  const multiple = castNumber(around.get('model.multiple_of') ?? 256);
  builder.assume('model.family', 'llama', TRANSFORMER);
  builder.assume('model.attention', 'sdpa', 'lingua: apps/main/transformer.py (LMTransformer.forward)');
  if (scale === undefined || multiple === undefined || multiple <= 0) return;
  const inner = Math.floor(Math.floor((2 * 4 * width) / 3) * scale);
  builder.assume('model.intermediateSize', multiple * Math.ceil(inner / multiple), TRANSFORMER);
}
