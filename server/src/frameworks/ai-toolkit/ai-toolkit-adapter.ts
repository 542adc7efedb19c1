import schema from '../../../../schemas/ai-toolkit.schema.json' with { type: 'json' };
import type { TensorDtype } from '../../plan/index.ts';
import { type ConfigTree, type ConfigValue, nodeAt } from '../../text/index.ts';
import { type Draft, defineAdapter, type Section } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

const MODULES = 'ai-toolkit: toolkit/config_modules.py';
const OPTIMIZER = 'ai-toolkit: toolkit/optimizer.py';
const CLIPPING = 'ai-toolkit: extensions_built_in/sd_trainer/SDTrainer.py';
const NETWORK = 'ai-toolkit: toolkit/config_modules.py (NetworkConfig)';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };
const trainsNetwork = (around: Around): boolean => around.has('network');

/** A LoKr of full rank, which it is unless told otherwise, takes no rank or alpha. */
const isFullRank = (around: Around): boolean =>
  /^lokr$/i.test(String(around.get('network.type') ?? '')) && around.get('network.lokr_full_rank') !== false;
const hasRank = (around: Around): boolean => trainsNetwork(around) && !isFullRank(around);

/** Processes of the one trainer that clips gradients, and for every optimizer but Adafactor. */
const CLIPPING_PROCESSES = new Set<unknown>([
  'sd_trainer',
  'ui_trainer',
  'diffusion_trainer',
  'textual_inversion_trainer',
  'concept_slider',
]);
const clips = (around: Around): boolean =>
  CLIPPING_PROCESSES.has(around.get('type')) && around.get('train.optimizer') !== 'adafactor';

/** Pairs of pictures side by side, which the sliders that learn from pictures take one a batch item. */
const learnsPairs = (around: Around): boolean =>
  /^(image_reference|ultimate)_slider_trainer$/.test(String(around.get('type') ?? ''));

const BESIDE_THE_MODEL = ['network', 'embedding', 'adapter', 'decorator'];
const trainsModel = (around: Around): boolean => !BESIDE_THE_MODEL.some((name) => around.has(name));

function patternsOf(value: ConfigValue): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every((part): part is string => typeof part === 'string')
    ? value.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    : undefined;
}

const averages = (around: Around): boolean => around.get('train.ema_config.use_ema') === true;

const DTYPES: Readonly<Record<string, TensorDtype>> = {
  bf16: 'bf16',
  bfloat16: 'bf16',
  fp16: 'fp16',
  float16: 'fp16',
  fp32: 'fp32',
  float32: 'fp32',
  float: 'fp32',
};

/** One size, or several of which the largest decides. */
function largestSize(value: ConfigValue): number | undefined {
  const sizes = (Array.isArray(value) ? value.flat() : [value]).map((size) => positive(size));
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

const KEYS: KeyTable = {
  'train.batch_size': key('batch.micro', { ...count, default: byDefault(1, MODULES) }),
  'train.gradient_accumulation': key('batch.gradientAccumulation', { ...count, default: byDefault(1, MODULES) }),
  'train.gradient_accumulation_steps': key('batch.gradientAccumulation', count),
  'train.lr': key('optimizer.peakLearningRate', { ...plain, default: byDefault(1e-6, MODULES) }),
  'train.optimizer': key('optimizer.name', { default: byDefault('adamw', MODULES) }),
  'train.optimizer_params.weight_decay': key('optimizer.weightDecay', plain),
  'train.optimizer_params.betas': [
    key('optimizer.beta1', { read: (value) => (Array.isArray(value) ? castNumber(value[0] ?? null) : undefined) }),
    key('optimizer.beta2', { read: (value) => (Array.isArray(value) ? castNumber(value[1] ?? null) : undefined) }),
  ],
  'train.max_grad_norm': key('optimizer.maxGradNorm', { ...plain, default: byDefault(1, MODULES), when: clips }),
  'train.lr_scheduler': key('schedule.kind', { default: byDefault('constant', MODULES) }),
  'train.steps': key('schedule.totalSteps', { ...count, default: byDefault(1000, MODULES) }),
  'train.dtype': [
    key('precision.compute', { read: (value) => DTYPES[String(value)], default: byDefault('fp32', MODULES) }),
  ],
  'train.gradient_checkpointing': key('activations.checkpointing', {
    read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
    default: byDefault('full', MODULES),
  }),
  'train.ema_config.ema_decay': key('optimizer.emaDecay', {
    ...plain,
    default: byDefault((around: Around) => (averages(around) ? 0.999 : undefined), MODULES),
    when: averages,
  }),
  'train.xformers': key('model.attention', { read: (value) => (value === true ? 'xformers' : undefined) }),
  'model.name_or_path': key('model.name'),
  'model.quantize': key('adapter.quantization', {
    read: (value) => (value === true ? 'fp8' : value === false ? 'none' : undefined),
    default: byDefault('none', MODULES),
    when: (around) => !around.has('model.qtype'),
  }),
  // Parts of parameters' names; a full fine-tune trains those that hold one of them.
  'model.only_if_contains': key('adapter.trainedParameters', { read: patternsOf, when: trainsModel }),
  'network.type': key('adapter.kind', {
    read: (value) => (/^(lora|lierla|locon)$/i.test(String(value)) ? 'lora' : value === 'dora' ? 'dora' : 'other'),
  }),
  'network.rank': key('adapter.rank', { ...count, when: hasRank }),
  'network.linear': key('adapter.rank', { ...count, default: byDefault(4, NETWORK), when: hasRank }),
  'network.linear_alpha': key('adapter.alpha', { ...plain, when: hasRank }),
  'network.alpha': key('adapter.alpha', { ...plain, default: byDefault(1, NETWORK), when: hasRank }),
  'network.dropout': key('adapter.dropout', { ...plain, when: trainsNetwork }),
  'datasets.0.resolution': key('model.imageSize', { read: largestSize }),
  'slider.datasets.0.size': key('model.imageSize', { read: largestSize, when: learnsPairs }),
  'save.save_every': key('schedule.saveSteps', { ...count, default: byDefault(1000, MODULES) }),
};

/** Ostris' AI Toolkit: a job with a list of processes, each a training of its own. */
export const aiToolkitAdapter = defineAdapter({
  id: 'ai-toolkit',
  title: 'AI Toolkit',
  // Its reader takes `1e-4` for a number, as the casts here do.
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'job', value: (value) => /^(extension|train|generate|extract|mod)$/.test(String(value)), weight: 25 },
      { key: 'config.process.0.type', weight: 40 },
      { key: 'config.process.0.train', weight: 30 },
      { key: 'config.process', weight: 20 },
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  sections,
  settle: settleToolkit,
});

function sections(tree: ConfigTree): readonly Section[] {
  const list = nodeAt(tree, ['config', 'process']);
  const all = (list?.kind === 'seq' ? list.items : []).map((_, index): Section => {
    const base = ['config', 'process', index];
    return { name: index === 0 ? 'main' : `process ${index + 1}`, base };
  });
  return all.filter(({ base }) => nodeAt(tree, [...base, 'train']) !== undefined);
}

function settleToolkit({ builder, around }: Draft): void {
  builder.assume('run.task', 'diffusion', MODULES);
  builder.assume('batch.unit', learnsPairs(around) ? 'pairs' : 'images', MODULES);
  builder.assume('run.fromScratch', false, MODULES);
  builder.assume('adapter.kind', trainedBeside(around), 'ai-toolkit: jobs/process/BaseSDTrainProcess.py');
  if (!clips(around)) builder.assume('optimizer.maxGradNorm', 0, CLIPPING);
  settleOptimizer(builder);
  // The model is cast to the dtype it trains in; an adapter's own weights stay in fp32.
  const dtype = builder.value('precision.compute');
  if (dtype !== undefined) builder.assume('precision.weights', dtype, 'ai-toolkit: jobs/process/BaseSDTrainProcess.py');
  if (around.has('network')) builder.assume('adapter.dtype', 'fp32', 'ai-toolkit: toolkit/network_mixins.py');
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    MODULES,
  );
  if (/^cuda(:\d+)?$/.test(String(around.get('device') ?? ''))) {
    const single = {
      'parallel.world': 1,
      'parallel.nodes': 1,
      'sharding.engine': 'none',
      'sharding.zeroStage': 0,
    } as const;
    builder.assumeAll(single, 'ai-toolkit: run.py (one process on the device named)');
  }
}

/** A network, new tokens or an adapter train beside the frozen model; without any the model does, or named parts of it. */
function trainedBeside(around: Around): 'lora' | 'other' | 'none' {
  if (around.has('network')) return 'lora';
  return trainsModel(around) && !around.has('model.only_if_contains') ? 'none' : 'other';
}

/** What its optimizers are made with where the file says nothing: Adam's epsilon is its own, the rest torch's. */
function settleOptimizer(builder: Draft['builder']): void {
  const name = builder.value('optimizer.name')?.toLowerCase();
  if (name !== undefined && /^adamw?(8(bit)?)?$/.test(name))
    builder.assumeAll({ 'optimizer.beta1': 0.9, 'optimizer.beta2': 0.999, 'optimizer.epsilon': 1e-6 }, OPTIMIZER);
  if (name === 'adamw' || name === 'adamw8bit')
    builder.assume(
      'optimizer.weightDecay',
      0.01,
      'torch: torch/optim/adamw.py, bitsandbytes: bitsandbytes/optim/adamw.py',
    );
  if (name === 'adafactor') builder.assume('optimizer.weightDecay', 0, 'ai-toolkit: toolkit/optimizers/adafactor.py');
}
