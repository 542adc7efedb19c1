import type { ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';

const ENVIRONMENT = 'HalfCheetah-v4';
const OFF_POLICY = /^(dqn|sac)/;

const at = (name: string): string => `${ENVIRONMENT}.${name}`;

function collects({ recipe }: WrittenRun): boolean {
  return !OFF_POLICY.test(recipe.id);
}

/** A file of RL Baselines3 Zoo; the algorithm is the file's name. */
export const RL_ZOO3: ConfigWriter = {
  framework: 'rl-zoo3',
  file: 'ppo.yml',
  methods: ['control-rl'],
  frame: (run) => ({
    [at('n_timesteps')]: 1_000_000,
    [at('policy')]: 'MlpPolicy',
    ...(collects(run) && run.values['rollout.steps'] === undefined ? { [at('n_steps')]: 2048, [at('n_envs')]: 1 } : {}),
  }),
  says: {
    // stable-baselines3 chooses the optimizer, Adam.
    'optimizer.name': (name) => (name.startsWith('adam') ? {} : undefined),
    'optimizer.peakLearningRate': (rate, { values }) => ({
      [at('learning_rate')]: values['schedule.kind'] === 'linear' ? `lin_${rate}` : rate,
    }),
    'schedule.kind': (kind) => (kind === 'linear' || kind === 'constant' ? {} : undefined),
    'batch.global': (batch, { values }) =>
      values['rollout.miniBatch'] === undefined ? { [at('batch_size')]: batch } : {},
    'rollout.steps': at('n_steps'),
    'rollout.environments': at('n_envs'),
    'rollout.miniBatch': at('batch_size'),
  },
  follows: ['batch.micro', 'batch.gradientAccumulation'],
};
