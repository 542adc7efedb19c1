import schema from '../../../../schemas/ultralytics.schema.json' with { type: 'json' };
import { type Derivation, derive, type Task } from '../../plan/index.ts';
import { type ConfigTree, type ConfigValue, nodeAt } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

const DEFAULTS = 'ultralytics: ultralytics/cfg/default.yaml';
const TRAINER = 'ultralytics: ultralytics/engine/trainer.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };

/** `auto` chooses optimizer and rate together by the length of the run, whatever `lr0` says. */
const isChosen = (around: Around): boolean => {
  const name = around.get('optimizer');
  return typeof name === 'string' && name.toLowerCase() !== 'auto';
};
const isAdam = (around: Around): boolean => /adam|nadam|radam/i.test(String(around.get('optimizer') ?? ''));

/** GPUs named by `device`: `0`, `[0, 1]`, `0,1,2,3`; one where it is silent. */
function devices(around: Around): number | undefined {
  const value = around.get('device') ?? null;
  if (value === null || value === '' || typeof value === 'number') return 1;
  if (Array.isArray(value)) return Math.max(1, value.length);
  if (typeof value !== 'string') return undefined;
  return /^(cuda:)?\d+(,\d+)*$/.test(value) ? value.split(',').length : /^(cpu|mps|cuda)$/.test(value) ? 1 : undefined;
}

function perDevice(value: ConfigValue, around: Around): number | undefined {
  const [batch, world] = [positive(value), devices(around)];
  // -1 and shares of the memory leave it to a trial.
  if (batch === undefined || world === undefined || !Number.isInteger(batch)) return undefined;
  return positive(Math.floor(batch / world));
}

const KEYS: KeyTable = {
  batch: key('batch.micro', {
    read: perDevice,
    write: (to, around) => {
      const world = devices(around);
      return world === undefined ? undefined : to * world;
    },
    default: byDefault((around: Around) => perDevice(16, around), DEFAULTS),
  }),
  device: key('parallel.world', {
    read: (_, around) => devices(around),
    default: byDefault(1, DEFAULTS),
  }),
  nbs: key('reference.batch', { ...count, default: byDefault(64, DEFAULTS) }),
  epochs: key('schedule.epochs', { ...count, default: byDefault(100, DEFAULTS) }),
  warmup_epochs: key('schedule.warmupRatio', {
    read: (value, around) => shareOf(castNumber(value), around),
    write: (to, around) => to * (positive(around.get('epochs') ?? 100) ?? 100),
    default: byDefault((around: Around) => shareOf(3, around), DEFAULTS),
  }),
  optimizer: key('optimizer.name', {
    read: (value) => {
      const name = String(value).toLowerCase();
      return name === 'auto' ? undefined : name === 'sgd' ? 'sgd_momentum' : name;
    },
  }),
  lr0: key('optimizer.peakLearningRate', { ...plain, default: byDefault(0.01, DEFAULTS), when: isChosen }),
  lrf: key('schedule.minRatio', { ...plain, default: byDefault(0.01, DEFAULTS) }),
  cos_lr: key('schedule.kind', {
    read: (value) => (value === true ? 'cosine' : value === false ? 'linear' : undefined),
    write: (to) => (to === 'cosine' ? true : to === 'linear' ? false : undefined),
    default: byDefault('linear', DEFAULTS),
  }),
  momentum: [
    key('optimizer.momentum', {
      ...plain,
      default: byDefault(0.937, DEFAULTS),
      when: (around) => isChosen(around) && !isAdam(around),
    }),
    key('optimizer.beta1', { ...plain, default: byDefault(0.937, DEFAULTS), when: isAdam }),
  ],
  weight_decay: key('optimizer.weightDecay', { ...plain, default: byDefault(5e-4, DEFAULTS) }),
  imgsz: key('model.imageSize', {
    read: (value) => positive(Array.isArray(value) ? Math.max(...value.map(Number)) : value),
    default: byDefault(640, DEFAULTS),
  }),
  model: key('model.name'),
  pretrained: key('run.fromScratch', {
    read: (value, around) => (value === false && !String(around.get('model')).endsWith('.pt') ? true : undefined),
  }),
  amp: [
    key('precision.autocast', {
      read: (value) => (value === true ? 'fp16' : value === false ? 'off' : undefined),
      write: (to) => (to === 'fp16' ? true : to === 'off' ? false : undefined),
      default: byDefault('fp16', DEFAULTS),
    }),
    key('precision.compute', {
      read: (value) => (value === true ? 'fp16' : value === false ? 'fp32' : undefined),
      default: byDefault('fp16', DEFAULTS),
    }),
  ],
  compile: key('compile.enabled'),
};

function shareOf(warmup: number | undefined, around: Around): number | undefined {
  const epochs = positive(around.get('epochs') ?? 100);
  return warmup === undefined || epochs === undefined ? undefined : warmup / epochs;
}

const DERIVATIONS: readonly Derivation[] = [
  derive(
    'batch.gradientAccumulation',
    ['reference.batch', 'batch.micro', 'parallel.world'],
    `nominal batch / batch, rounded, at least 1 (${TRAINER})`,
    (nominal, micro, world) => Math.max(1, Math.round(nominal / (micro * world))),
  ),
];

/** Ultralytics YOLO: a run's `args.yaml` and overrides of its defaults. `batch` counts all GPUs together. */
export const ultralyticsAdapter = defineAdapter({
  id: 'ultralytics',
  title: 'Ultralytics YOLO',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      ...['lrf', 'close_mosaic', 'warmup_bias_lr', 'nbs', 'imgsz', 'cos_lr'].map((key) => ({ key, weight: 25 })),
      ...['lr0', 'mosaic', 'hsv_h', 'copy_paste', 'warmup_momentum', 'overlap_mask'].map((key) => ({
        key,
        weight: 20,
      })),
      { key: 'task', value: (value) => /^(detect|segment|classify|pose|obb)$/.test(String(value)), weight: 25 },
      { key: 'mode', value: (value) => value === 'train', weight: 10 },
      { key: 'model', value: (value) => /^(.*\/)?(yolo|rtdetr)[\w.-]*\.(pt|ya?ml)$/i.test(String(value)), weight: 30 },
      { key: 'epochs', weight: 5 },
      { key: 'batch', weight: 5 },
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle: settleYolo,
  // A file of hyperparameters alone goes with flags of a command.
  partial: (tree: ConfigTree) =>
    ['model', 'epochs', 'batch', 'task'].every((name) => nodeAt(tree, [name]) === undefined),
  derivations: DERIVATIONS,
});

function settleYolo({ builder, around, partial }: Draft): void {
  const task: Task = around.get('task') === 'classify' ? 'image-classification' : 'detection';
  if (!partial) builder.assume('run.task', task, DEFAULTS);
  builder.assume('batch.unit', 'images', TRAINER);
  if (partial) return;
  builder.assumeAll({ 'parallel.nodes': 1, 'parallel.tensor': 1, 'parallel.pipeline': 1 }, TRAINER);
  builder.assumeAll({ 'parallel.context': 1, 'parallel.ulysses': 1, 'adapter.kind': 'none' }, TRAINER);
  builder.assumeAll(
    { 'precision.weights': 'fp32', 'optimizer.maxGradNorm': 10, 'optimizer.emaDecay': 0.9999 },
    TRAINER,
  );
  builder.assume('sharding.zeroStage', 0, TRAINER);
  builder.assume('sharding.engine', (builder.value('parallel.world') ?? 1) > 1 ? 'ddp' : 'none', TRAINER);
}
