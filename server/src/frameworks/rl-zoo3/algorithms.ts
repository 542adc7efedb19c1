import type { Around } from '../types.ts';

/** What an algorithm's class takes where the hyperparameters are silent. */
export interface Algorithm {
  readonly name: string;
  readonly cite: string;
  readonly optimizer: 'adam' | 'rmsprop';
  readonly learningRate: number;
  readonly epsilon: number;
  /** Samples of one optimizer step; absent where one step takes the whole rollout. */
  readonly batch?: number;
  /** Transitions one environment collects before an update; absent in algorithms that replay. */
  readonly steps?: number;
  readonly epochs?: number;
  readonly clipRange?: number;
  readonly bufferSize?: number;
  readonly maxGradNorm?: number;
}

const ADAM = { optimizer: 'adam', epsilon: 1e-8 } as const;
/** The actor-critic policy changes Adam's epsilon (stable-baselines3: stable_baselines3/common/policies.py). */
const ON_POLICY_ADAM = { optimizer: 'adam', epsilon: 1e-5 } as const;
const REPLAY = { ...ADAM, bufferSize: 1_000_000, maxGradNorm: 0 } as const;

const PPO: Algorithm = {
  ...ON_POLICY_ADAM,
  name: 'ppo',
  cite: 'stable-baselines3: stable_baselines3/ppo/ppo.py',
  learningRate: 3e-4,
  steps: 2048,
  batch: 64,
  epochs: 10,
  clipRange: 0.2,
  maxGradNorm: 0.5,
};

const ALGORITHMS: readonly Algorithm[] = [
  PPO,
  {
    ...PPO,
    name: 'ppo_lstm',
    cite: 'sb3-contrib: sb3_contrib/ppo_recurrent/ppo_recurrent.py',
    steps: 128,
    batch: 128,
  },
  {
    name: 'a2c',
    cite: 'stable-baselines3: stable_baselines3/a2c/a2c.py',
    optimizer: 'rmsprop',
    epsilon: 1e-5,
    learningRate: 7e-4,
    steps: 5,
    maxGradNorm: 0.5,
  },
  {
    ...ON_POLICY_ADAM,
    name: 'trpo',
    cite: 'sb3-contrib: sb3_contrib/trpo/trpo.py',
    learningRate: 1e-3,
    steps: 2048,
    batch: 128,
    maxGradNorm: 0,
  },
  {
    ...ADAM,
    name: 'dqn',
    cite: 'stable-baselines3: stable_baselines3/dqn/dqn.py',
    learningRate: 1e-4,
    batch: 32,
    bufferSize: 1_000_000,
    maxGradNorm: 10,
  },
  { ...REPLAY, name: 'sac', cite: 'stable-baselines3: stable_baselines3/sac/sac.py', learningRate: 3e-4, batch: 256 },
  { ...REPLAY, name: 'td3', cite: 'stable-baselines3: stable_baselines3/td3/td3.py', learningRate: 1e-3, batch: 256 },
  {
    ...REPLAY,
    name: 'ddpg',
    cite: 'stable-baselines3: stable_baselines3/ddpg/ddpg.py',
    learningRate: 1e-3,
    batch: 256,
  },
  { ...REPLAY, name: 'tqc', cite: 'sb3-contrib: sb3_contrib/tqc/tqc.py', learningRate: 3e-4, batch: 256 },
  { ...REPLAY, name: 'crossq', cite: 'sb3-contrib: sb3_contrib/crossq/crossq.py', learningRate: 1e-3, batch: 256 },
];

const NAME_AT_END = /(?:^|[^a-z])(ppo_lstm|ppo|a2c|trpo|dqn|sac|td3|ddpg|tqc|crossq)$/i;

/** The zoo keeps one file an algorithm, so its name is the file's; a file of another name may still show PPO's own keys. */
export function algorithmOf(around: Around): Algorithm | undefined {
  const own = around.get('model_class');
  const words = own === undefined ? (/([^/]*)\.ya?ml$/i.exec(around.file)?.[1] ?? '') : String(own);
  const named = NAME_AT_END.exec(words)?.[1]?.toLowerCase();
  const algorithm = ALGORITHMS.find(({ name }) => name === named);
  if (algorithm !== undefined) return algorithm;
  const isPpo = around.has('n_steps') && (around.has('n_epochs') || around.has('clip_range'));
  return isPpo ? PPO : undefined;
}

/** Collects rollouts and forgets them, in contrast to algorithms with a replay buffer. */
export function collectsRollouts(around: Around): boolean {
  const algorithm = algorithmOf(around);
  return algorithm === undefined ? around.has('n_steps') : algorithm.steps !== undefined;
}
