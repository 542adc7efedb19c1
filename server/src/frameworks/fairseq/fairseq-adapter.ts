import schema from '../../../../schemas/fairseq.schema.json' with { type: 'json' };
import type { Task } from '../../plan/index.ts';
import { type ConfigTree, nodeAt } from '../../text/index.ts';
import { type Draft, defineAdapter, type Section } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { castNumber, positive } from '../kit/key.ts';
import { parentsByKey } from '../kit/parents-by-key.ts';
import { explicit } from '../kit/read-keys.ts';
import type { Around, JsonSchema } from '../types.ts';
import { FAIRSEQ_KEYS } from './fairseq-keys.ts';

const CONFIGS = 'fairseq: fairseq/dataclass/configs.py';
const FP16 = 'fairseq: fairseq/optim/fp16_optimizer.py';

/** fairseq's Hydra configs, and MMPT's project files, which keep the same settings under `fairseq`. */
export const fairseqAdapter = defineAdapter({
  id: 'fairseq',
  title: 'fairseq',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    weigh(input, [
      { key: 'fairseq.optimization', weight: 90 },
      { key: 'fairseq.dataset', weight: 60 },
      { key: 'dataset.meta_processor', weight: 40 },
      { key: 'task_group', weight: 20 },
      { key: 'project_dir', weight: 20 },
      { key: 'includes', weight: 20 },
      { key: 'optimization.max_update', weight: 40 },
      { key: 'optimization.update_freq', weight: 40 },
      { key: 'distributed_training.ddp_backend', weight: 30 },
      { key: 'distributed_training.distributed_world_size', weight: 40 },
      { key: 'dataset.max_tokens', weight: 20 },
      { key: 'dataset.required_batch_size_multiple', weight: 20 },
      { key: 'criterion._name', weight: 40 },
      { key: 'task._name', weight: 30 },
      { key: 'common_eval', weight: 20 },
      { key: 'lr_scheduler._name', weight: 20 },
      { key: 'common.log_format', weight: 10 },
      { key: 'defaults', value: choosesParts, weight: 60 },
    ]),
  keys: FAIRSEQ_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  inherits: parentsByKey('includes'),
  sections,
  // A file without a training part is for decoding, or laid over another one.
  partial: (tree) => sections(tree).some(({ base }) => nodeAt(tree, [...base, 'optimization']) === undefined),
  settle: settleFairseq,
});

/** Kinds of parts that fairseq's own root config, and metaseq's, leave to the command line. */
const PARTS = ['task', 'criterion', 'lr_scheduler', 'bpe'];

function choosesParts(defaults: unknown): boolean {
  if (!Array.isArray(defaults)) return false;
  const chosen = new Set(
    defaults.flatMap((item) => (typeof item === 'object' && item !== null ? Object.keys(item) : [])),
  );
  return PARTS.every((part) => chosen.has(part));
}

/** MMPT keeps a part for each step of a project. */
function sections(tree: ConfigTree): readonly Section[] {
  const groups = nodeAt(tree, ['task_group']);
  const inGroups = (groups?.kind === 'map' ? groups.entries : [])
    .map(({ key }): Section => ({ name: key, base: ['task_group', key, 'fairseq'] }))
    .filter(({ base }) => nodeAt(tree, base) !== undefined);
  if (inGroups.length > 0) return inGroups;
  const isNested = nodeAt(tree, ['fairseq', 'optimization']) !== undefined;
  return [{ name: 'main', base: isNested ? ['fairseq'] : [] }];
}

function settleFairseq(draft: Draft): void {
  const { builder, around, partial } = draft;
  const task = taskOf(around);
  if (task !== undefined) builder.infer('run.task', task, 'task._name');
  const isAudio = task === 'speech';
  const byTokens = !builder.has('batch.micro') && builder.has('batch.microTokens');
  builder.assume('batch.unit', isAudio ? 'samples' : byTokens ? 'tokens' : 'sequences', CONFIGS);
  // Lengths of audio are counted in samples of the wave.
  if (isAudio) builder.drop('data.sequenceLength');
  if (around.has('model.w2v_path') || around.has('model.model_path') || around.has('checkpoint.restore_file'))
    builder.infer('run.fromScratch', false, 'it starts from a checkpoint');
  settleGroups(draft);
  settleProject(draft);
  if (partial) return;
  builder.assumeAll({ 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 }, CONFIGS);
  builder.assume('adapter.kind', 'none', CONFIGS);
  settleSharding(draft);
  settleDtypes(draft);
}

/** A composite optimizer may have groups of other names than `default`: what all of them say alike is the run's. */
function settleGroups({ builder, around, tree, section }: Draft): void {
  const groups = nodeAt(tree, [...section.base, 'optimizer', 'groups']);
  if (groups?.kind !== 'map' || around.has('optimizer.groups.default')) return;
  const names = groups.entries.map(({ key }) => key);
  const alike = (path: string) => {
    const values = names.map((name) => around.get(`optimizer.groups.${name}.${path}`));
    const node = around.node(`optimizer.groups.${names[0]}.${path}`);
    return node !== undefined && values.every((value) => value === values[0]) ? { value: values[0], node } : undefined;
  };
  const optimizer = alike('optimizer._name');
  if (typeof optimizer?.value === 'string')
    builder.state('optimizer.name', explicit(tree, optimizer.node, optimizer.value));
  const rate = alike('lr_float');
  const peak = castNumber(rate?.value ?? null);
  if (rate !== undefined && peak !== undefined)
    builder.state('optimizer.peakLearningRate', explicit(tree, rate.node, peak));
  const schedule = alike('lr_scheduler._name');
  if (typeof schedule?.value === 'string')
    builder.state('schedule.kind', explicit(tree, schedule.node, schedule.value));
  const warmup = alike('lr_scheduler.warmup_updates');
  const steps = castNumber(warmup?.value ?? null);
  if (warmup !== undefined && steps !== undefined)
    builder.state('schedule.warmupSteps', explicit(tree, warmup.node, steps));
}

/**
 * MMPT keeps model and data beside its part for fairseq. Text and video share one sequence
 * (fairseq: examples/MMPT/mmpt/processors/processor.py, Aligner).
 */
function settleProject({ builder, tree, section }: Draft): void {
  if (section.base.at(-1) !== 'fairseq') return;
  const above = section.base.slice(0, -1);
  const model = nodeAt(tree, [...above, 'model', 'model_cls']);
  if (model?.kind === 'scalar' && typeof model.value === 'string')
    builder.state('model.name', explicit(tree, model, model.value));
  const length = nodeAt(tree, [...above, 'dataset', 'max_len']);
  const tokens = length?.kind === 'scalar' ? positive(length.value) : undefined;
  if (length !== undefined && tokens !== undefined)
    builder.state('data.sequenceLength', explicit(tree, length, tokens));
}

function settleSharding(draft: Draft): void {
  const { builder, around } = draft;
  if (around.get('distributed_training.ddp_backend') === 'fully_sharded') {
    builder.infer('sharding.engine', 'fsdp1', 'distributed_training.ddp_backend');
    builder.infer('sharding.zeroStage', 3, 'distributed_training.ddp_backend');
    builder.assume('sharding.defersReduction', false, 'fairseq: fairseq/trainer.py');
    return;
  }
  builder.assume('sharding.engine', 'ddp', CONFIGS);
  builder.assume('sharding.zeroStage', around.get('distributed_training.zero_sharding') === 'os' ? 1 : 0, CONFIGS);
}

/** Half precision keeps model and gradients in 16 bits beside an fp32 copy, unless that is saved too. */
function settleDtypes({ builder, around }: Draft): void {
  const dtype = builder.value('precision.bf16Flag') ? 'bf16' : builder.value('precision.fp16Flag') ? 'fp16' : 'fp32';
  const savesMemory =
    around.get('common.memory_efficient_fp16') === true || around.get('common.memory_efficient_bf16') === true;
  builder.assumeAll(
    {
      'precision.weights': dtype,
      'precision.compute': dtype,
      'precision.gradients': dtype,
      'precision.autocast': 'off',
      'precision.master': dtype === 'fp32' || savesMemory ? 'none' : 'fp32',
      'precision.lossScaling': dtype === 'fp16',
    },
    FP16,
  );
}

const TASKS: readonly (readonly [RegExp, Task])[] = [
  [/audio|hubert|speech/, 'speech'],
  [/^masked_lm/, 'masked-lm'],
  [/^sentence_(prediction|ranking)/, 'classification'],
  [/^(multilingual_)?(translation|denoising)/, 'seq2seq'],
  [/language_modeling/, 'causal-lm'],
  [/image_classification/, 'image-classification'],
  [/image_pretraining/, 'self-supervised-vision'],
];

function taskOf(around: Around): Task | undefined {
  const name = around.get('task._name') ?? around.get('task');
  return typeof name === 'string' ? TASKS.find(([pattern]) => pattern.test(name))?.[1] : undefined;
}
