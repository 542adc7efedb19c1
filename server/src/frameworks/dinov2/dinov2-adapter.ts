import schema from '../../../../schemas/dinov2.schema.json' with { type: 'json' };
import { type Derivation, derive } from '../../plan/index.ts';
import { type ConfigTree, nodeAt } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

const DEFAULTS = 'dinov2: dinov2/configs/ssl_default_config.yaml';
const SCALING = 'dinov2: dinov2/utils/config.py';
const TRAIN = 'dinov2: dinov2/train/train.py';

/** Images a step that `optim.base_lr` is for; the only rule the code knows is named after it. */
const REFERENCE_BATCH = 1024;

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };

const isRescaled = (around: Around): boolean =>
  String(around.get('optim.scaling_rule') ?? 'sqrt_wrt_1024') === 'sqrt_wrt_1024';

/** The file's steps of an epoch, which is no pass over the data. */
function stepsOf(epochs: number | undefined, around: Around): number | undefined {
  const length = positive(around.get('train.OFFICIAL_EPOCH_LENGTH') ?? 1250);
  const steps = epochs === undefined || length === undefined ? undefined : epochs * length;
  return steps !== undefined && Number.isFinite(steps) ? steps : undefined;
}

const inEpochs = (standard: number) => ({
  read: (value: Parameters<typeof castNumber>[0], around: Around) => stepsOf(castNumber(value), around),
  write: (to: number, around: Around) => {
    const length = positive(around.get('train.OFFICIAL_EPOCH_LENGTH') ?? 1250);
    return length === undefined || to % length !== 0 ? undefined : to / length;
  },
  default: byDefault((around: Around) => stepsOf(standard, around), DEFAULTS),
});

const ARCHITECTURES: Readonly<Record<string, string>> = {
  vit_small: 'facebook/dinov2-small',
  vit_base: 'facebook/dinov2-base',
  vit_large: 'facebook/dinov2-large',
  vit_giant2: 'facebook/dinov2-giant',
};

/** Vision transformers by name (dinov2: dinov2/models/vision_transformer.py). */
const SIZES: Readonly<
  Record<string, { readonly hiddenSize: number; readonly layers: number; readonly heads: number }>
> = {
  vit_small: { hiddenSize: 384, layers: 12, heads: 6 },
  vit_base: { hiddenSize: 768, layers: 12, heads: 12 },
  vit_large: { hiddenSize: 1024, layers: 24, heads: 16 },
  vit_giant2: { hiddenSize: 1536, layers: 40, heads: 24 },
};

/** The published models cut images into patches of 14; the defaults cut them into 16. */
const cutsOtherwise = (around: Around): boolean => castNumber(around.get('student.patch_size') ?? 16) !== 14;

function nameOf(value: Parameters<typeof castNumber>[0], around: Around): string {
  const name = String(value);
  return cutsOtherwise(around) ? name : (ARCHITECTURES[name] ?? name);
}

const KEYS: KeyTable = {
  'train.batch_size_per_gpu': key('batch.micro', { ...count, default: byDefault(64, DEFAULTS) }),
  'optim.epochs': key('schedule.totalSteps', inEpochs(100)),
  'optim.warmup_epochs': key('schedule.warmupSteps', inEpochs(10)),
  // `optim.lr` is overwritten by the scaled base rate, so nothing is read from it.
  'optim.base_lr': key('reference.baseLearningRate', {
    ...plain,
    default: byDefault(0.004, DEFAULTS),
    when: isRescaled,
  }),
  'optim.min_lr': key('schedule.minLearningRate', { ...plain, default: byDefault(1e-6, DEFAULTS) }),
  'optim.weight_decay': key('optimizer.weightDecay', { ...plain, default: byDefault(0.04, DEFAULTS) }),
  'optim.clip_grad': key('optimizer.maxGradNorm', { ...plain, default: byDefault(3, DEFAULTS) }),
  'optim.adamw_beta1': key('optimizer.beta1', { ...plain, default: byDefault(0.9, DEFAULTS) }),
  'optim.adamw_beta2': key('optimizer.beta2', { ...plain, default: byDefault(0.999, DEFAULTS) }),
  'teacher.momentum_teacher': key('optimizer.emaDecay', { ...plain, default: byDefault(0.992, DEFAULTS) }),
  'student.arch': [
    key('model.name', {
      read: nameOf,
      default: byDefault((around: Around) => nameOf('vit_large', around), DEFAULTS),
    }),
    ...(['hiddenSize', 'layers', 'heads'] as const).map((size) =>
      key(`model.${size}`, { read: (value) => SIZES[String(value)]?.[size], when: cutsOtherwise }),
    ),
  ],
  'crops.global_crops_size': key('model.imageSize', { ...count, default: byDefault(224, DEFAULTS) }),
  'evaluation.eval_period_iterations': key('schedule.evalSteps', { ...count, default: byDefault(12_500, DEFAULTS) }),
  'compute_precision.grad_scaler': key('precision.lossScaling', { default: byDefault(true, DEFAULTS) }),
  'student.pretrained_weights': key('run.fromScratch', {
    read: (value) => value === '',
    default: byDefault(true, DEFAULTS),
  }),
};

const DERIVATIONS: readonly Derivation[] = [
  derive(
    'optimizer.peakLearningRate',
    ['reference.baseLearningRate', 'batch.global', 'reference.batch'],
    `base learning rate × √(global batch / ${REFERENCE_BATCH}) (${SCALING})`,
    (base, global, reference) => base * Math.sqrt(global / reference),
  ),
];

/** DINOv2's configs, each laid over one file of defaults, with a learning rate that grows as the root of the batch. */
export const dinov2Adapter = defineAdapter({
  id: 'dinov2',
  title: 'DINOv2',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    weigh(input, [
      { key: 'train.batch_size_per_gpu', weight: 40 },
      { key: 'train.OFFICIAL_EPOCH_LENGTH', weight: 50 },
      { key: 'train.dataset_path', weight: 20 },
      { key: 'optim.scaling_rule', weight: 30 },
      { key: 'student.arch', weight: 20 },
      { key: 'student.block_chunks', weight: 30 },
      { key: 'teacher.momentum_teacher', weight: 30 },
      { key: 'crops.local_crops_size', weight: 30 },
      { key: 'ibot', weight: 20 },
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle: settleDino,
  partial: (tree: ConfigTree) => tree.root?.kind !== 'map' || nodeAt(tree, ['train']) === undefined,
  derivations: DERIVATIONS,
});

function settleDino({ builder, around }: Draft): void {
  builder.assume('run.task', 'self-supervised-vision', TRAIN);
  builder.assume('batch.unit', 'images', TRAIN);
  builder.assume('batch.gradientAccumulation', 1, TRAIN);
  builder.assume('optimizer.name', 'adamw', TRAIN);
  builder.assume('optimizer.epsilon', 1e-8, 'torch: torch/optim/adamw.py');
  builder.assume('schedule.kind', 'cosine', TRAIN);
  if (isRescaled(around)) {
    builder.assume('reference.batch', REFERENCE_BATCH, SCALING);
    builder.assume('reference.scalingRule', 'sqrt', SCALING);
  }
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    TRAIN,
  );
  builder.assume('adapter.kind', 'none', TRAIN);
  settleSharding({ builder, around });
}

/** FSDP over fp32 weights, computing in the dtype of the student's backbone. */
function settleSharding({ builder, around }: Pick<Draft, 'builder' | 'around'>): void {
  const fsdp = 'dinov2: dinov2/fsdp/__init__.py';
  const backbone = 'compute_precision.student.backbone';
  const strategy = around.get(`${backbone}.sharding_strategy`) ?? 'SHARD_GRAD_OP';
  const stages: Readonly<Record<string, 0 | 2 | 3>> = { NO_SHARD: 0, SHARD_GRAD_OP: 2, FULL_SHARD: 3 };
  builder.assume('sharding.engine', 'fsdp1', fsdp);
  const stage = stages[String(strategy)];
  if (stage !== undefined) builder.assume('sharding.zeroStage', stage, fsdp);
  const dtypes = { fp16: 'fp16', bf16: 'bf16', fp32: 'fp32' } as const;
  const computes = String(around.get(`${backbone}.mixed_precision.param_dtype`) ?? 'fp16');
  builder.assume('precision.weights', 'fp32', fsdp);
  if (computes === 'fp16' || computes === 'bf16' || computes === 'fp32')
    builder.assume('precision.compute', dtypes[computes], fsdp);
}
