import schema from '../../../../schemas/vissl.schema.json' with { type: 'json' };
import { type Derivation, derive, type Task } from '../../plan/index.ts';
import { type ConfigTree, nodeAt } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import type { Around, JsonSchema } from '../types.ts';
import { VISSL_KEYS } from './vissl-keys.ts';

const TRAINER = 'vissl: vissl/trainer/trainer_main.py';
const SCALING = 'vissl: vissl/utils/hydra_config.py';

const TRUNK = 'config.MODEL.TRUNK.NAME';

const DERIVATIONS: readonly Derivation[] = [
  derive(
    'optimizer.peakLearningRate',
    ['reference.baseLearningRate', 'batch.global', 'reference.batch', 'reference.scalingRule'],
    `base learning rate, scaled from the base batch (${SCALING})`,
    (base, global, reference, rule) => {
      const factor = global / reference;
      return rule === 'none' ? base : base * (rule === 'sqrt' ? Math.sqrt(factor) : factor);
    },
  ),
];

/** VISSL's upper-case configs under `config`, merged over its defaults and under further files on the command line. */
export const visslAdapter = defineAdapter({
  id: 'vissl',
  title: 'VISSL',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    weigh(input, [
      { key: 'config.DATA.TRAIN', weight: 40 },
      { key: 'config.DATA.TEST', weight: 40 },
      { key: 'config.DATA.NUM_DATALOADER_WORKERS', weight: 20 },
      { key: 'config.MODEL.TRUNK', weight: 60 },
      { key: 'config.MODEL.FEATURE_EVAL_SETTINGS', weight: 40 },
      { key: 'config.MODEL.SYNC_BN_CONFIG', weight: 40 },
      { key: 'config.OPTIMIZER', weight: 40 },
      { key: 'config.OPTIMIZER.param_schedulers', weight: 40 },
      { key: 'config.DISTRIBUTED.NUM_PROC_PER_NODE', weight: 40 },
      { key: 'config.LOSS', weight: 20 },
    ]),
  keys: VISSL_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  partial: isOverlay,
  settle: settleVissl,
  derivations: DERIVATIONS,
});

/** A run's own config states data, optimizer and processes; what lacks one of them is laid over another file. */
function isOverlay(tree: ConfigTree): boolean {
  return ['DATA', 'OPTIMIZER', 'DISTRIBUTED'].some((part) => nodeAt(tree, ['config', part]) === undefined);
}

function settleVissl({ builder, around, partial, locate }: Draft): void {
  const trunk = around.get(TRUNK);
  const at = locate(TRUNK);
  // A trunk that is built from numbers has no name but its kind's.
  if (typeof trunk === 'string' && at !== undefined && !builder.has('model.name'))
    builder.state('model.name', { value: trunk, origin: 'explicit', at, key: TRUNK });
  const task = taskOf(around);
  if (task !== undefined) builder.assume('run.task', task, 'vissl: vissl/losses');
  builder.assume('batch.unit', 'images', TRAINER);
  builder.assume('batch.gradientAccumulation', 1, TRAINER);
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    TRAINER,
  );
  builder.assume('sharding.engine', isFullySharded(around) ? 'fsdp1' : 'ddp', TRAINER);
  builder.assume('precision.weights', 'fp32', TRAINER);
  settleTraining({ builder, around, partial });
}

/** A task of its own trains with fairscale's FSDP; the automatic set-up only chooses that task (vissl: vissl/trainer/train_fsdp_task.py). */
function isFullySharded(around: Around): boolean {
  return (
    around.get('config.MODEL.FSDP_CONFIG.AUTO_SETUP_FSDP') === true ||
    around.get('config.TRAINER.TASK_NAME') === 'self_supervision_fsdp_task'
  );
}

/** A linear probe trains the head alone; a run without weights to start from trains from scratch. */
function settleTraining({ builder, around, partial }: Pick<Draft, 'builder' | 'around' | 'partial'>): void {
  const frozen = around.get('config.MODEL.FEATURE_EVAL_SETTINGS.FREEZE_TRUNK_ONLY') === true;
  if (frozen || !partial)
    builder.assume('adapter.kind', frozen ? 'other' : 'none', 'vissl: vissl/models/base_ssl_model.py');
  const weights = around.get('config.MODEL.WEIGHTS_INIT.PARAMS_FILE');
  if (weights !== undefined && weights !== null && weights !== '')
    builder.assume('run.fromScratch', false, 'vissl: vissl/models/base_ssl_model.py');
}

function taskOf(around: Around): Task | undefined {
  const loss = around.get('config.LOSS.name');
  if (typeof loss !== 'string') return undefined;
  return loss.startsWith('cross_entropy') || loss === 'bce_logits_multiple_output_single_target'
    ? 'image-classification'
    : 'self-supervised-vision';
}
