import schema from '../../../../schemas/mistral-finetune.schema.json' with { type: 'json' };
import type { AdapterKind, Checkpointing } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Adapter, Around, JsonSchema, KeyTable } from '../types.ts';

const ARGS = 'mistral-finetune: finetune/args.py';
const LORA = 'mistral-finetune: model/args.py';
const TRAIN = 'mistral-finetune: train.py';
const WRAPPED = 'mistral-finetune: finetune/wrapped_model.py';

const PER_STEP = { read: positive, write: (to: number) => to };
const adapts = (around: Around): boolean => around.get('lora.enable') !== false;

const MISTRAL_KEYS: KeyTable = {
  model_id_or_path: key('model.name', {
    read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
    write: (to) => to,
  }),
  batch_size: key('batch.micro', { ...PER_STEP, default: byDefault(1, ARGS) }),
  num_microbatches: key('batch.gradientAccumulation', { ...PER_STEP, default: byDefault(1, ARGS) }),
  seq_len: key('data.sequenceLength', { ...PER_STEP, default: byDefault(2048, ARGS) }),
  max_steps: key('schedule.totalSteps', { ...PER_STEP, default: byDefault(100, ARGS) }),
  max_norm: key('optimizer.maxGradNorm', { default: byDefault(1, ARGS) }),
  'optim.lr': key('optimizer.peakLearningRate', { default: byDefault(1e-4, ARGS) }),
  'optim.weight_decay': key('optimizer.weightDecay', { default: byDefault(0.1, ARGS) }),
  'optim.pct_start': key('schedule.warmupRatio', { default: byDefault(0.05, ARGS) }),
  checkpoint: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('full', ARGS),
  }),
  'lora.enable': key('adapter.kind', {
    ...oneOf<AdapterKind>([
      [true, 'lora'],
      [false, 'none'],
    ]),
    default: byDefault('lora', LORA),
  }),
  'lora.rank': key('adapter.rank', { ...PER_STEP, default: byDefault(16, LORA), when: adapts }),
  'lora.dropout': key('adapter.dropout', { default: byDefault(0, LORA), when: adapts }),
  // Its factor multiplies the update as alpha / rank does elsewhere.
  'lora.scaling': key('adapter.alpha', {
    read: (value, around) => alphaOf(castNumber(value), around),
    default: byDefault((around: Around) => alphaOf(2, around), LORA),
    when: adapts,
  }),
  ckpt_freq: key('schedule.saveSteps', PER_STEP),
  eval_freq: key('schedule.evalSteps', { ...PER_STEP, when: (around) => around.get('no_eval') === false }),
};

/** mistral-finetune's YAML. */
export const mistralFinetuneAdapter: Adapter = defineAdapter({
  id: 'mistral-finetune',
  title: 'mistral-finetune',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      { key: 'model_id_or_path', weight: 50 },
      { key: 'optim.pct_start', weight: 40 },
      { key: 'data.instruct_data', weight: 30 },
      { key: 'num_microbatches', weight: 20 },
      { key: 'lora.rank', weight: 10 },
      { key: 'run_dir', weight: 10 },
    ]),
  keys: MISTRAL_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'refused', castsNumbers: () => true },
  settle: settleMistral,
});

function settleMistral({ builder, around }: Draft): void {
  builder.assumeAll(
    {
      'run.task': 'causal-lm',
      'run.objective': 'sft',
      'run.fromScratch': false,
      'batch.unit': 'sequences',
      'optimizer.name': 'adamw_torch',
      'optimizer.beta1': 0.9,
      'optimizer.beta2': 0.95,
      'optimizer.epsilon': 1e-8,
      'schedule.kind': 'cosine',
      // OneCycleLR ends at the peak / 25 / 10,000.
      'schedule.minRatio': 4e-6,
      'data.packing': true,
      'data.packingIsolated': true,
      'loss.kernel': 'plain',
      'model.attention': 'xformers',
      'activations.offload': false,
      'parallel.tensor': 1,
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'parallel.ulysses': 1,
      'parallel.expert': 1,
    },
    TRAIN,
  );
  builder.assumeAll(
    { 'sharding.engine': 'fsdp1', 'sharding.zeroStage': 3, 'sharding.reshardAfterForward': true },
    WRAPPED,
  );
  builder.assume('sharding.defersReduction', false, TRAIN);
  builder.assumeAll(
    {
      'precision.weights': 'bf16',
      'precision.compute': 'bf16',
      'precision.autocast': 'off',
      'precision.master': 'fp32',
      'precision.gradients': 'bf16',
      'precision.reduce': 'bf16',
      'optimizer.stateDtype': 'fp32',
    },
    'mistral-finetune: finetune/mixed_precision.py',
  );
  if (!adapts(around)) return;
  builder.assume('adapter.targets', LINEAR, 'mistral-finetune: model/transformer.py');
  builder.assume('adapter.dtype', 'bf16', WRAPPED);
}

/** Attention and feed-forward projections, under the names the catalogue has for them. */
const LINEAR = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

function alphaOf(scaling: number | undefined, around: Around): number | undefined {
  const rank = castNumber(around.get('lora.rank') ?? 16);
  return scaling === undefined || rank === undefined ? undefined : scaling * rank;
}
