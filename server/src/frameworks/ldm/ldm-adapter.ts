import schema from '../../../../schemas/ldm.schema.json' with { type: 'json' };
import { type Derivation, derive } from '../../plan/index.ts';
import { nodeAt } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

const MAIN = 'latent-diffusion: main.py';
const DIFFUSION = 'latent-diffusion: ldm/models/diffusion/ddpm.py';
const AUTOENCODER = 'latent-diffusion: ldm/models/autoencoder.py';

/** How main.py is started where the rate stands for the whole batch, as comments beside it tell. */
const UNSCALED = /--scale_lr[ =]+(false|no?|f|0)\b/i;

const count = { read: positive, write: (to: number) => to };
const target = (around: Around): string => String(around.get('model.target') ?? '');

/** Lightning takes a number of GPUs or their list, `0,` and `0,1` too. */
function gpusOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'number') return value > 0 ? value : undefined;
  if (typeof value !== 'string' || !/^\d+(,\d*)*$/.test(value)) return undefined;
  return value.split(',').filter((part) => part !== '').length;
}

const KEYS: KeyTable = {
  'data.params.batch_size': key('batch.micro', count),
  'lightning.trainer.accumulate_grad_batches': key('batch.gradientAccumulation', {
    ...count,
    default: byDefault(1, MAIN),
  }),
  'lightning.trainer.gpus': key('parallel.world', { read: gpusOf }),
  'lightning.trainer.max_steps': key('schedule.totalSteps', count),
  'lightning.trainer.max_epochs': key('schedule.epochs', count),
  'lightning.trainer.gradient_clip_val': key('optimizer.maxGradNorm', { read: castNumber, write: (to) => to }),
  'model.base_learning_rate': key('reference.baseLearningRate', { read: castNumber, write: (to) => to }),
  'model.params.scheduler_config.params.warm_up_steps': key('schedule.warmupSteps', {
    read: (value) => castNumber(Array.isArray(value) ? (value[0] ?? null) : value),
  }),
  'model.params.use_ema': key('optimizer.emaDecay', {
    // The average's decay is fixed in the code.
    read: (value) => (value === true ? 0.9999 : undefined),
    default: byDefault((around: Around) => (/diffusion/i.test(target(around)) ? 0.9999 : undefined), DIFFUSION),
  }),
  'model.params.unet_config.params.use_checkpoint': key('activations.checkpointing', {
    read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
  }),
  'model.target': key('model.name'),
  'model.params.ddconfig.resolution': key('model.imageSize'),
  'model.params.first_stage_config.params.ddconfig.resolution': key('model.imageSize'),
  'model.params.ckpt_path': key('run.fromScratch', { read: (value) => (value === null ? undefined : false) }),
};

const DERIVATIONS: readonly Derivation[] = [
  derive(
    'optimizer.peakLearningRate',
    ['reference.baseLearningRate', 'batch.global'],
    `base learning rate × gradient accumulation × GPUs × batch, unless --scale_lr is off (${MAIN})`,
    (base, global) => base * global,
  ),
];

/** CompVis latent diffusion and its autoencoders: the stated rate is for one image and is multiplied at run time. */
export const ldmAdapter = defineAdapter({
  id: 'ldm',
  title: 'latent-diffusion',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    weigh(input, [
      { key: 'model.base_learning_rate', weight: 60 },
      { key: 'model.target', value: (value) => /^(ldm|taming|sgm)\./.test(String(value)), weight: 50 },
      { key: 'data.target', value: (value) => String(value).startsWith('main.'), weight: 20 },
      { key: 'lightning', weight: 10 },
      { key: 'model.params', weight: 5 },
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle: settleLdm,
  // A file without data is for sampling.
  partial: (tree) => nodeAt(tree, ['data']) === undefined,
  derivations: DERIVATIONS,
});

function settleLdm(draft: Draft): void {
  const { builder, around, partial } = draft;
  const isDiffusion = /diffusion/i.test(target(around));
  builder.assume('run.task', isDiffusion ? 'diffusion' : 'gan', isDiffusion ? DIFFUSION : AUTOENCODER);
  builder.assume('batch.unit', 'images', MAIN);
  if (partial) return;
  builder.assume('reference.batch', 1, MAIN);
  settleScaling(draft);
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    MAIN,
  );
  builder.assume('optimizer.name', isDiffusion ? 'adamw' : 'adam', isDiffusion ? DIFFUSION : AUTOENCODER);
  builder.assume('optimizer.beta1', isDiffusion ? 0.9 : 0.5, isDiffusion ? 'torch: torch/optim/adamw.py' : AUTOENCODER);
  builder.assume(
    'optimizer.beta2',
    isDiffusion ? 0.999 : 0.9,
    isDiffusion ? 'torch: torch/optim/adamw.py' : AUTOENCODER,
  );
  builder.assume(
    'optimizer.weightDecay',
    isDiffusion ? 0.01 : 0,
    isDiffusion ? 'torch: torch/optim/adamw.py' : AUTOENCODER,
  );
  builder.assume('optimizer.epsilon', 1e-8, 'torch: torch/optim/adam.py');
  if (!around.has('model.params.scheduler_config'))
    builder.assume('schedule.kind', 'constant', isDiffusion ? DIFFUSION : AUTOENCODER);
  builder.assumeAll({ 'precision.weights': 'fp32', 'precision.compute': 'fp32', 'precision.autocast': 'off' }, MAIN);
  builder.assumeAll({ 'adapter.kind': 'none', 'sharding.engine': 'ddp', 'sharding.zeroStage': 0 }, MAIN);
}

/** The rate is multiplied by the images of a step unless the launch says otherwise. */
function settleScaling({ builder, context }: Draft): void {
  const base = builder.value('reference.baseLearningRate');
  const isKept = context.tree.comments.some(({ text }) => UNSCALED.test(text));
  if (!isKept || base === undefined) {
    builder.assume('reference.scalingRule', 'linear', MAIN);
    return;
  }
  builder.infer('reference.scalingRule', 'none', 'a comment says that it is started with --scale_lr False');
  builder.infer('optimizer.peakLearningRate', base, `the base rate, which --scale_lr False leaves alone (${MAIN})`);
}
