import schema from '../../../../schemas/detectron2.schema.json' with { type: 'json' };
import { type Derivation, derive } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { parentsByKey } from '../kit/parents-by-key.ts';
import type { JsonSchema } from '../types.ts';
import { DETECTRON2_KEYS } from './detectron2-keys.ts';

const DEFAULTS = 'detectron2: detectron2/config/defaults.py';
const TRAINER = 'detectron2: detectron2/engine/defaults.py';

const ARCHITECTURE = 'MODEL.META_ARCHITECTURE';

/** A config written for one number of workers is rescaled whole when it runs on another. */
const DERIVATIONS: readonly Derivation[] = [
  derive(
    'batch.global',
    ['reference.batch', 'parallel.world', 'reference.world'],
    `IMS_PER_BATCH × world size / REFERENCE_WORLD_SIZE (${TRAINER})`,
    (batch, world, reference) => Math.round((batch * world) / reference),
  ),
  derive(
    'optimizer.peakLearningRate',
    ['reference.baseLearningRate', 'parallel.world', 'reference.world'],
    `BASE_LR × world size / REFERENCE_WORLD_SIZE (${TRAINER})`,
    (rate, world, reference) => (rate * world) / reference,
  ),
];

/** Detectron2's yacs configs, which inherit by `_BASE_` and state the batch of all GPUs together. */
export const detectron2Adapter = defineAdapter({
  id: 'detectron2',
  title: 'Detectron2',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      { key: 'SOLVER.IMS_PER_BATCH', weight: 50 },
      { key: 'SOLVER.MAX_ITER', weight: 40 },
      { key: 'SOLVER.BASE_LR', weight: 30 },
      { key: 'SOLVER.STEPS', weight: 20 },
      { key: '_BASE_', weight: 40 },
      { key: 'MODEL.META_ARCHITECTURE', weight: 40 },
      { key: 'MODEL.WEIGHTS', weight: 10 },
      { key: 'MODEL.RESNETS', weight: 20 },
      { key: 'config', weight: -100 },
    ]),
  keys: DETECTRON2_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // yacs refuses keys that nobody registered, but projects register their own.
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  inherits: parentsByKey('_BASE_'),
  settle: settleDetectron,
  derivations: DERIVATIONS,
});

function settleDetectron({ builder, around, partial, locate }: Draft): void {
  const architecture = around.get(ARCHITECTURE);
  const at = locate(ARCHITECTURE);
  // Weights tell the backbone too; without them the detector's class is all that names the model.
  if (typeof architecture === 'string' && at !== undefined && !builder.has('model.name'))
    builder.state('model.name', { value: architecture, origin: 'explicit', at, key: ARCHITECTURE });
  builder.assume('run.task', 'detection', TRAINER);
  builder.assume('batch.unit', 'images', DEFAULTS);
  builder.assume('batch.gradientAccumulation', 1, TRAINER);
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    TRAINER,
  );
  builder.assumeAll({ 'sharding.engine': 'ddp', 'sharding.zeroStage': 0, 'adapter.kind': 'none' }, TRAINER);
  builder.assume('precision.weights', 'fp32', TRAINER);
  if (builder.has('reference.world')) builder.assume('reference.scalingRule', 'linear', TRAINER);
  if (!partial && !around.has('SOLVER.OPTIMIZER')) {
    const momentum = builder.value('optimizer.momentum') ?? 0;
    builder.assume('optimizer.name', momentum > 0 ? 'sgd_momentum' : 'sgd', 'detectron2: detectron2/solver/build.py');
  }
}
