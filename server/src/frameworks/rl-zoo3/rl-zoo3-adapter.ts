import schema from '../../../../schemas/rl-zoo3.schema.json' with { type: 'json' };
import type { FieldName, PlanFields } from '../../plan/index.ts';
import type { ConfigNode, ConfigTree, ConfigValue } from '../../text/index.ts';
import { type Draft, defineAdapter, type Section } from '../kit/define-adapter.ts';
import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, Evidence, JsonSchema, KeyTable, Recognisable } from '../types.ts';
import { type Algorithm, algorithmOf, collectsRollouts } from './algorithms.ts';

const ZOO = 'rl-baselines3-zoo: rl_zoo3/exp_manager.py';

/** Schedules are written as a word before the starting value: `lin_2.5e-4` falls to zero. */
const SCHEDULED = /^lin_(.+)$/;

/** A number, also behind `lin_`. */
const scheduled = {
  read: (value: ConfigValue): number | undefined => castNumber(SCHEDULED.exec(String(value))?.[1] ?? value),
  write: (to: number, around: Around, dotted: string): ConfigValue =>
    SCHEDULED.test(String(around.get(dotted) ?? '')) ? `lin_${to}` : to,
};

/** A row whose default is one of the algorithm's constants. */
function constantOf<F extends FieldName>(
  field: F,
  pick: (algorithm: Algorithm) => PlanFields[F] | undefined,
  row: { read: (value: ConfigValue) => PlanFields[F] | undefined; when?: (around: Around) => boolean },
): AnyKeyRow {
  const value = (around: Around): PlanFields[F] | undefined => {
    const algorithm = algorithmOf(around);
    return algorithm === undefined ? undefined : pick(algorithm);
  };
  // The fields here are all numbers, which YAML takes as they are.
  const write = (to: PlanFields[F]): ConfigValue => to as number;
  return key(field, { ...row, write, default: byDefault(value, 'stable-baselines3 and sb3-contrib: constructors') });
}

const number = { read: positive };

const KEYS: KeyTable = {
  batch_size: [
    constantOf('batch.micro', ({ batch }) => batch, number),
    constantOf('rollout.miniBatch', ({ batch }) => batch, { ...number, when: collectsRollouts }),
  ],
  n_timesteps: key('rollout.transitions', { read: positive, write: (to) => to }),
  n_envs: key('rollout.environments', { read: positive, write: (to) => to, default: byDefault(1, ZOO) }),
  n_steps: constantOf('rollout.steps', ({ steps }) => steps, { ...number, when: collectsRollouts }),
  n_epochs: constantOf('rollout.updateEpochs', ({ epochs }) => epochs, { ...number, when: collectsRollouts }),
  clip_range: key('rollout.clipRange', {
    read: scheduled.read,
    write: (to, around) => scheduled.write(to, around, 'clip_range'),
    default: byDefault(
      (around: Around) => algorithmOf(around)?.clipRange,
      'stable-baselines3: stable_baselines3/ppo/ppo.py',
    ),
  }),
  buffer_size: constantOf('rollout.bufferSize', ({ bufferSize }) => bufferSize, {
    ...number,
    when: (around) => !collectsRollouts(around),
  }),
  learning_rate: [
    key('optimizer.peakLearningRate', {
      read: scheduled.read,
      write: (to, around) => scheduled.write(to, around, 'learning_rate'),
      default: byDefault(
        (around: Around) => algorithmOf(around)?.learningRate,
        'stable-baselines3 and sb3-contrib: constructors',
      ),
    }),
    key('schedule.kind', {
      read: (value) => (SCHEDULED.test(String(value)) ? 'linear' : 'constant'),
      default: byDefault('constant', 'stable-baselines3: stable_baselines3/common/base_class.py'),
    }),
  ],
  max_grad_norm: constantOf('optimizer.maxGradNorm', ({ maxGradNorm }) => maxGradNorm, { read: castNumber }),
};

/** Tuned hyperparameters of RL Baselines3 Zoo: one file an algorithm, one top-level key an environment. */
export const rlZoo3Adapter = defineAdapter({
  id: 'rl-zoo3',
  title: 'RL Baselines3 Zoo',
  loaders: { yaml: 'pyyaml' },
  recognise,
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  sections: (tree) => environments(tree).map((name): Section => ({ name, base: [name] })),
  settle: settleZoo,
});

function recognise({ tree }: Recognisable): Evidence | undefined {
  const found = environments(tree);
  const [first] = found;
  if (tree.format !== 'yaml' || first === undefined || tree.root?.kind !== 'map') return undefined;
  if (found.length * 2 < tree.root.entries.length) return undefined;
  return { score: 95, reasons: [`n_timesteps and policy under ${first}`] };
}

/** Top-level keys with the two hyperparameters the zoo cannot do without. */
function environments(tree: ConfigTree): readonly string[] {
  if (tree.root?.kind !== 'map') return [];
  const inForce = tree.root.entries.filter((entry) => entry.overwritten === undefined);
  return inForce.filter(({ value }) => hasKey(value, 'n_timesteps') && hasKey(value, 'policy')).map(({ key }) => key);
}

function hasKey(node: ConfigNode, name: string): boolean {
  return node.kind === 'map' && node.entries.some((entry) => entry.key === name);
}

function settleZoo(draft: Draft): void {
  const { builder, around } = draft;
  const algorithm = algorithmOf(around);
  builder.assume('run.task', 'reinforcement-learning', ZOO);
  builder.assume('run.fromScratch', true, ZOO);
  builder.assume('batch.unit', 'transitions', ZOO);
  builder.assumeAll({ 'batch.gradientAccumulation': 1, 'parallel.world': 1, 'parallel.nodes': 1 }, ZOO);
  builder.assumeAll(
    { 'parallel.tensor': 1, 'parallel.pipeline': 1, 'parallel.context': 1, 'parallel.ulysses': 1 },
    ZOO,
  );
  builder.assumeAll({ 'sharding.engine': 'none', 'sharding.zeroStage': 0, 'adapter.kind': 'none' }, ZOO);
  const dtype = 'torch: torch/get_default_dtype';
  builder.assumeAll({ 'precision.weights': 'fp32', 'precision.compute': 'fp32', 'precision.autocast': 'off' }, dtype);
  builder.assume('schedule.warmupSteps', 0, ZOO);
  if (algorithm === undefined) return;
  builder.assume('rollout.algorithm', algorithm.name, algorithm.cite);
  if (algorithm.name.startsWith('ppo')) builder.assume('run.objective', 'ppo', algorithm.cite);
  settleOptimizer(draft, algorithm);
  settleRollout(draft);
}

/** `policy_kwargs` is Python that may bring another optimizer along. */
function settleOptimizer({ builder, around }: Draft, algorithm: Algorithm): void {
  if (String(around.get('policy_kwargs') ?? '').includes('optimizer')) return;
  const usesRmsProp = algorithm.optimizer === 'rmsprop' && around.get('use_rms_prop') !== false;
  builder.assume('optimizer.name', usesRmsProp ? 'rmsprop' : 'adam', algorithm.cite);
  builder.assume('optimizer.epsilon', algorithm.epsilon, algorithm.cite);
  builder.assume('optimizer.weightDecay', 0, 'torch: torch/optim/adam.py');
  if (usesRmsProp) return;
  builder.assume('optimizer.beta1', algorithm.name === 'crossq' ? 0.5 : 0.9, algorithm.cite);
  builder.assume('optimizer.beta2', 0.999, 'torch: torch/optim/adam.py');
}

/** A rollout of all environments, and the optimizer steps of all passes over all rollouts. */
function settleRollout({ builder, around }: Draft): void {
  const steps = builder.value('rollout.steps');
  const environments = builder.value('rollout.environments');
  if (steps === undefined || environments === undefined) return;
  const rollout = steps * environments;
  if (!Number.isFinite(rollout)) return;
  const from: readonly FieldName[] = ['rollout.steps', 'rollout.environments'];
  // Without mini batches the whole rollout makes one optimizer step.
  if (algorithmOf(around)?.batch === undefined && !around.has('batch_size'))
    builder.state('batch.micro', { value: rollout, origin: 'inferred', from, how: 'steps × environments' });
  const mini = builder.value('batch.micro');
  const timesteps = positive(around.get('n_timesteps') ?? 0);
  const passes = builder.value('rollout.updateEpochs') ?? 1;
  if (mini === undefined || timesteps === undefined || algorithmOf(around)?.name === 'trpo') return;
  const total = Math.ceil(timesteps / rollout) * passes * Math.ceil(rollout / mini);
  if (!Number.isFinite(total)) return;
  builder.state('schedule.totalSteps', {
    value: total,
    origin: 'inferred',
    from: [...from, 'batch.micro'],
    how: 'rollouts in n_timesteps × passes × mini batches a pass',
  });
}
